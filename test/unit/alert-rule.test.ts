import { expect, it } from 'vitest'
import { type AlertRule, startAgain } from '../../src/domain/alert-rule.ts'
import { aRule } from '../harness/alerts.ts'
import { gate, Scene } from '../harness/scene.ts'

const enter: AlertRule = aRule()
const dwell: AlertRule = { ...enter, kind: 'dwell', dwellMs: 10_000 }
const cross: AlertRule = { ...enter, kind: 'cross', direction: 'both' }

const outside = [0.1, 0.6] as const
const inside = [0.6, 0.6] as const

it('enter: fires once when an object walks in, with its numbers', () => {
  const scene = new Scene(enter)
  const firings = scene.walk(outside, inside)
  expect(firings).toHaveLength(1)
  expect(firings[0]).toMatchObject({
    ruleId: 'rule-1',
    trackId: 'track-1',
    firing: 1,
    class: 'person',
    score: 0.8,
  })
  expect(firings[0]?.direction).toBe(null)
  expect(scene.during(60_000, { at: inside })).toEqual([])
})

it('enter: fires for each object by itself', () => {
  const scene = new Scene(enter)
  scene.see({ trackId: 'a', at: outside }, { trackId: 'b', at: [0.9, 0.6] })
  const firings = scene.see({ trackId: 'a', at: inside }, { trackId: 'b', at: [0.7, 0.6] })
  expect(firings.map((firing) => firing.trackId)).toEqual(['a', 'b'])
})

it('enter: fires again, as the next firing, only after seconds clearly outside', () => {
  const scene = new Scene(enter)
  scene.walk(outside, inside)
  expect(scene.during(2500, { at: outside })).toEqual([])
  expect(scene.walk(inside, inside)).toEqual([])
  expect(scene.during(3500, { at: outside })).toEqual([])
  expect(scene.walk(outside, inside)).toMatchObject([{ firing: 2 }])
})

it('enter: an object that trembles on the edge fires once', () => {
  const scene = new Scene(enter)
  const firings = [scene.during(1000, { at: outside })]
  for (let i = 0; i < 200; i++) firings.push(scene.see({ at: [0.4 + (i % 2 ? 0.005 : -0.005), 0.6] }))
  for (let i = 0; i < 20; i++) firings.push(scene.see({ at: [0.41, 0.6] }))
  expect(firings.flat()).toHaveLength(1)
})

it('enter: an object that only brushes the edge does not fire', () => {
  const scene = new Scene(enter)
  const path = [0.38, 0.39, 0.402, 0.39, 0.38].map((x) => scene.see({ at: [x, 0.6] }))
  expect(path.flat()).toEqual([])
})

it('enter: waits until the track is confirmed and the score is enough', () => {
  const scene = new Scene(enter)
  expect(scene.walk(outside, inside, { confirmed: false })).toEqual([])
  expect(scene.see({ at: inside, score: 0.4 })).toEqual([])
  expect(scene.see({ at: inside, score: 0.6 })).toMatchObject([{ score: 0.6, firing: 1 }])
})

it('enter: leaves other classes and disabled rules alone', () => {
  expect(new Scene(enter).walk(outside, inside, { class: 'bicycle' })).toEqual([])
  expect(new Scene({ ...enter, enabled: false }).walk(outside, inside)).toEqual([])
})

it('enter: a car that was parked there before anybody looked does not fire, even when it leaves', () => {
  const scene = new Scene(enter)
  const car = { class: 'car', widthShare: 0.2, heightShare: 0.15 } as const
  const tremble = Array.from({ length: 200 }, (_, i) =>
    scene.see({ at: [0.6 + (i % 3) * 0.004, 0.6 + (i % 2) * 0.004], ...car }),
  )
  expect(tremble.flat()).toEqual([])
  expect(scene.walk(inside, outside, car)).toEqual([])
  expect(scene.during(4000, { at: outside, ...car })).toEqual([])
  expect(scene.walk(outside, inside, car)).toHaveLength(1)
})

