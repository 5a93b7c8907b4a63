import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { AreaHeat, HeatMeasure } from '../../src/contract/heatmaps.ts'
import { type Answer, type Failure, get } from '../state/api.ts'
import { type HeatWindow, weekBefore } from './heat-time.ts'

export interface PastHeat {
  readonly window: HeatWindow
  readonly heat: AreaHeat
  /** Null: not compared. */
  readonly before: AreaHeat | null
}

/** The past that the map shows; null: the present. What was read stays until the next is there. */
export const pastHeat = signal<PastHeat | null>(null)
export const pastHeatFailure = signal<Failure | null>(null)

/** So long after its end a window does not change any more, but for late frames. */
const settledMs = 20 * 60_000
const mostRemembered = 300
const remembered = new Map<string, AreaHeat>()

async function readArea(
  { fromMs, toMs }: HeatWindow,
  measure: HeatMeasure,
  signal?: AbortSignal,
): Promise<Answer<AreaHeat>> {
  const key = `${fromMs} ${toMs} ${measure}`
  const known = remembered.get(key)
  if (known !== undefined) return { ok: true, value: known }
  const answer = await get<AreaHeat>('/heatmaps/area', { from: fromMs, to: toMs, measure }, signal)
  if (answer.ok && toMs < Date.now() - settledMs) {
    remembered.set(key, answer.value)
    const [oldest] = remembered.keys()
    if (remembered.size > mostRemembered && oldest !== undefined) remembered.delete(oldest)
  }
  return answer
}

export interface PastAsked {
  readonly window: HeatWindow
  /** The one that a play comes to next: read ahead. */
  readonly next: HeatWindow | null
  readonly measure: HeatMeasure
  readonly compare: boolean
}

/** Keeps `pastHeat` at what is asked for. */
export function usePastHeat(asked: PastAsked | null): void {
  const key = JSON.stringify(asked)
  useEffect(() => {
    if (asked === null) {
      pastHeat.value = null
      pastHeatFailure.value = null
      return undefined
    }
    const { window, next, measure, compare } = asked
    const cancel = new AbortController()
    const read = async () => {
      const [heat, before] = await Promise.all([
        readArea(window, measure, cancel.signal),
        compare ? readArea(weekBefore(window), measure, cancel.signal) : null,
      ])
      if (cancel.signal.aborted) return
      const failed = !heat.ok ? heat.failure : before?.ok === false ? before.failure : null
      pastHeatFailure.value = failed
      if (heat.ok && before?.ok !== false)
        pastHeat.value = { window, heat: heat.value, before: before?.value ?? null }
      if (failed === null && next !== null) {
        await readArea(next, measure, cancel.signal)
        if (compare) await readArea(weekBefore(next), measure, cancel.signal)
      }
    }
    void read()
    return () => {
      cancel.abort()
    }
  }, [key])
}
