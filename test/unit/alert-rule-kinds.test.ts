import { describe, expect, it } from 'vitest'
import type { Velocity } from '../../src/domain/detection.ts'
import { movementDeg, turnedDeg } from '../../src/domain/wrong-way.ts'
import { aRule } from '../harness/alerts.ts'
import type { Sighting } from '../harness/inspection.ts'
import { gate, Scene, yard } from '../harness/scene.ts'

const outside = [0.2, 0.6] as const
const inside = [0.6, 0.6] as const
const deeper = [0.6, 0.75] as const

describe('leave', () => {
  const rule = aRule({ kind: 'leave' })

  it('fires once when an object that was inside is clearly out, with how long it was in', () => {
    const scene = new Scene(rule)
    scene.walk(outside, inside)
    scene.during(5000, { at: inside })
    const firings = [...scene.walk(inside, outside), ...scene.during(10_000, { at: outside })]
    expect(firings).toMatchObject([{ firing: 1, trackId: 'track-1' }])
    expect(firings[0]?.explanation.lastedMs).toBeGreaterThan(5000)
  })

  it('does not fire for one box that jumps out and back, nor for who only passes outside', () => {
    const scene = new Scene(rule)
    scene.during(2000, { at: inside })
    expect([...scene.see({ at: outside }), ...scene.during(5000, { at: inside })]).toEqual([])
    expect(new Scene(rule).walk(outside, [0.3, 0.6])).toEqual([])
  })
})

describe('present', () => {
  const rule = aRule({ kind: 'present' })

  it('fires once for what is there, also for what was there before', () => {
    const scene = new Scene(rule)
    expect(scene.during(60_000, { at: inside })).toHaveLength(1)
  })

  it('waits for its schedule, and fires then for what stands there already', () => {
    const scene = new Scene(rule)
    scene.holds = false
    expect(scene.during(10_000, { at: inside })).toEqual([])
    scene.holds = true
    expect(scene.during(10_000, { at: inside })).toMatchObject([{ firing: 1 }])
  })
})

it('enter: what came in before the schedule began is no news when it begins', () => {
  const scene = new Scene(aRule())
  scene.holds = false
  expect(scene.walk(outside, inside)).toEqual([])
  scene.holds = true
  expect(scene.during(5000, { at: inside })).toEqual([])
  scene.walk(inside, outside)
  scene.during(4000, { at: outside })
  expect(scene.walk(outside, inside)).toMatchObject([{ firing: 1 }])
})

it('waits until an object is old enough', () => {
  const scene = new Scene(aRule({ kind: 'present', minAgeMs: 1000 }))
  expect(scene.during(1000, { at: inside, ageMs: 500 })).toEqual([])
  expect(scene.see({ at: inside, ageMs: 1000 })).toHaveLength(1)
})

describe('parked', () => {
  const rule = aRule({ kind: 'parked', classes: ['car'], dwellMs: 20_000 })
  const car = { class: 'car' } as const

  it('fires for what rests long enough, and once', () => {
    const scene = new Scene(rule)
    scene.walk(outside, inside, car)
    const firings = scene.during(120_000, { ...car, at: inside })
    expect(firings).toHaveLength(1)
    expect(firings[0]?.dwellMs).toBeGreaterThanOrEqual(20_000)
    expect(firings[0]?.explanation).toMatchObject({ limitMs: 20_000 })
  })

  it('does not fire for what moves about inside however long', () => {
    const scene = new Scene(rule)
    scene.walk(outside, inside, car)
    const rounds = Array.from({ length: 20 }, () => [
      ...scene.walk(inside, deeper, car),
      ...scene.walk(deeper, inside, car),
    ])
    expect(rounds.flat()).toEqual([])
  })
})

describe('wrong way', () => {
  const up: Velocity = { x: 0, y: -0.1 }
  const down: Velocity = { x: 0, y: 0.1 }
  const aside: Velocity = { x: 0.1, y: 0 }
  const rule = aRule({ kind: 'wrong-way', allowedDeg: 0 })

  it('reads directions as they are seen', () => {
    expect([up, aside, down, { x: -0.1, y: 0 }].map(movementDeg)).toEqual([0, 90, 180, 270])
    expect(movementDeg({ x: 0.001, y: 0 })).toBe(null)
    expect([turnedDeg(350, 10), turnedDeg(10, 350), turnedDeg(0, 180)]).toEqual([20, 20, 180])
  })

  it('fires once for what goes against the allowed direction, with both directions', () => {
    const scene = new Scene(rule)
    const firings = scene.walk(inside, [0.6, 0.85], { velocity: down })
    expect(firings).toMatchObject([{ explanation: { movedDeg: 180, allowedDeg: 0 } }])
  })

  it.each([
    ['goes the allowed way', up, [0.6, 0.85], inside],
    ['crosses', aside, [0.45, 0.6], [0.75, 0.6]],
    ['trembles in its place', down, inside, [0.6, 0.605]],
    ['goes wrong outside the zone', down, outside, [0.2, 0.85]],
  ] as const)('does not fire for what %s', (_, velocity, from, to) => {
    expect(new Scene(rule).walk(from, to, { velocity })).toEqual([])
  })
})

describe('too many', () => {
  const rule = aRule({ kind: 'too-many', count: 3, holdMs: 2000 })
  const crowd = (count: number, rest: Partial<Sighting> = {}) =>
    Array.from(
      { length: count },
      (_, i): Sighting => ({ trackId: `t${i}`, at: [0.45 + i * 0.05, 0.6], ...rest }),
    )

  it('fires once when there have been so many for so long, around all of them', () => {
    const scene = new Scene(rule)
    expect(scene.during(1750, ...crowd(3))).toEqual([])
    const firings = scene.during(60_000, ...crowd(4))
    expect(firings).toHaveLength(1)
    expect(firings[0]).toMatchObject({
      trackId: null,
      class: 'person',
      explanation: { count: 4, limitCount: 3, limitMs: 2000 },
    })
    expect(firings[0]?.box?.w).toBeCloseTo(0.06 + 3 * 0.05, 5)
  })

  it('goes on over a moment in which one is not seen, and fires anew for a new crowd', () => {
    const scene = new Scene(rule)
    scene.during(5000, ...crowd(3))
    scene.during(2000, ...crowd(2))
    expect(scene.during(10_000, ...crowd(3))).toEqual([])
    scene.during(10_000, ...crowd(1))
    const again = scene.during(10_000, ...crowd(3))
    expect(again).toHaveLength(1)
    expect(again[0]?.firing).toBe(1)
  })

  it('counts only confirmed objects of its classes inside', () => {
    for (const rest of [{ confirmed: false }, { class: 'bus' }, { at: outside }, { score: 0.2 }] as const)
      expect(new Scene(rule).during(10_000, ...crowd(5, rest))).toEqual([])
  })
})

it('a tripwire knows nothing of stays', () => {
  const scene = new Scene(aRule({ kind: 'cross', direction: 'both' }), gate)
  expect(scene.walk([0.5, 0.3], [0.5, 0.7])).toMatchObject([{ direction: 'forward', explanation: {} }])
  expect(yard.points).toHaveLength(4)
})
