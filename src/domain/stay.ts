import { footPoint, iou, type PictureBox, type PicturePoint } from './geometry.ts'
import { distance } from './segment.ts'
import type { UtcMs } from './time.ts'
import { contains, distanceToEdge, edgeMargin } from './zone.ts'

/** An object must be clearly outside for so long before coming back counts as entering anew. */
const rearmMs = 3000
/** Clearly outside for so long, and it has left: one box that jumps is no leaving. */
const leftMs = 500
/** In one place for so long, and it is parked or standing. */
const restingMs = 5000
/** Below this overlap of two boxes the object has moved from its place. */
const samePlaceIou = 0.7

/** One object's relation to one zone. */
export interface Stay {
  /** Where the object was first seen: until it leaves that place it has not been seen entering. */
  readonly firstFoot: PicturePoint
  /**
   * `arrived`: came from outside, or moved about inside as soon as it was seen. `resident`: was there
   * before anybody looked (a parked car, after a restart or under a new track) and has not left since.
   */
  readonly origin: 'unknown' | 'arrived' | 'resident'
  /** In the last inspection: moved from its first place, inside the polygon. */
  readonly wasAway: boolean
  readonly wasInside: boolean
  /** Since when the stay lasts; null while there is none. */
  readonly insideSinceUtcMs: UtcMs | null
  /** Clearly outside since then, with the stay not yet ended. */
  readonly outsideSinceUtcMs: UtcMs | null
  /** The rule has fired for this stay. */
  readonly fired: boolean
  readonly restBox: PictureBox
  readonly restSinceUtcMs: UtcMs
}

export function beginStay(box: PictureBox, nowUtcMs: UtcMs): Stay {
  return {
    firstFoot: footPoint(box),
    origin: 'unknown',
    wasAway: false,
    wasInside: false,
    insideSinceUtcMs: null,
    outsideSinceUtcMs: null,
    fired: false,
    restBox: box,
    restSinceUtcMs: nowUtcMs,
  }
}

/** The stay after the object was seen at `box`. */
export function continueStay(
  before: Stay,
  polygon: readonly PicturePoint[],
  box: PictureBox,
  nowUtcMs: UtcMs,
): Stay {
  const foot = footPoint(box)
  const margin = edgeMargin(box)
  const inside = contains(polygon, foot)
  const fromEdge = distanceToEdge(polygon, foot)
  const clearlyOutside = !inside && fromEdge > margin

  // Twice in a row: a passer-by who hides the lower half of a parked car moves its foot once.
  const away = distance(before.firstFoot, foot) > Math.max(0.02, 0.3 * Math.max(box.w, box.h))
  const resting = iou(before.restBox, box) >= samePlaceIou
  const stillMs = resting ? nowUtcMs - before.restSinceUtcMs : 0
  const seen = {
    ...before,
    origin: originOf(before, clearlyOutside, away && before.wasAway, stillMs),
    wasAway: away,
    wasInside: inside,
    restBox: resting ? before.restBox : box,
    restSinceUtcMs: resting ? before.restSinceUtcMs : nowUtcMs,
  }
  if (before.insideSinceUtcMs === null) {
    // An edge that is only brushed in one inspection is not entered.
    const entered = inside && (before.wasInside || fromEdge > margin)
    return entered ? { ...seen, insideSinceUtcMs: nowUtcMs, outsideSinceUtcMs: null, fired: false } : seen
  }
  if (!clearlyOutside) return { ...seen, outsideSinceUtcMs: null }
  const outsideSinceUtcMs = before.outsideSinceUtcMs ?? nowUtcMs
  return nowUtcMs - outsideSinceUtcMs < rearmMs
    ? { ...seen, outsideSinceUtcMs }
    : { ...seen, insideSinceUtcMs: null, outsideSinceUtcMs: null, fired: false }
}

function originOf(before: Stay, outside: boolean, movedAbout: boolean, stillMs: number): Stay['origin'] {
  if (outside) return 'arrived'
  if (before.origin !== 'unknown') return before.origin
  if (movedAbout) return 'arrived'
  return stillMs >= restingMs ? 'resident' : 'unknown'
}

/** How long the object has been inside by now; null while it is not inside. */
export function dwellMs(stay: Stay, nowUtcMs: UtcMs): number | null {
  if (stay.insideSinceUtcMs === null || stay.outsideSinceUtcMs !== null) return null
  return nowUtcMs - stay.insideSinceUtcMs
}

/** How long the object has been at rest inside by now; null while it is not inside. */
export function restMs(stay: Stay, nowUtcMs: UtcMs): number | null {
  const insideMs = dwellMs(stay, nowUtcMs)
  return insideMs === null ? null : Math.min(insideMs, nowUtcMs - stay.restSinceUtcMs)
}

/** How long the object had been inside when it left, clearly and for a moment; null while it has not. */
export function leftAfterMs(stay: Stay, nowUtcMs: UtcMs): number | null {
  const { insideSinceUtcMs, outsideSinceUtcMs } = stay
  if (insideSinceUtcMs === null || outsideSinceUtcMs === null) return null
  return nowUtcMs - outsideSinceUtcMs >= leftMs ? outsideSinceUtcMs - insideSinceUtcMs : null
}

/** Whether the object was parked, or stood, in one place inside when it was last seen. */
export function rests(stay: Stay, lastSeenUtcMs: UtcMs): boolean {
  return stay.insideSinceUtcMs !== null && lastSeenUtcMs - stay.restSinceUtcMs >= restingMs
}
