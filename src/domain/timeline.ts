import type { UtcMs } from './time.ts'

export interface Span {
  readonly fromUtcMs: UtcMs
  readonly toUtcMs: UtcMs
}

export interface DayShare {
  /** ISO date, UTC. */
  readonly day: string
  readonly ms: number
}

const dayMs = 86_400_000
const weekMinutes = 7 * 1440

/** What of the spans lies inside the window. */
export function clipped<T extends Span>(spans: readonly T[], window: Span): T[] {
  return spans.flatMap((span) => {
    const fromUtcMs = Math.max(span.fromUtcMs, window.fromUtcMs)
    const toUtcMs = Math.min(span.toUtcMs, window.toUtcMs)
    return toUtcMs > fromUtcMs ? [{ ...span, fromUtcMs, toUtcMs }] : []
  })
}

/** How much of each UTC day the span covers. */
export function byDay({ fromUtcMs, toUtcMs }: Span): DayShare[] {
  const shares: DayShare[] = []
  for (let at = fromUtcMs; at < toUtcMs; ) {
    const end = Math.min(toUtcMs, (Math.floor(at / dayMs) + 1) * dayMs)
    shares.push({ day: new Date(at).toISOString().slice(0, 10), ms: end - at })
    at = end
  }
  return shares
}

/** 0..1; null where nothing was wanted. */
export function completeness(recordedMs: number, missingMs: number): number | null {
  const wantedMs = recordedMs + missingMs
  return wantedMs > 0 ? recordedMs / wantedMs : null
}

/** Days of the week, Monday is 1, and minutes of the day; `toMinute` is not part of it. */
export interface SchedulePart {
  readonly days: readonly number[]
  readonly fromMinute: number
  readonly toMinute: number
}

/** Where in the week a moment lies, on the clock that the schedule means. */
export interface WeekTime {
  readonly day: number
  readonly minute: number
}

/** No part at all means the whole week. A part that ends before it begins goes on past midnight. */
export function isScheduled(schedule: readonly SchedulePart[], { day, minute }: WeekTime): boolean {
  if (schedule.length === 0) return true
  const yesterday = day === 1 ? 7 : day - 1
  return schedule.some(({ days, fromMinute, toMinute }) => {
    if (fromMinute < toMinute) return days.includes(day) && minute >= fromMinute && minute < toMinute
    return (days.includes(day) && minute >= fromMinute) || (days.includes(yesterday) && minute < toMinute)
  })
}

/** What of the span was scheduled, to the minute; of a long one the last week. */
export function scheduledSpans(
  schedule: readonly SchedulePart[],
  span: Span,
  weekTimeOf: (utcMs: UtcMs) => WeekTime,
): Span[] {
  if (schedule.length === 0) return [span]
  const spans: Span[] = []
  let at = Math.max(span.fromUtcMs, span.toUtcMs - weekMinutes * 60_000)
  while (at < span.toUtcMs) {
    const next = Math.min(span.toUtcMs, (Math.floor(at / 60_000) + 1) * 60_000)
    if (isScheduled(schedule, weekTimeOf(at))) {
      const last = spans.at(-1)
      if (last?.toUtcMs === at) spans[spans.length - 1] = { ...last, toUtcMs: next }
      else spans.push({ fromUtcMs: at, toUtcMs: next })
    }
    at = next
  }
  return spans
}
