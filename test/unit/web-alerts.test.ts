import { describe, expect, it } from 'vitest'
import type { Alert } from '../../src/contract/alerts.ts'
import { alertQuery, isFiltered, readFilters } from '../../web/alerts/filters.ts'
import { gravest } from '../../web/alerts/gravest.ts'
import { groupAlerts, mergeAlerts, times } from '../../web/alerts/grouping.ts'

const startMs = Date.UTC(2026, 0, 1)
const alert = (sequence: number, offsetS: number, part: Partial<Alert> = {}): Alert => {
  const time = new Date(startMs + offsetS * 1000).toISOString()
  return {
    id: `a${sequence}`,
    cameraId: 'camera',
    cameraName: 'Gate',
    unitId: 'unit',
    unitName: 'Unit',
    ruleId: 'rule',
    ruleName: 'Rule',
    ruleKind: 'enter',
    zoneName: 'Zone',
    severity: 'warning',
    trackId: 'track',
    class: 'person',
    score: 0.9,
    box: { x: 0, y: 0, w: 0.1, h: 0.1 },
    dwellMs: null,
    direction: null,
    explanation: {},
    occurredAt: time,
    arrivedAt: time,
    storedAt: time,
    snapshot: '/snapshot',
    clip: '/clip',
    state: 'new',
    handledBy: null,
    handledAt: null,
    cause: null,
    reason: null,
    forwarded: null,
    groupId: `a${sequence}`,
    folded: false,
    repeats: 0,
    lastAt: time,
    sequence,
    ...part,
  }
}

describe('grouping of alerts on the strip', () => {
  it('counts what the gateway has folded under an alert', () => {
    expect(times([alert(2, 10, { repeats: 3 }), alert(1, 0)])).toBe(5)
  })

  it('joins repeats of one rule at one camera and loses none', () => {
    const groups = groupAlerts([alert(3, 200), alert(2, 100), alert(1, 0)])
    expect(groups.map((group) => group.alerts.map((one) => one.sequence))).toEqual([[3, 2, 1]])
    expect(groups[0]?.key).toBe('a1')
  })

  it('begins a new group after a pause, for another camera, and for what is handled', () => {
    const pause = groupAlerts([alert(2, 1000), alert(1, 0)])
    expect(pause).toHaveLength(2)
    expect(groupAlerts([alert(2, 10, { cameraId: 'other' }), alert(1, 0)])).toHaveLength(2)
    expect(groupAlerts([alert(2, 10), alert(1, 0, { state: 'acknowledged' })])).toHaveLength(2)
  })

  it('merges by id, newest first, whatever the order of arrival', () => {
    const merged = mergeAlerts(
      [alert(5, 5), alert(3, 3)],
      [alert(4, 4), alert(3, 3, { state: 'dismissed' })],
      2,
    )
    expect(merged.map((one) => one.sequence)).toEqual([5, 4])
    const all = mergeAlerts([alert(3, 3)], [alert(3, 3, { state: 'dismissed' })], 9)
    expect(all.map((one) => one.state)).toEqual(['dismissed'])
  })
})

it('frames a tile by its gravest open alert of late, graver ones for longer', () => {
  const alerts = [
    alert(5, 100, { severity: 'notice' }),
    alert(4, 60, { severity: 'critical' }),
    alert(3, 95, { cameraId: 'handled', state: 'acknowledged' }),
    alert(2, 60, { cameraId: 'other', severity: 'notice' }),
    alert(1, 0, { cameraId: 'old', severity: 'critical' }),
  ]
  expect([...gravest(alerts, startMs + 105_000)]).toEqual([['camera', 'critical']])
})

describe('the filters in the address', () => {
  const read = (text: string) => readFilters(new URLSearchParams(text))

  it('asks for nothing special without filters, whatever else stands in the address', () => {
    expect(alertQuery(read('alert=a1&state=strange&period=never'), startMs)).toEqual({})
    expect(isFiltered(read('alert=a1'))).toBe(false)
  })

  it('counts a period back from now', () => {
    expect(alertQuery(read('period=hour&state=new&camera=c'), startMs)).toEqual({
      state: 'new',
      cameraId: 'c',
      from: String(startMs - 3_600_000),
    })
  })

  it('takes times of their own only with the period for it, and drops what is no time', () => {
    expect(alertQuery(read(`period=custom&from=${startMs}&to=tomorrow`), startMs)).toEqual({
      from: String(startMs),
    })
    expect(alertQuery(read(`from=${startMs}`), startMs)).toEqual({})
    expect(alertQuery(read('period=custom&from=&to='), startMs)).toEqual({})
  })
})
