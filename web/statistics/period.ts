/** The stretch of time that a chart shows, in the reader's local days. Pure. */
import type { CountStep } from '../../src/contract/counts.ts'
import { daysBefore } from '../parts/time.ts'

export const periods = ['day', 'week', 'month'] as const
export type Period = (typeof periods)[number]

export interface Stretch {
  readonly fromMs: number
  readonly toMs: number
}

/** The day, the week from Monday on, or the month that holds the moment. */
export function stretchAt(period: Period, atMs: number): Stretch {
  const at = new Date(atMs)
  const [year, month, date] = [at.getFullYear(), at.getMonth(), at.getDate()]
  const monday = date - ((at.getDay() + 6) % 7)
  const local = (...day: [number, number, number]) => new Date(...day).getTime()
  switch (period) {
    case 'day':
      return { fromMs: local(year, month, date), toMs: local(year, month, date + 1) }
    case 'week':
      return { fromMs: local(year, month, monday), toMs: local(year, month, monday + 7) }
    case 'month':
      return { fromMs: local(year, month, 1), toMs: local(year, month + 1, 1) }
  }
}

/** The stretch before or after. */
export function neighbour(period: Period, { fromMs, toMs }: Stretch, by: 1 | -1): Stretch {
  return stretchAt(period, by === 1 ? toMs : fromMs - 1)
}

/**
 * What a stretch is compared with: the same days of the week before, and of four weeks before a month, so
 * that weekends meet weekends. As many days, at the same local hours.
 */
export function comparedWith(period: Period, { fromMs, toMs }: Stretch): Stretch {
  const days = period === 'month' ? 28 : 7
  return { fromMs: daysBefore(fromMs, days), toMs: daysBefore(toMs, days) }
}

/** Steps that a chart of the period may have; the first is the usual one. */
export function stepsOf(period: Period): readonly CountStep[] {
  return period === 'day' ? ['hour', '5min'] : period === 'week' ? ['hour', 'day'] : ['day', 'hour']
}

interface Steps {
  readonly steps: readonly {
    readonly forward: number
    readonly backward: number
    readonly inspectedShare: number | null
  }[]
}

export interface Sums {
  readonly forward: number
  readonly backward: number
}

/** A compared stretch that was inspected less than this of what the other was says too little. */
const enough = 0.5

/**
 * Sums of both stretches over the steps that are over in the first: half a day is not held against a whole
 * one. Null: the earlier one was hardly inspected, and a change would be one of the inspection.
 */
export function comparable(now: Steps, before: Steps, stepsOver: number): { now: Sums; before: Sums } | null {
  const inspected = ({ steps }: Steps) =>
    steps.slice(0, stepsOver).reduce((sum, { inspectedShare }) => sum + (inspectedShare ?? 0), 0)
  if (stepsOver === 0 || inspected(before) === 0 || inspected(before) < enough * inspected(now)) return null
  const sums = ({ steps }: Steps): Sums => ({
    forward: steps.slice(0, stepsOver).reduce((sum, { forward }) => sum + forward, 0),
    backward: steps.slice(0, stepsOver).reduce((sum, { backward }) => sum + backward, 0),
  })
  return { now: sums(now), before: sums(before) }
}

/** `+12%`, `−5%`; null where there was nothing to compare with. */
export function changeText(now: number, before: number): string | null {
  if (before === 0) return null
  const percent = Math.round(((now - before) / before) * 100)
  return `${percent < 0 ? '−' : '+'}${Math.abs(percent)}%`
}
