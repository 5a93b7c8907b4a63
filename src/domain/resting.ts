import type { RuleState, TrackMemory } from './alert-rule.ts'
import type { ObjectClass } from './detection.ts'
import { footPoint, type PictureBox } from './geometry.ts'
import type { TrackId } from './ids.ts'
import { rests } from './stay.ts'
import type { UtcMs } from './time.ts'

/** A parked or standing object inside a rule's zone: what outlives the process that saw it. */
export interface RestingObject {
  readonly trackId: TrackId
  readonly class: ObjectClass
  readonly box: PictureBox
  readonly insideSinceUtcMs: UtcMs
  readonly restSinceUtcMs: UtcMs
  readonly lastSeenUtcMs: UtcMs
  /** The rule has fired for this stay. */
  readonly fired: boolean
}

export function restingObjects(state: RuleState): RestingObject[] {
  const found: RestingObject[] = []
  for (const [trackId, { class: name, box, lastSeenUtcMs, stay }] of state.tracks) {
    const { insideSinceUtcMs, restSinceUtcMs, fired } = stay
    if (insideSinceUtcMs === null || !rests(stay, lastSeenUtcMs)) continue
    found.push({ trackId, class: name, box, insideSinceUtcMs, restSinceUtcMs, lastSeenUtcMs, fired })
  }
  return found
}

/**
 * A rule's state with what rested there before a restart. Tracks have new ids since; an object in the
 * same place is taken for the one that is remembered, and its stay goes on.
 */
export function resumeResting(objects: readonly RestingObject[]): RuleState {
  const tracks = new Map<TrackId, TrackMemory>()
  for (const { trackId, class: name, box, lastSeenUtcMs, ...rest } of objects) {
    const stay = {
      firstFoot: footPoint(box),
      origin: 'resident' as const,
      wasAway: false,
      wasInside: true,
      insideSinceUtcMs: rest.insideSinceUtcMs,
      outsideSinceUtcMs: null,
      fired: rest.fired,
      restBox: box,
      restSinceUtcMs: rest.restSinceUtcMs,
    }
    tracks.set(trackId, {
      ...{ class: name, box, lastSeenUtcMs, stay },
      ...{ firings: 0, passage: null, against: null, due: null },
    })
  }
  return { lastUtcMs: null, tracks, crowd: null }
}
