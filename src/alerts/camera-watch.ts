import { advance, type Firing, freshRuleState, type RuleState, startAgain } from '../domain/alert-rule.ts'
import type { Inspection } from '../domain/frame.ts'
import type { RuleId } from '../domain/ids.ts'
import { type RestingObject, restingObjects, resumeResting } from '../domain/resting.ts'
import type { Watch } from './watches.ts'

/** That a rule fired, with the rule and zone as they stood then. */
export interface WatchFiring extends Watch {
  readonly firing: Firing
}

/** The rules of one camera and what each of them remembers. */
export class CameraWatch {
  #rules: { watch: Watch; state: RuleState }[]

  constructor(watches: readonly Watch[], resting: ReadonlyMap<RuleId, readonly RestingObject[]> = new Map()) {
    this.#rules = watches.map((watch) => ({
      watch,
      state: resumeResting(resting.get(watch.rule.id) ?? []),
    }))
  }

  inspect(inspection: Inspection): WatchFiring[] {
    const fired: WatchFiring[] = []
    for (const entry of this.#rules) {
      const { rule, zone } = entry.watch
      const { state, firings } = advance(entry.state, rule, zone, inspection)
      entry.state = state
      for (const firing of firings) fired.push({ rule, zone, firing })
    }
    return fired
  }

  /** Rules that still mean the same keep what they remember: renaming one must not make it fire again. */
  change(watches: readonly Watch[]): void {
    const before = new Map(this.#rules.map((entry) => [entry.watch.rule.id, entry]))
    this.#rules = watches.map((watch) => {
      const old = before.get(watch.rule.id)
      if (old === undefined) return { watch, state: freshRuleState }
      return { watch, state: sameGround(old.watch, watch) ? old.state : startAgain(old.state) }
    })
  }

  resting(): [RuleId, RestingObject[]][] {
    return this.#rules.map(({ watch, state }) => [watch.rule.id, restingObjects(state)])
  }
}

function sameGround(a: Watch, b: Watch): boolean {
  return (
    a.rule.kind === b.rule.kind &&
    a.zone.id === b.zone.id &&
    JSON.stringify(a.zone.points) === JSON.stringify(b.zone.points)
  )
}