it('enter: a passer-by who hides half of a parked car does not make it arrive', () => {
  const scene = new Scene(enter)
  const car = { trackId: 'car', class: 'car', widthShare: 0.2, at: inside } as const
  scene.during(1000, { ...car, heightShare: 0.16 })
  expect(scene.see({ ...car, at: [0.6, 0.52], heightShare: 0.08 })).toEqual([])
  expect(scene.during(4000, { ...car, heightShare: 0.16 })).toEqual([])
})

it('enter: an object first seen inside fires as soon as it moves about', () => {
  const scene = new Scene(enter)
  expect(scene.walk([0.5, 0.5], [0.7, 0.7])).toHaveLength(1)
})

it('enter: a parked car that is found again under a new track does not fire', () => {
  const scene = new Scene(enter)
  scene.walk(outside, inside, { trackId: 'first', class: 'car' })
  scene.during(10_000, { trackId: 'first', at: inside, class: 'car' })
  scene.during(600_000)
  expect(scene.during(60_000, { trackId: 'second', at: inside, class: 'truck' })).toEqual([])
})

it('enter: a track lost for some seconds inside does not fire when it comes back', () => {
  const scene = new Scene(enter)
  scene.walk(outside, inside)
  scene.during(5000)
  expect(scene.walk(inside, [0.7, 0.7])).toEqual([])
})

it('enter: a track that changes its id in passing does not fire twice', () => {
  const scene = new Scene(enter)
  scene.walk(outside, inside, { trackId: 'a' })
  expect(scene.walk(inside, [0.75, 0.8], { trackId: 'b' })).toEqual([])
})

it('enter: somebody else at the same door a little later does fire', () => {
  const scene = new Scene(enter)
  scene.walk([0.5, 0.5], [0.7, 0.7], { trackId: 'a' })
  scene.walk([0.7, 0.7], [0.5, 0.5], { trackId: 'a' })
  scene.during(4000)
  expect(scene.walk([0.5, 0.5], [0.7, 0.7], { trackId: 'b' })).toHaveLength(1)
})

it('dwell: fires once, when the time is reached, with the time inside', () => {
  const scene = new Scene(dwell)
  expect(scene.walk(outside, inside)).toEqual([])
  const firings = scene.during(120_000, { at: inside })
  expect(firings).toHaveLength(1)
  expect(firings[0]?.dwellMs).toBeGreaterThanOrEqual(10_000)
  expect(firings[0]?.dwellMs).toBeLessThanOrEqual(10_250)
})

it('dwell: does not fire for an object that leaves before', () => {
  const scene = new Scene(dwell)
  scene.during(9000, { at: inside })
  expect(scene.during(60_000, { at: outside })).toEqual([])
})

it('dwell: counts on over a short loss, and over a step outside shorter than re-arming', () => {
  const scene = new Scene(dwell)
  scene.during(5000, { at: inside })
  scene.during(2000)
  scene.during(1000, { at: outside })
  const firings = scene.during(4000, { at: inside })
  expect(firings).toHaveLength(1)
  expect(firings[0]?.dwellMs).toBeLessThanOrEqual(10_500)
})

it('dwell: does not fire while the object is outside', () => {
  const scene = new Scene(dwell)
  scene.during(9000, { at: inside })
  expect(scene.during(2750, { at: outside })).toEqual([])
})

it('dwell: begins anew with a new stay', () => {
  const scene = new Scene(dwell)
  expect(scene.during(12_000, { at: inside })).toHaveLength(1)
  scene.during(5000, { at: outside })
  expect(scene.during(9000, { at: inside })).toEqual([])
  expect(scene.during(3000, { at: inside })).toMatchObject([{ firing: 2 }])
})

it('dwell: a parked object fires once, under whatever track', () => {
  const scene = new Scene(dwell)
  expect(scene.during(12_000, { trackId: 'a', at: inside, class: 'car' })).toHaveLength(1)
  scene.during(120_000)
  expect(scene.during(120_000, { trackId: 'b', at: inside, class: 'car' })).toEqual([])
  expect(scene.during(120_000, { trackId: 'a', at: inside, class: 'car' })).toEqual([])
})

