import { describe, expect, it } from 'vitest'
import { EdgeKeeper, jumpTarget } from '../../web/live/edge.ts'

/** Fragments of 200 ms come while so much is left to play. */
function watch(keeper: EdgeKeeper, aheadS: readonly number[], fromMs = 0): number {
  for (const [i, each] of aheadS.entries()) keeper.arrived(each, fromMs + i * 200)
  return fromMs + aheadS.length * 200
}

describe('a player at the live edge', () => {
  it('plays at real speed while a little is left whenever a fragment comes', () => {
    const keeper = new EdgeKeeper()
    const nowMs = watch(keeper, [0.3, 0.12, 0.25, 0.1])
    expect(keeper.steer(50, [48, 50], nowMs)).toEqual({ rate: 1, jumpToS: null })
  })

  it('plays a little faster while more is left, and slower while less is', () => {
    const keeper = new EdgeKeeper()
    let nowMs = watch(keeper, [0.5, 0.6, 0.5])
    const faster = keeper.steer(50, [48], nowMs)
    expect(faster.rate).toBeGreaterThan(1.05)
    expect(faster.rate).toBeLessThanOrEqual(1.1)
    expect(faster.jumpToS).toBeNull()
    nowMs = watch(keeper, [0.02, 0.01, 0.03], nowMs + 5000)
    expect(keeper.steer(50, [48], nowMs).rate).toBeLessThan(1)
  })

  it('jumps when it is far behind, without decoding a long group of pictures for it', () => {
    const keeper = new EdgeKeeper()
    const nowMs = watch(keeper, [5.1, 5.1])
    expect(keeper.steer(50, [44, 54], nowMs).jumpToS).toBeCloseTo(55)
    expect(keeper.steer(50, [44, 52], nowMs).jumpToS).toBe(52)
    expect(keeper.steer(50, [44], nowMs)).toEqual({ rate: 1.1, jumpToS: null })
  })

  it('does nothing before it has seen two fragments come', () => {
    const keeper = new EdgeKeeper()
    keeper.arrived(3, 0)
    expect(keeper.steer(50, [44, 52], 10)).toEqual({ rate: 1, jumpToS: null })
    keeper.arrived(3, 200)
    expect(keeper.steer(50, [44, 52], 210).jumpToS).not.toBeNull()
    keeper.moved()
    expect(keeper.steer(52, [44, 52], 220).jumpToS).toBeNull()
  })

  it('keeps more in reserve after each stall, within bounds, and less again after calm', () => {
    const keeper = new EdgeKeeper()
    const atFirst = keeper.spareS
    for (let i = 0; i < 30; i++) keeper.stalled(i * 100)
    expect(keeper.spareS).toBeCloseTo(0.8)
    for (let nowMs = 3000; nowMs < 600_000; nowMs += 250) keeper.steer(50, [], nowMs)
    expect(keeper.spareS).toBeCloseTo(atFirst)
  })
})

it.each([
  ['into a short group of pictures', 50, 55, [48, 53], 55],
  ['to the beginning of a long one', 50, 55, [48, 51], 51],
  ['not backwards', 50, 51, [48], null],
  ['not where there is no keyframe', 50, 55, [], null],
])('jumps %s', (_where, currentS, wantedS, keyframesS, target) => {
  expect(jumpTarget(currentS, wantedS, keyframesS)).toBe(target)
})
