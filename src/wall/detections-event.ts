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
    objects: objects.flatMap(({ trackId, class: name, score, box: { x, y, w, h }, confirmed }) =>
      confirmed ? [{ trackId, class: name, score, box: [x, y, w, h] }] : [],
    ),
    ...rates,
  }
}