it('cross: fires by direction', () => {
  const down = [
    [0.5, 0.3],
    [0.5, 0.7],
  ] as const
  const up = [
    [0.5, 0.7],
    [0.5, 0.3],
  ] as const
  const forward: AlertRule = { ...cross, direction: 'forward' }
  const backward: AlertRule = { ...cross, direction: 'backward' }
  expect(new Scene(forward, gate).walk(...down)).toMatchObject([{ direction: 'forward', dwellMs: null }])
  expect(new Scene(forward, gate).walk(...up)).toEqual([])
  expect(new Scene(backward, gate).walk(...up)).toMatchObject([{ direction: 'backward' }])
  expect(new Scene(cross, gate).walk(...down)).toHaveLength(1)
  expect(new Scene(cross, gate).walk(...up)).toHaveLength(1)
})

it('cross: there and back are two firings of one track', () => {
  const scene = new Scene(cross, gate)
  const firings = [...scene.walk([0.5, 0.3], [0.5, 0.7]), ...scene.walk([0.5, 0.7], [0.5, 0.3])]
  expect(firings).toMatchObject([
    { direction: 'forward', firing: 1 },
    { direction: 'backward', firing: 2 },
  ])
})

it('cross: standing on the line does not fire', () => {
  const scene = new Scene(cross, gate)
  scene.see({ at: [0.5, 0.4] })
  const firings = Array.from({ length: 100 }, (_, i) => scene.see({ at: [0.5, i % 2 ? 0.504 : 0.496] }))
  expect(firings.flat()).toEqual([])
})

it('cross: a fast object fires as soon as its track is confirmed', () => {
  const scene = new Scene(cross, gate)
  scene.see({ at: [0.5, 0.3], confirmed: false })
  expect(scene.see({ at: [0.5, 0.7], confirmed: false })).toEqual([])
  expect(scene.see({ at: [0.5, 0.9] })).toMatchObject([{ direction: 'forward' }])
})

it('cross: a crossing that stays unsure for long is let go', () => {
  const scene = new Scene(cross, gate)
  scene.walk([0.5, 0.3], [0.5, 0.7], { confirmed: false })
  scene.during(3000, { at: [0.5, 0.7], confirmed: false })
  expect(scene.see({ at: [0.5, 0.7] })).toEqual([])
})

it('cross: a path with a long hole in it is not joined', () => {
  const scene = new Scene(cross, gate)
  scene.see({ at: [0.5, 0.3] })
  scene.during(6000)
  expect(scene.see({ at: [0.5, 0.7] })).toEqual([])
})

it('a frame inspected twice changes nothing', () => {
  const scene = new Scene(cross, gate)
  scene.see({ at: [0.5, 0.3] })
  const before = scene.nowUtcMs
  expect(scene.see({ at: [0.5, 0.7] })).toHaveLength(1)
  const state = scene.state
  expect(scene.replay(scene.nowUtcMs, { at: [0.5, 0.7] })).toEqual([])
  expect(scene.replay(before, { at: [0.5, 0.3] })).toEqual([])
  expect(scene.state).toBe(state)
})

it('goes on when the clock is set back, without using a firing number twice', () => {
  const scene = new Scene(cross, gate)
  scene.walk([0.5, 0.3], [0.5, 0.7])
  scene.nowUtcMs -= 3_600_000
  expect(scene.walk([0.5, 0.3], [0.5, 0.7])).toMatchObject([{ firing: 2 }])
})

it('keeps the count of firings when a rule is changed', () => {
  const scene = new Scene(cross, gate)
  scene.walk([0.5, 0.3], [0.5, 0.7])
  scene.state = startAgain(scene.state)
  scene.during(1000)
  expect(scene.walk([0.5, 0.7], [0.5, 0.3])).toMatchObject([{ firing: 2 }])
})

it('does not remember tracks for ever', () => {
  const scene = new Scene(enter)
  for (let i = 0; i < 3000; i++) scene.see({ trackId: `track-${String(i)}`, at: [(i % 100) / 100, 0.2] })
  expect(scene.state.tracks.size).toBeLessThan(300)
  scene.during(120_000)
  expect(scene.state.tracks.size).toBe(0)
})
