import { advance, type Firing, freshRuleState, type RuleState, startAgain } from '../domain/alert-rule.ts'
import type { Inspection } from '../domain/frame.ts'
import type { RuleId } from '../domain/ids.ts'
import { type RestingObject, restingObjects, resumeResting } from '../domain/resting.ts'
import { isScheduled } from '../domain/timeline.ts'
import type { Zone } from '../domain/zone.ts'
import { weekTimeOf } from '../platform/week-time.ts'
import type { Watch } from './watches.ts'

/** That a rule fired, with the rule and zone as they stood then. */
export interface WatchFiring extends Watch {
  readonly firing: Firing
}

interface Entry {
  readonly watch: Watch
  readonly zone: Zone
  state: RuleState
}

/** The rules of one camera that stand on zones and tripwires, and what each of them remembers. */
export class CameraWatch {
  #rules: Entry[]

  constructor(watches: readonly Watch[], resting: ReadonlyMap<RuleId, readonly RestingObject[]> = new Map()) {
    this.#rules = grounded(watches).map(([watch, zone]) => ({
      watch,
      zone,
      state: resumeResting(resting.get(watch.rule.id) ?? []),
    }))
  }

  inspect(inspection: Inspection): WatchFiring[] {
    const fired: WatchFiring[] = []
    const now = weekTimeOf(inspection.frame.programmeUtcMs)
    for (const entry of this.#rules) {
      const { zone } = entry
      const { rule } = entry.watch
      const holds = rule.enabled && isScheduled(rule.schedule, now)
      const { state, firings } = advance(entry.state, rule, zone, inspection, holds)
      entry.state = state
      for (const firing of firings) fired.push({ rule, zone, firing })
    }
    return fired
  }

  /** Rules that still mean the same keep what they remember: renaming one must not make it fire again. */
  change(watches: readonly Watch[]): void {
    const before = new Map(this.#rules.map((entry) => [entry.watch.rule.id, entry]))
    this.#rules = grounded(watches).map(([watch, zone]) => {
      const old = before.get(watch.rule.id)
      if (old === undefined) return { watch, zone, state: freshRuleState }
      return { watch, zone, state: sameGround(old, { watch, zone }) ? old.state : startAgain(old.state) }
    })
  }

  resting(): [RuleId, RestingObject[]][] {
    return this.#rules.map(({ watch, state }) => [watch.rule.id, restingObjects(state)])
  }
}

function grounded(watches: readonly Watch[]): [Watch, Zone][] {
  return watches.flatMap((watch) => (watch.zone === null ? [] : [[watch, watch.zone] as [Watch, Zone]]))
}

function sameGround(a: Pick<Entry, 'watch' | 'zone'>, b: Pick<Entry, 'watch' | 'zone'>): boolean {
  return (
    a.watch.rule.kind === b.watch.rule.kind &&
    a.zone.id === b.zone.id &&
    JSON.stringify(a.zone.points) === JSON.stringify(b.zone.points)
  )
}
