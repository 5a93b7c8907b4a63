/** A month as a calendar shows it, and how much of each day is recorded. Pure; local days. */
import { lengthMs, type Span, within } from './spans.ts'

export interface CalendarDay {
  readonly fromMs: number
  readonly toMs: number
  readonly date: number
  readonly inMonth: boolean
  /** Share of the day that is recorded by at least one camera, 0..1. */
  readonly recordedShare: number
}

export interface Month {
  readonly year: number
  /** 0..11 */
  readonly month: number
}

export function monthOf(utcMs: number): Month {
  const at = new Date(utcMs)
  return { year: at.getFullYear(), month: at.getMonth() }
}

export function nextMonth({ year, month }: Month, by: 1 | -1): Month {
  return monthOf(new Date(year, month + by, 1).getTime())
}

/** Six weeks from the Monday at or before the first. */
export function monthSpan({ year, month }: Month): Span {
  const first = new Date(year, month, 1)
  const back = (first.getDay() + 6) % 7
  return {
    fromMs: new Date(year, month, 1 - back).getTime(),
    toMs: new Date(year, month, 1 - back + 42).getTime(),
  }
}

export function calendarDays(month: Month, recorded: readonly Span[]): CalendarDay[] {
  const begin = new Date(monthSpan(month).fromMs)
  return Array.from({ length: 42 }, (_, index) => {
    const at = new Date(begin.getFullYear(), begin.getMonth(), begin.getDate() + index)
    const fromMs = at.getTime()
    const toMs = new Date(begin.getFullYear(), begin.getMonth(), begin.getDate() + index + 1).getTime()
    return {
      fromMs,
      toMs,
      date: at.getDate(),
      inMonth: at.getMonth() === month.month,
      recordedShare: lengthMs(within(recorded, { fromMs, toMs })) / (toMs - fromMs),
    }
  })
}
