import { describe, expect, it } from 'vitest'
import type { AreaHeat } from '../../src/contract/heatmaps.ts'
import { layerNow, layerOf, layerOfChange } from '../../web/map/heat-layer.ts'
import { positionOf, stepCount, timeSteps, weekBefore, windowAt } from '../../web/map/heat-time.ts'
import {
  changeText,
  comparable,
  comparedWith,
  neighbour,
  periods,
  stretchAt,
} from '../../web/statistics/period.ts'

const local = (...at: [number, number, number, number?, number?]) => new Date(...at).getTime()

describe('the stretch of time of a chart', () => {
  it('is a local day, a week from Monday on, a calendar month', () => {
    // A Wednesday.
    const at = local(2026, 10, 25, 14, 30)
    expect(stretchAt('day', at)).toEqual({ fromMs: local(2026, 10, 25), toMs: local(2026, 10, 26) })
    expect(stretchAt('week', at)).toEqual({ fromMs: local(2026, 10, 23), toMs: local(2026, 10, 30) })
    expect(stretchAt('week', local(2026, 10, 29, 23))).toEqual(stretchAt('week', at))
    expect(stretchAt('month', at)).toEqual({ fromMs: local(2026, 10, 1), toMs: local(2026, 11, 1) })
  })

  it('leads to its neighbours and back', () => {
    for (const period of periods) {
      const stretch = stretchAt(period, local(2026, 2, 31, 12))
      const after = neighbour(period, stretch, 1)
      expect(after.fromMs).toBe(stretch.toMs)
      expect(neighbour(period, after, -1)).toEqual(stretch)
    }
  })

  it('is compared with the same weekdays before', () => {
    for (const period of periods) {
      const stretch = stretchAt(period, local(2026, 10, 25))
      const before = comparedWith(period, stretch)
      expect(new Date(before.fromMs).getDay()).toBe(new Date(stretch.fromMs).getDay())
      expect(before.fromMs).toBeLessThan(stretch.fromMs)
    }
  })

  it('is held against as much of the other as is over, and only where that was inspected', () => {
    const steps = (count: number, inspectedShare: number) => ({
      steps: Array.from({ length: 4 }, () => ({ forward: count, backward: 1, inspectedShare })),
    })
    expect(comparable(steps(10, 1), steps(20, 0.8), 2)).toEqual({
      now: { forward: 20, backward: 2 },
      before: { forward: 40, backward: 2 },
    })
    expect(comparable(steps(10, 1), steps(20, 0.4), 2)).toBeNull()
    expect(comparable(steps(10, 1), steps(20, 1), 0)).toBeNull()
    expect([changeText(20, 40), changeText(42, 40), changeText(3, 0)]).toEqual(['−50%', '+5%', null])
  })
})

describe('windows that heat is looked back on', () => {
  const nowMs = local(2026, 10, 25, 14, 33)

  it('are the last 30 days in steps, the last of them going on', () => {
    for (const step of timeSteps) {
      const last = stepCount(step) - 1
      const window = windowAt(step, last, nowMs)
      expect(window.fromMs).toBeLessThanOrEqual(nowMs)
      expect(window.toMs).toBeGreaterThan(nowMs)
      for (const position of [0, 1, Math.floor(last / 2), last]) {
        expect(positionOf(step, windowAt(step, position, nowMs).fromMs, nowMs)).toBe(position)
        if (position > 0)
          expect(windowAt(step, position - 1, nowMs).toMs).toBe(windowAt(step, position, nowMs).fromMs)
      }
    }
    expect(windowAt('day', 0, nowMs).fromMs).toBe(local(2026, 9, 27))
    expect(positionOf('hour', nowMs - 40 * 86_400_000, nowMs)).toBe(0)
    expect(positionOf('hour', nowMs + 86_400_000, nowMs)).toBe(stepCount('hour') - 1)
  })

  it('are compared at the same local hour a week before', () => {
    const window = { fromMs: local(2026, 10, 25, 14), toMs: local(2026, 10, 25, 15) }
    expect(weekBefore(window)).toEqual({ fromMs: local(2026, 10, 18, 14), toMs: local(2026, 10, 18, 15) })
  })
})

describe('what heat on the map is drawn from', () => {
  const area = (...persons: (number | null)[]): AreaHeat => ({
    ...{ at: '', from: '', to: '', class: 'all', measure: 'dwell', normalised: true, unit: 'objects' },
    coverage: { cameras: 0, inspectedCameras: 0, inspectedShare: 0, onlineHours: 0, cameraHours: 0 },
    items: persons.map((value, i) => ({
      ...{ cameraId: `c${i}`, lon: 0, lat: 0, vehicles: 0, value: 0, onlineShare: 1 },
      ...{ persons: value ?? 0, inspectedShare: value === null ? 0 : 0.9 },
    })),
  })
  const values = (layer: { values: ReadonlyMap<string, number | null> }) => [...layer.values.values()]

  it('tells nobody there from nobody looked', () => {
    expect(values(layerOf(area(8, 0, null), 'persons'))).toEqual([8, 0, null])
    expect(layerOf(area(8), 'persons', 20).top).toBe(20)
    const density = (persons: number, inspectedShare: number | null) => ({
      persons,
      vehicles: 0,
      inspectedShare,
    })
    const now = layerNow(
      new Map([
        ['a', density(2, 0)],
        ['b', density(1, null)],
      ]),
      'persons',
    )
    expect([values(now), now.top]).toEqual([[null, 1], 4])
  })

  it('draws more and less, and nothing where either is not known', () => {
    const change = layerOfChange(area(8, 1, 5, null), area(2, 4, null, 3), 'persons')
    expect([values(change), change.kind, change.top]).toEqual([[6, -3, null, null], 'change', 6])
  })
})
