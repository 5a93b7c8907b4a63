/** The windows that heat can be looked back on: the last 30 days in steps. Local days. Pure. */
import type { CountStep } from '../../src/contract/counts.ts'
import { daysBefore } from '../parts/time.ts'

export const timeSteps = ['5min', 'hour', 'day'] as const satisfies readonly CountStep[]
export type TimeStep = (typeof timeSteps)[number]

export interface HeatWindow {
  readonly fromMs: number
  readonly toMs: number
}

const pastDays = 30
const fiveMinutesMs = 5 * 60_000

function stepStart(step: TimeStep, atMs: number): number {
  if (step === '5min') return Math.floor(atMs / fiveMinutesMs) * fiveMinutesMs
  const at = new Date(atMs)
  if (step === 'day') at.setHours(0, 0, 0, 0)
  else at.setMinutes(0, 0, 0)
  return at.getTime()
}

function after(step: TimeStep, startMs: number, steps: number): number {
  if (step === '5min') return startMs + steps * fiveMinutesMs
  const at = new Date(startMs)
  if (step === 'day') at.setDate(at.getDate() + steps)
  // An hour that the clock repeats or leaves out would stand still or jump.
  else return startMs + steps * 3_600_000
  return at.getTime()
}

/** How many steps the last 30 days have; the last one is going on. */
export function stepCount(step: TimeStep): number {
  return step === 'day' ? pastDays : step === 'hour' ? pastDays * 24 : pastDays * 24 * 12
}

/** The window at a position, 0 … `stepCount` - 1, seen from now. */
export function windowAt(step: TimeStep, position: number, nowMs: number): HeatWindow {
  const back = stepCount(step) - 1 - Math.min(stepCount(step) - 1, Math.max(0, Math.round(position)))
  const fromMs = after(step, stepStart(step, nowMs), -back)
  return { fromMs, toMs: after(step, fromMs, 1) }
}

/** Where a moment lies; the nearest end for one that is too old or yet to come. */
export function positionOf(step: TimeStep, atMs: number, nowMs: number): number {
  const last = stepCount(step) - 1
  const stepMs = step === 'day' ? 86_400_000 : step === 'hour' ? 3_600_000 : fiveMinutesMs
  const back = Math.round((stepStart(step, nowMs) - stepStart(step, atMs)) / stepMs)
  return Math.min(last, Math.max(0, last - back))
}

/** The same window a week before, at the same local hour. */
export function weekBefore({ fromMs, toMs }: HeatWindow): HeatWindow {
  return { fromMs: daysBefore(fromMs, 7), toMs: daysBefore(toMs, 7) }
}
