import { expect, it } from 'vitest'
import { AlertFlow, type Arrival } from '../../src/domain/alert-flow.ts'
import { loadGrade } from '../../src/domain/alert-load.ts'
import type { AlertId, RuleId, UnitId } from '../../src/domain/ids.ts'

let made = 0
const start = 1_700_000_000_000

function arrival(s: number, part: { subject?: string; rule?: string; cooldownMs?: number } = {}): Arrival {
  made += 1
  return {
    alertId: `alert-${made}` as AlertId,
    ruleId: (part.rule ?? 'rule') as RuleId,
    unitId: 'unit' as UnitId,
    subject: part.subject ?? `track-${made}`,
    cooldownMs: part.cooldownMs ?? 0,
    arrivedUtcMs: start + s * 1000,
  }
}

/** Each stored as planned, one at a time: true where it was delivered. */
function deliver(flow: AlertFlow, ...arrivals: Arrival[]): boolean[] {
  return arrivals.map((each) => {
    const [groupId = each.alertId] = flow.plan([each])
    flow.note(each, groupId)
    return groupId === each.alertId
  })
}

it('folds what the same object does again, for as long as it goes on', () => {
  const flow = new AlertFlow()
  const again = [0, 60, 120, 299, 500].map((s) => arrival(s, { subject: 'car' }))
  expect(deliver(flow, ...again)).toEqual([true, false, false, false, true])
  expect(deliver(flow, arrival(700, { subject: 'car' }))).toEqual([true])
})

it('folds into the cool-down after what was delivered, which what is folded does not prolong', () => {
  const flow = new AlertFlow()
  const within = [0, 4, 8, 11, 15].map((s) => arrival(s, { cooldownMs: 10_000 }))
  expect(deliver(flow, ...within)).toEqual([true, false, false, true, false])
})

it('starts no cool-down for what was planned and could not be stored', () => {
  const flow = new AlertFlow()
  const lost = arrival(0, { cooldownMs: 10_000 })
  expect(flow.plan([lost])).toEqual([lost.alertId])
  const next = arrival(1, { cooldownMs: 10_000 })
  expect(flow.plan([next])).toEqual([next.alertId])
})

it('plans several at once as if each had been stored before the next', () => {
  const flow = new AlertFlow()
  const [first, second, third] = [
    arrival(0, { subject: 'a' }),
    arrival(1, { subject: 'a' }),
    arrival(1, { subject: 'b' }),
  ]
  expect(flow.plan([first, second, third])).toEqual([first.alertId, first.alertId, third.alertId])
})

it('folds the flood of one rule under what it delivered last, and hears others all the same', () => {
  const flow = new AlertFlow()
  const flood = Array.from({ length: 100 }, (_, i) => arrival(i / 2))
  const delivered = deliver(flow, ...flood)
  expect(delivered.filter(Boolean)).toHaveLength(6)
  const [folded] = flow.plan([arrival(51)])
  expect(folded).toBe(flood[5]?.alertId)
  expect(deliver(flow, arrival(51, { rule: 'another' }))).toEqual([true])
  expect(deliver(flow, arrival(130))).toEqual([true])
})

it('hears every rule once while a unit is flooded', () => {
  const flow = new AlertFlow()
  const rules = Array.from({ length: 40 }, (_, i) => `rule-${i}`)
  const first = rules.map((rule, i) => arrival(i / 10, { rule }))
  expect(deliver(flow, ...first)).toEqual(rules.map(() => true))
  const second = rules.map((rule, i) => arrival(5 + i / 10, { rule }))
  expect(deliver(flow, ...second)).toEqual(rules.map(() => false))
})

it('takes what an object does after its alert was handled for news', () => {
  const flow = new AlertFlow()
  const first = arrival(0, { subject: 'car' })
  deliver(flow, first)
  flow.close(first.ruleId, first.alertId)
  expect(deliver(flow, arrival(10, { subject: 'car' }))).toEqual([true])
})

it('grades the load on an operator', () => {
  expect([0, 1, 1.5, 2, 5, 10, 11].map(loadGrade)).toEqual([
    ...['acceptable', 'acceptable', 'manageable', 'manageable'],
    ...['demanding', 'demanding', 'unacceptable'],
  ])
})
