import type { UtcMs } from './time.ts'

/**
 * Statistics are stored by 5 minutes and summed up by hour and by day. Hours are whole ones in UTC; days
 * are the calendar days of the gateway's time zone, begun at the hour that holds local midnight.
 */
export const rollupLevels = ['5min', 'hour', 'day'] as const
export type RollupLevel = (typeof rollupLevels)[number]

export const bucketMs = 5 * 60_000
export const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** So long after its end an hour, and a day with it, is read from what was summed up. */
const settledAfterMs = 15 * 60_000

export interface TimeWindow {
  readonly fromUtcMs: UtcMs
  readonly toUtcMs: UtcMs
}

/** Rows of one level whose buckets begin inside the window. */
export interface Piece extends TimeWindow {
  readonly level: RollupLevel
}

/** Since when each level still stands in the database; days are the last to go. */
export interface KeptSince {
  readonly fiveMinutes: UtcMs
  readonly hours: UtcMs
}

export interface Calendar {
  /** When the day began that holds the moment. */
  dayStart(atUtcMs: UtcMs): UtcMs
}

/** Days of an IANA time zone, such as Asia/Shanghai. */
export function calendarOf(timeZone: string): Calendar {
  const clock = new Intl.DateTimeFormat('en', {
    ...{ timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  })
  const offsetMs = (utcMs: UtcMs) => {
    const parts = new Map(clock.formatToParts(utcMs).map(({ type, value }) => [type, Number(value)]))
    const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? 0
    const local = Date.UTC(
      ...([part('year'), part('month') - 1, part('day')] as const),
      ...([part('hour'), part('minute'), part('second')] as const),
    )
    return local - Math.floor(utcMs / 1000) * 1000
  }
  return {
    dayStart(atUtcMs) {
      const midnight = Math.floor((atUtcMs + offsetMs(atUtcMs)) / dayMs) * dayMs
      // The clock may have been changed since midnight: asked again with the offset of that hour.
      const start = midnight - offsetMs(midnight - offsetMs(atUtcMs))
      return floorTo(start, hourMs)
    },
  }
}

export function dayAfter(calendar: Calendar, dayStartUtcMs: UtcMs): UtcMs {
  // Days have 23 to 25 hours: noon of the next one is in it in any case.
  return calendar.dayStart(dayStartUtcMs + 1.5 * dayMs)
}

export function levelStart(level: RollupLevel, atUtcMs: UtcMs, calendar: Calendar): UtcMs {
  if (level === 'day') return calendar.dayStart(atUtcMs)
  return floorTo(atUtcMs, level === 'hour' ? hourMs : bucketMs)
}

/** The first moment after the bucket that holds `atUtcMs`. */
export function levelEnd(level: RollupLevel, atUtcMs: UtcMs, calendar: Calendar): UtcMs {
  const start = levelStart(level, atUtcMs, calendar)
  if (level === 'day') return dayAfter(calendar, start)
  return start + (level === 'hour' ? hourMs : bucketMs)
}

/** Hours that end here or before are to be read from what was summed up. */
function settledUpTo(nowUtcMs: UtcMs): UtcMs {
  return floorTo(nowUtcMs - settledAfterMs, hourMs)
}

interface Plan {
  /** As asked, widened to whole buckets of what is kept. */
  readonly window: TimeWindow
  /** In order and without overlap: the coarsest rows that make up the window exactly. */
  readonly pieces: readonly Piece[]
}

/** From which rows a window is summed up; `coarsest` keeps a chart's buckets apart. */
export function planWindow(
  asked: TimeWindow,
  nowUtcMs: UtcMs,
  {
    calendar,
    kept,
    coarsest = 'day',
  }: { readonly calendar: Calendar; readonly kept: KeptSince; readonly coarsest?: RollupLevel },
): Plan {
  const fromUtcMs = levelStart(finestAt(asked.fromUtcMs, kept), asked.fromUtcMs, calendar)
  const toUtcMs = levelEnd(finestAt(asked.toUtcMs - 1, kept), asked.toUtcMs - 1, calendar)
  const window = { fromUtcMs, toUtcMs }
  if (coarsest === '5min') return { window, pieces: [{ level: '5min', ...window }] }

  const settled = Math.min(toUtcMs, settledUpTo(nowUtcMs))
  const hours = { fromUtcMs: ceilTo(fromUtcMs, hourMs), toUtcMs: floorTo(settled, hourMs) }
  if (hours.fromUtcMs >= hours.toUtcMs) return { window, pieces: [{ level: '5min', ...window }] }
  const days = coarsest === 'day' ? wholeDays(hours, calendar) : null
  return {
    window,
    pieces: [
      piece('5min', fromUtcMs, hours.fromUtcMs),
      piece('hour', hours.fromUtcMs, days?.fromUtcMs ?? hours.toUtcMs),
      ...(days === null
        ? []
        : [piece('day', days.fromUtcMs, days.toUtcMs), piece('hour', days.toUtcMs, hours.toUtcMs)]),
      piece('5min', hours.toUtcMs, toUtcMs),
    ].filter((each) => each.fromUtcMs < each.toUtcMs),
  }
}

function wholeDays({ fromUtcMs, toUtcMs }: TimeWindow, calendar: Calendar): TimeWindow | null {
  const began = calendar.dayStart(fromUtcMs)
  const first = began === fromUtcMs ? began : dayAfter(calendar, began)
  const last = calendar.dayStart(toUtcMs)
  return first < last ? { fromUtcMs: first, toUtcMs: last } : null
}

function piece(level: RollupLevel, fromUtcMs: UtcMs, toUtcMs: UtcMs): Piece {
  return { level, fromUtcMs, toUtcMs }
}

function finestAt(atUtcMs: UtcMs, { fiveMinutes, hours }: KeptSince): RollupLevel {
  return atUtcMs >= fiveMinutes ? '5min' : atUtcMs >= hours ? 'hour' : 'day'
}

function floorTo(utcMs: UtcMs, stepMs: number): UtcMs {
  return Math.floor(utcMs / stepMs) * stepMs
}

function ceilTo(utcMs: UtcMs, stepMs: number): UtcMs {
  return Math.ceil(utcMs / stepMs) * stepMs
}
