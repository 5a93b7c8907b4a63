import type { DetectionsEvent } from '../../src/contract/socket.ts'
import {
  type AlertRule,
  advance,
  type Firing,
  freshRuleState,
  type RuleState,
} from '../../src/domain/alert-rule.ts'
import type { ObjectClass, TrackedObject } from '../../src/domain/detection.ts'
import type { Inspection } from '../../src/domain/frame.ts'
import type { CameraId, TrackId } from '../../src/domain/ids.ts'
import type { Zone } from '../../src/domain/zone.ts'

/** A rule that is not stored, and a firing of it. */
export interface WouldFire {
  readonly atUtcMs: number
  readonly firing: Firing
}

/** So much of what was seen last is seen again by a rule that was changed: objects keep their past. */
const keptMs = 60_000
const mostShown = 50

/** Holds a drafted rule against what analysis finds right now, by the very code that holds stored ones. */
export class LiveCheck {
  #watch: { readonly rule: AlertRule; readonly zone: Zone } | null = null
  #state: RuleState = freshRuleState
  #seen: Inspection[] = []
  #fired: readonly WouldFire[] = []

  /** The latest first. */
  get fired(): readonly WouldFire[] {
    return this.#fired
  }

  /** What fired before was another rule's. */
  hold(rule: AlertRule | null, zone: Zone | null): void {
    this.#watch = rule && zone && { rule, zone }
    this.#state = freshRuleState
    this.#fired = []
    for (const inspection of this.#seen) this.#advance(inspection)
  }

  take(event: DetectionsEvent): readonly WouldFire[] {
    const inspection = inspectionOf(event)
    const atUtcMs = event.programmeUtcMs
    this.#seen = [...this.#seen.filter(({ frame }) => atUtcMs - frame.programmeUtcMs < keptMs), inspection]
    const fired = this.#advance(inspection).map((firing) => ({ atUtcMs, firing }))
    if (fired.length > 0) this.#fired = [...fired.toReversed(), ...this.#fired].slice(0, mostShown)
    return fired
  }

  #advance(inspection: Inspection): readonly Firing[] {
    if (!this.#watch) return []
    const { rule, zone } = this.#watch
    const { state, firings } = advance(this.#state, rule, zone, inspection, true)
    this.#state = state
    return firings
  }
}

function inspectionOf({ cameraId, programmeUtcMs, objects }: DetectionsEvent): Inspection {
  const tracked = objects.map((object): TrackedObject => {
    const [x, y, w, h] = object.box
    const [right, down] = object.velocity
    return {
      trackId: object.trackId as TrackId,
      class: object.class as ObjectClass,
      score: object.score,
      box: { x, y, w, h },
      firstSeenUtcMs: programmeUtcMs - object.ageMs,
      lastSeenUtcMs: programmeUtcMs,
      confirmed: true,
      velocity: { x: right, y: down },
    }
  })
  return {
    frame: {
      cameraId: cameraId as CameraId,
      ...{ sequence: 0, widthPx: 0, heightPx: 0, programmeUtcMs, arrivedUtcMs: programmeUtcMs },
    },
    still: false,
    detections: tracked,
    objects: tracked,
  }
}
