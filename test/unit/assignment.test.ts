import { describe, expect, it } from 'vitest'
import { assign } from '../../src/domain/assignment.ts'

/** Every pairing there is, for small tables. */
function cheapest(costs: readonly (readonly number[])[], forbidden: number): number {
  const columns = costs[0]?.length ?? 0
  const rest = (row: number, free: ReadonlySet<number>): number => {
    if (row === costs.length) return 0
    let best = forbidden + rest(row + 1, free)
    for (const column of free) {
      const cost = costs[row]?.[column] ?? forbidden
      if (cost >= forbidden) continue
      best = Math.min(best, cost + rest(row + 1, new Set([...free].filter((each) => each !== column))))
    }
    return best
  }
  return rest(0, new Set(Array.from({ length: columns }, (_, i) => i)))
}

/** The same numbers in every run (mulberry32). */
function randoms(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

describe('assignment', () => {
  it('gives up a good pair where the whole gets better', () => {
    expect(
      assign(
        [
          [1, 2],
          [1, 9],
        ],
        10,
      ),
    ).toEqual([1, 0])
  })

  it('never makes a forbidden pair', () => {
    expect(
      assign(
        [
          [10, 10],
          [3, 10],
        ],
        10,
      ),
    ).toEqual([-1, 0])
  })

  it('answers for empty tables', () => {
    expect(assign([], 10)).toEqual([])
    expect(assign([[], []], 10)).toEqual([-1, -1])
  })

  it('is as cheap as the cheapest of all pairings', () => {
    const random = randoms(7)
    for (let round = 0; round < 200; round++) {
      const rows = 1 + Math.floor(random() * 5)
      const columns = 1 + Math.floor(random() * 5)
      const costs = Array.from({ length: rows }, () =>
        Array.from({ length: columns }, () => (random() < 0.3 ? 10 : random() * 9)),
      )
      const chosen = assign(costs, 10)
      const used = chosen.filter((column) => column >= 0)
      expect(new Set(used).size).toBe(used.length)
      const total = chosen.reduce((sum, column, row) => sum + (costs[row]?.[column] ?? 10), 0)
      expect(total).toBeCloseTo(cheapest(costs, 10), 9)
    }
  })
})
