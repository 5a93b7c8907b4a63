import type { ObjectClass, TrackedObject, Velocity } from '../../src/domain/detection.ts'
import type { Inspection } from '../../src/domain/frame.ts'
import type { CameraId, TrackId } from '../../src/domain/ids.ts'

export interface Sighting {
  readonly trackId?: string
  readonly class?: ObjectClass
  readonly score?: number
  readonly confirmed?: boolean
  /** Where its foot stands. */
  readonly at: readonly [x: number, y: number]
  readonly widthShare?: number
  readonly heightShare?: number
  /** Picture widths per second; standing unless said. */
  readonly velocity?: Velocity
  /** Since its track was first seen. */
  readonly ageMs?: number
}

/** One inspected frame with objects whose feet stand at the given points. */
export function inspection(
  programmeUtcMs: number,
  sightings: readonly Sighting[],
  cameraId = 'camera-1',
): Inspection {
  const objects = sightings.map((sighting): TrackedObject => {
    const w = sighting.widthShare ?? 0.06
    const h = sighting.heightShare ?? 0.1
    const [x, y] = sighting.at
    return {
      trackId: (sighting.trackId ?? 'track-1') as TrackId,
      class: sighting.class ?? 'person',
      score: sighting.score ?? 0.8,
      box: { x: x - w / 2, y: y - h, w, h },
      firstSeenUtcMs: programmeUtcMs - (sighting.ageMs ?? 0),
      lastSeenUtcMs: programmeUtcMs,
      confirmed: sighting.confirmed ?? true,
      velocity: sighting.velocity ?? { x: 0, y: 0 },
    }
  })
  return {
    frame: {
      cameraId: cameraId as CameraId,
      sequence: Math.round(programmeUtcMs / 250),
      widthPx: 640,
      heightPx: 360,
      programmeUtcMs,
      arrivedUtcMs: programmeUtcMs + 40,
    },
    still: false,
    detections: objects,
    objects,
  }
}
