import type { AlertId, RuleId, UnitId } from './ids.ts'
import type { UtcMs } from './time.ts'

/** An object that fires the same rule again within so long is the same line on the wall. */
const sameObjectMs = 3 * 60_000
const floodWindowMs = 60_000
/** More than so many delivered in a minute are a flood, of one rule or in one unit. */
const mostPerRule = 6
const mostPerUnit = 30
/** While its unit is flooded, a rule is heard once in so long. */
const floodedRuleMs = 10 * 60_000
const forgetMs = 30 * 60_000

/** What must be known of an alert to decide whether it is delivered. */
export interface Arrival {
  readonly alertId: AlertId
  readonly ruleId: RuleId
  readonly unitId: UnitId
  readonly subject: string
  readonly cooldownMs: number
  /** On the gateway's clock. */
  readonly arrivedUtcMs: UtcMs
}

/** Where an alert stands: on its own (its own id), or folded under a delivered one of the same rule. */
export type GroupId = AlertId

interface Delivered {
  readonly alertId: AlertId
  readonly utcMs: UtcMs
}

interface RuleFlow {
  readonly last: Delivered | null
  /** Of the last minute, oldest first. */
  readonly deliveredUtcMs: readonly UtcMs[]
  /** Each subject's delivered alert, and when the subject fired last; not those that were handled. */
  readonly open: ReadonlyMap<string, Delivered>
}

const quiet: RuleFlow = { last: null, deliveredUtcMs: [], open: new Map() }

/**
 * What is delivered and what is folded, so that a flood neither drowns whoever watches nor hides
 * anything: an alert is folded only under a delivered one of its own rule, where it is counted.
 * Only what was delivered counts: an alert that could not be stored starts no cool-down.
 */
export class AlertFlow {
  readonly #rules = new Map<RuleId, RuleFlow>()
  readonly #units = new Map<UnitId, readonly UtcMs[]>()
  #sweptUtcMs: UtcMs = 0

  /** Where each would stand, in their order; changes nothing. */
  plan(arrivals: readonly Arrival[]): GroupId[] {
    const rules = new Map<RuleId, RuleFlow>()
    const units = new Map<UnitId, readonly UtcMs[]>()
    return arrivals.map((arrival) => {
      const rule = rules.get(arrival.ruleId) ?? this.#rules.get(arrival.ruleId) ?? quiet
      const unit = units.get(arrival.unitId) ?? this.#units.get(arrival.unitId) ?? []
      const groupId = decide(rule, unit, arrival)
      const after = record(rule, unit, arrival, groupId)
      rules.set(arrival.ruleId, after.rule)
      units.set(arrival.unitId, after.unit)
      return groupId
    })
  }

  /** That it was stored, and stands there. */
  note(arrival: Arrival, groupId: GroupId): void {
    const { rule, unit } = record(
      this.#rules.get(arrival.ruleId) ?? quiet,
      this.#units.get(arrival.unitId) ?? [],
      arrival,
      groupId,
    )
    this.#rules.set(arrival.ruleId, rule)
    this.#units.set(arrival.unitId, unit)
    this.#sweep(arrival.arrivedUtcMs)
  }

  /** Somebody has handled the group: what its object does next is news again. */
  close(ruleId: RuleId, groupId: GroupId): void {
    const rule = this.#rules.get(ruleId)
    if (rule === undefined) return
    const open = new Map([...rule.open].filter(([, { alertId }]) => alertId !== groupId))
    this.#rules.set(ruleId, { ...rule, open })
  }

  #sweep(nowUtcMs: UtcMs): void {
    if (Math.abs(nowUtcMs - this.#sweptUtcMs) < floodWindowMs) return
    this.#sweptUtcMs = nowUtcMs
    for (const [ruleId, { last }] of this.#rules)
      if (last === null || nowUtcMs - last.utcMs > forgetMs) this.#rules.delete(ruleId)
    for (const [unitId, delivered] of this.#units)
      if (within(delivered, nowUtcMs).length === 0) this.#units.delete(unitId)
  }
}

function decide(rule: RuleFlow, unit: readonly UtcMs[], arrival: Arrival): GroupId {
  const { alertId, subject, cooldownMs, arrivedUtcMs: nowUtcMs } = arrival
  const same = rule.open.get(subject)
  if (same !== undefined && nowUtcMs - same.utcMs <= sameObjectMs) return same.alertId
  const { last } = rule
  if (last === null) return alertId
  const sinceMs = nowUtcMs - last.utcMs
  const ruleFlooded = within(rule.deliveredUtcMs, nowUtcMs).length >= mostPerRule
  const unitFlooded = within(unit, nowUtcMs).length >= mostPerUnit && sinceMs < floodedRuleMs
  return sinceMs < cooldownMs || ruleFlooded || unitFlooded ? last.alertId : alertId
}

function record(
  rule: RuleFlow,
  unit: readonly UtcMs[],
  { alertId, subject, arrivedUtcMs: utcMs }: Arrival,
  groupId: GroupId,
): { readonly rule: RuleFlow; readonly unit: readonly UtcMs[] } {
  const open = new Map(
    [...rule.open].filter(([name, seen]) => name !== subject && utcMs - seen.utcMs <= sameObjectMs),
  )
  open.set(subject, { alertId: groupId, utcMs })
  if (groupId !== alertId) return { rule: { ...rule, open }, unit }
  return {
    rule: {
      last: { alertId, utcMs },
      deliveredUtcMs: [...within(rule.deliveredUtcMs, utcMs), utcMs],
      open,
    },
    unit: [...within(unit, utcMs), utcMs],
  }
}

/** Those of the last minute. */
function within(delivered: readonly UtcMs[], nowUtcMs: UtcMs): readonly UtcMs[] {
  return delivered.filter((utcMs) => nowUtcMs - utcMs < floodWindowMs)
}
