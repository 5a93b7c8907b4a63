import { expect, it } from 'vitest'
import { type AlertRule, advance, freshRuleState, type RuleState } from '../../src/domain/alert-rule.ts'
import type { CameraId, ZoneId } from '../../src/domain/ids.ts'
import { restingObjects, resumeResting } from '../../src/domain/resting.ts'
import type { Zone } from '../../src/domain/zone.ts'
import { aRule } from '../harness/alerts.ts'
import { inspection, type Sighting } from '../harness/inspection.ts'

const zone: Zone = {
  id: 'zone-1' as ZoneId,
  cameraId: 'camera-1' as CameraId,
  name: 'yard',
  kind: 'zone',
  points: [
    { x: 0.4, y: 0.4 },
    { x: 0.9, y: 0.4 },
    { x: 0.9, y: 0.9 },
    { x: 0.4, y: 0.9 },
  ],
}
const enter: AlertRule = aRule()
const dwell: AlertRule = { ...enter, kind: 'dwell', dwellMs: 20_000 }
const start = 1_700_000_000_000

/** A look every 250 ms: the state in the end, and how often it fired. */
function watch(before: RuleState, rule: AlertRule, fromUtcMs: number, ms: number, ...sightings: Sighting[]) {
  let state = before
  let fired = 0
  for (let passed = 0; passed < ms; passed += 250) {
    const step = advance(state, rule, zone, inspection(fromUtcMs + passed, sightings))
    state = step.state
    fired += step.firings.length
  }
  return { state, fired }
}

const afterRestart = (state: RuleState) => resumeResting(restingObjects(state))
const car: Sighting = { trackId: 'old', class: 'car', at: [0.6, 0.6] }
const sameCar: Sighting = { ...car, trackId: 'new', at: [0.603, 0.602] }

it('remembers who stands inside, and nobody else', () => {
  const walker: Sighting = { trackId: 'walker', at: [0.8, 0.8] }
  const passing: Sighting = { trackId: 'outside', class: 'car', at: [0.1, 0.6] }
  const { state } = watch(freshRuleState, dwell, start, 10_000, car, passing)
  const { state: last } = watch(state, dwell, start + 10_000, 1000, car, passing, walker)
  expect(restingObjects(last)).toEqual([
    {
      trackId: 'old',
      class: 'car',
      box: expect.objectContaining({ w: 0.06 }),
      insideSinceUtcMs: start,
      restSinceUtcMs: start,
      lastSeenUtcMs: start + 10_750,
      fired: false,
    },
  ])
})

it('dwell: goes on over a restart, and fires once in all', () => {
  const before = watch(freshRuleState, dwell, start, 15_000, car)
  expect(before.fired).toBe(0)
  const after = watch(afterRestart(before.state), dwell, start + 18_000, 5_000, sameCar)
  expect(after.fired).toBe(1)
  const later = watch(afterRestart(after.state), dwell, start + 30_000, 60_000, { ...car, trackId: 'third' })
  expect(later.fired).toBe(0)
})

it('enter: a car that came in before the restart does not come in again', () => {
  const came = watch(freshRuleState, enter, start, 1000, { ...car, at: [0.1, 0.6] })
  const parked = watch(came.state, enter, start + 1000, 10_000, car)
  expect(parked.fired).toBe(1)
  const after = watch(afterRestart(parked.state), enter, start + 20_000, 10_000, sameCar)
  expect(after.fired).toBe(0)
  const drivesOff = watch(after.state, enter, start + 30_000, 5_000, { ...sameCar, at: [0.1, 0.6] })
  const comesBack = watch(drivesOff.state, enter, start + 35_000, 5_000, sameCar)
  expect([drivesOff.fired, comesBack.fired]).toEqual([0, 1])
})

it('forgets after half an hour, and takes another place for another car', () => {
  const parked = watch(freshRuleState, dwell, start, 30_000, car)
  expect(parked.fired).toBe(1)
  const late = watch(afterRestart(parked.state), dwell, start + 40 * 60_000, 30_000, sameCar)
  expect(late.fired).toBe(1)
  const other = watch(afterRestart(parked.state), dwell, start + 40_000, 30_000, {
    ...sameCar,
    at: [0.8, 0.8],
  })
  expect(other.fired).toBe(1)
})
