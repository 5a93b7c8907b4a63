import type { CameraCondition } from '../domain/camera.ts'
import type { PictureMeasures } from '../domain/picture-quality.ts'
import { advancePicture, freshPictureState, isUneasy, type PictureRuleState } from '../domain/picture-rule.ts'
import { isPictureRule, type PictureRuleKind } from '../domain/rule-kinds.ts'
import type { UtcMs } from '../domain/time.ts'
import { isScheduled } from '../domain/timeline.ts'
import { weekTimeOf } from '../platform/week-time.ts'
import type { WatchFiring } from './camera-watch.ts'
import type { Watch } from './watches.ts'

interface Entry {
  readonly watch: Watch
  readonly kind: PictureRuleKind
  state: PictureRuleState
}

/** The rules of one camera on its picture and its signal, and what each of them remembers. */
export class PictureRules {
  #rules: Entry[] = []

  /** Rules that still mean the same keep what they remember. */
  change(watches: readonly Watch[]): void {
    const before = new Map(this.#rules.map((entry) => [entry.watch.rule.id, entry]))
    this.#rules = watches.flatMap((watch) => {
      const { id, kind } = watch.rule
      if (!isPictureRule(kind)) return []
      const old = before.get(id)
      return [{ watch, kind, state: old?.kind === kind ? old.state : freshPictureState }]
    })
  }

  /** Whether the picture must be measured. */
  get wantsMeasures(): boolean {
    return this.#rules.some(({ watch, kind }) => watch.rule.enabled && kind !== 'signal-lost')
  }

  get wantsSignal(): boolean {
    return this.#rules.some(({ watch, kind }) => watch.rule.enabled && kind === 'signal-lost')
  }

  /** Whether a lost signal is lasting, or has just come back: the clock must go on. */
  get isUneasy(): boolean {
    return this.#rules.some(({ kind, state }) => kind === 'signal-lost' && isUneasy(state))
  }

  measured(measures: PictureMeasures, nowUtcMs: UtcMs): WatchFiring[] {
    return this.#advance(nowUtcMs, (kind) => (kind === 'signal-lost' ? null : measureOf(kind, measures)))
  }

  signal(condition: CameraCondition, nowUtcMs: UtcMs): WatchFiring[] {
    const lost = isLost(condition) ? 1 : 0
    for (const entry of this.#rules) {
      if (entry.kind !== 'signal-lost' || lost === 0 || isUneasy(entry.state)) continue
      // Known from before a restart too: what fired then is not stored a second time.
      const { sinceUtcMs } = condition
      entry.state = { ...freshPictureState, sinceUtcMs, lastUtcMs: nowUtcMs }
    }
    return this.#advance(nowUtcMs, (kind) => (kind === 'signal-lost' ? lost : null))
  }

  #advance(nowUtcMs: UtcMs, measureFor: (kind: PictureRuleKind) => number | null): WatchFiring[] {
    const fired: WatchFiring[] = []
    for (const entry of this.#rules) {
      const { rule } = entry.watch
      const measured = measureFor(entry.kind)
      if (measured === null) continue
      const holds = rule.enabled && isScheduled(rule.schedule, weekTimeOf(nowUtcMs))
      const { state, firing } = advancePicture(entry.state, rule, measured, nowUtcMs, holds)
      entry.state = state
      if (firing !== null) fired.push({ rule, zone: null, firing })
    }
    return fired
  }
}

/** A camera that is being tried again is as dark as one that is given up. */
function isLost({ state, fault }: CameraCondition): boolean {
  return state === 'offline' || (state === 'connecting' && fault !== undefined)
}

function measureOf(kind: Exclude<PictureRuleKind, 'signal-lost'>, measures: PictureMeasures): number | null {
  return kind === 'colour-cast' ? measures.colourCast : measures[kind]
}
