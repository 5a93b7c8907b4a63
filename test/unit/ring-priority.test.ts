import { describe, expect, it } from 'vitest'
import { lastInLine, ringPriority, type Urgency } from '../../src/domain/ring-priority.ts'

interface Waiting {
  readonly camera: string
  readonly sinceMs: number
  readonly priority: number
}

/** One worker, `servedPerS`; each camera rings again as soon as it was served. Longest waits, by camera. */
function waits(cameras: ReadonlyMap<string, Urgency>, servedPerS: number): Map<string, number> {
  const priorityOf = (camera: string, nowMs: number) =>
    ringPriority(nowMs, cameras.get(camera) ?? 'usual') ?? Number.NaN
  let line: Waiting[] = [...cameras.keys()].map((camera) => ({
    ...{ camera, sinceMs: 0, priority: priorityOf(camera, 0) },
  }))
  const longest = new Map<string, number>()
  for (let nowMs = 0; nowMs < 120_000; nowMs += 1_000 / servedPerS) {
    const [next, ...rest] = [...line].sort((a, b) => a.priority - b.priority)
    if (next === undefined) break
    longest.set(next.camera, Math.max(longest.get(next.camera) ?? 0, nowMs - next.sinceMs))
    line = [...rest, { camera: next.camera, sinceMs: nowMs, priority: priorityOf(next.camera, nowMs) }]
  }
  return longest
}

describe('the place of a frame in line', () => {
  const many = new Map<string, Urgency>([
    ...Array.from({ length: 8 }, (_, i) => [`watched-${i}`, 'watched'] as const),
    ...Array.from({ length: 4 }, (_, i) => [`alerting-${i}`, 'alerting'] as const),
    ...Array.from({ length: 30 }, (_, i) => [`usual-${i}`, 'usual'] as const),
  ])
  const longestOf = (found: ReadonlyMap<string, number>, prefix: string) =>
    Math.max(...[...found].filter(([camera]) => camera.startsWith(prefix)).map(([, ms]) => ms))

  it('lets watched cameras wait least and those with a fresh alert little longer', () => {
    const found = waits(many, 30)
    expect(longestOf(found, 'watched')).toBeLessThan(longestOf(found, 'usual') / 2)
    expect(longestOf(found, 'alerting')).toBeLessThan(longestOf(found, 'usual') / 1.5)
  })

  it('lets nobody starve, however few frames are served', () => {
    const found = waits(many, 4)
    expect(found.size).toBe(many.size)
    // By turns all would wait 10.5 s.
    expect(longestOf(found, 'usual')).toBeLessThan(14_000)
  })

  it('stays before what is not live, and says when its numbers are used up', () => {
    expect(ringPriority(0, 'watched')).toBe(1)
    const days = 86_400_000
    expect(ringPriority(5 * days, 'usual')).toBeLessThan(lastInLine)
    expect(ringPriority(7 * days, 'watched')).toBeNull()
  })
})
