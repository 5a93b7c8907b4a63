import { expect, it } from 'vitest'
import type { ZoneId } from '../../src/domain/ids.ts'
import { completeRule, type RuleDraft } from '../../src/domain/rule-fields.ts'

const zoneId = 'zone-1' as ZoneId
const enter: RuleDraft = { name: 'in', zoneId, kind: 'enter', classes: ['car', 'car', 'bus'] }

it('fills in what a new rule leaves out', () => {
  expect(completeRule(enter, null)).toEqual({
    ...enter,
    classes: ['car', 'bus'],
    minScore: 0.5,
    minAgeMs: 0,
    dwellMs: null,
    direction: null,
    allowedDeg: null,
    count: null,
    holdMs: null,
    threshold: null,
    schedule: [],
    cooldownMs: 0,
    severity: 'warning',
    enabled: true,
  })
  expect(completeRule({ ...enter, kind: 'cross' }, null)?.direction).toBe('both')
})

it('refuses fields that do not fit the kind, and missing ones', () => {
  expect(completeRule({ ...enter, dwellMs: 1000 }, null)).toBe(null)
  expect(completeRule({ ...enter, kind: 'dwell' }, null)).toBe(null)
  expect(completeRule({ ...enter, direction: 'forward' }, null)).toBe(null)
  expect(completeRule({ ...enter, name: undefined }, null)).toBe(null)
})

it('changes only what is named, and drops what belonged to the old kind', () => {
  const dwell = completeRule({ ...enter, kind: 'dwell', dwellMs: 5000, severity: 'critical' }, null)
  expect(completeRule({ enabled: false }, dwell)).toEqual({ ...dwell, enabled: false })
  expect(completeRule({ kind: 'enter' }, dwell)).toEqual({ ...dwell, kind: 'enter', dwellMs: null })
  expect(completeRule({ kind: 'dwell' }, completeRule(enter, null))).toBe(null)
})

it('knows what each kind needs, and gives it its usual values', () => {
  const crowd = completeRule({ ...enter, kind: 'too-many', count: 5 }, null)
  expect(crowd).toMatchObject({ count: 5, holdMs: 3000, threshold: null })
  expect(completeRule({ ...enter, kind: 'too-many' }, null)).toBe(null)
  expect(completeRule({ ...enter, kind: 'wrong-way', allowedDeg: 0 }, null)?.allowedDeg).toBe(0)
  expect(completeRule({ ...enter, kind: 'parked' }, null)?.dwellMs).toBe(60_000)
})

it('sets a rule on the picture itself without zone and classes, and no other', () => {
  const dark = completeRule({ name: 'dark', kind: 'dark' }, null)
  expect(dark).toMatchObject({ zoneId: null, classes: [], threshold: 0.9, holdMs: 10_000 })
  expect(completeRule({ name: 'dark', kind: 'dark', zoneId }, null)).toBe(null)
  expect(completeRule({ name: 'in', kind: 'enter', zoneId }, null)).toBe(null)
  expect(completeRule({ name: 'in', kind: 'enter', classes: ['car'] }, null)).toBe(null)
  expect(completeRule({ kind: 'blurred' }, dark)).toMatchObject({ kind: 'blurred', threshold: 0.6 })
})
