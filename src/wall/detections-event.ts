import type { DetectionsEvent } from '../contract/socket.ts'
import type { Inspection } from '../domain/frame.ts'

/** An inspection as browsers draw it: unconfirmed objects are left out. */
export function detectionsEvent(
  { frame, objects }: Inspection,
  rates: { readonly inspectedPerS: number; readonly wantedPerS: number },
): DetectionsEvent {
  return {
    cameraId: frame.cameraId,
    programmeUtcMs: frame.programmeUtcMs,
    objects: objects
      .filter(({ confirmed }) => confirmed)
      .map(({ trackId, class: name, score, box, velocity, firstSeenUtcMs, attributes }) => ({
        ...{ trackId, class: name, score },
        box: [box.x, box.y, box.w, box.h],
        velocity: [velocity.x, velocity.y],
        ageMs: Math.round(frame.programmeUtcMs - firstSeenUtcMs),
        ...(attributes && { attributes }),
      })),
    ...rates,
  }
}
