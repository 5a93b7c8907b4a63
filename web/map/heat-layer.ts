/** What the map's heat is drawn from: one value a camera. Pure. */
import type { AreaHeat } from '../../src/contract/heatmaps.ts'
import type { Density } from '../state/heat.ts'

export type Counted = 'persons' | 'vehicles'

export interface HeatLayer {
  /** By camera; null: it was not inspected, and nothing is known of it. */
  readonly values: ReadonlyMap<string, number | null>
  /** The value, or the change up or down, that is drawn strongest. */
  readonly top: number
  readonly kind: 'amount' | 'change'
}

/** So much is strongest even when nothing else is as full: a lone passer-by is no crowd. */
const leastTop = { dwell: 4, passages: 60 } as const

export function layerNow(densities: ReadonlyMap<string, Density>, counted: Counted): HeatLayer {
  const values = new Map<string, number | null>()
  for (const [cameraId, density] of densities)
    values.set(cameraId, density.inspectedShare === 0 ? null : density[counted])
  return { values, top: topOf(values, leastTop.dwell), kind: 'amount' }
}

/** `alsoSeen`: what other windows of the same play reached, so that the scale stands still. */
export function layerOf(heat: AreaHeat, counted: Counted, alsoSeen = 0): HeatLayer {
  const values = new Map(heat.items.map((item) => [item.cameraId, known(item, counted)]))
  return { values, top: Math.max(alsoSeen, topOf(values, leastTop[heat.measure])), kind: 'amount' }
}

/** Now less before; unknown where either is. */
export function layerOfChange(heat: AreaHeat, before: AreaHeat, counted: Counted): HeatLayer {
  const then = new Map(before.items.map((item) => [item.cameraId, known(item, counted)]))
  const values = new Map(
    heat.items.map((item) => {
      const [value, old] = [known(item, counted), then.get(item.cameraId) ?? null]
      return [item.cameraId, value === null || old === null ? null : value - old]
    }),
  )
  return { values, top: topOf(values, leastTop[heat.measure] / 2), kind: 'change' }
}

function known(item: AreaHeat['items'][number], counted: Counted): number | null {
  return item.inspectedShare > 0 ? item[counted] : null
}

function topOf(values: ReadonlyMap<string, number | null>, least: number): number {
  let top = least
  for (const value of values.values()) top = Math.max(top, Math.abs(value ?? 0))
  return top
}
