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
    dwellMs: null,
    direction: null,
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
