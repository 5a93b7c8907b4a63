import { type ObjectClass, objectClasses, type TrackedObject } from './detection.ts'
import type { FrameRef, Inspection } from './frame.ts'
import type { CameraId, TrackId } from './ids.ts'
import type { UtcMs } from './time.ts'

/**
 * Inspections of one camera as plain data that packs well: each track's id once, times from the first
 * frame on, and of each object what rules ask for. Attributes are left out.
 */
export interface InspectionRecord {
  readonly fromUtcMs: UtcMs
  /** Of the pictures. */
  readonly size: readonly [widthPx: number, heightPx: number]
  readonly tracks: readonly string[]
  readonly frames: readonly RecordedFrame[]
}

type RecordedFrame = readonly [afterMs: number, still: 0 | 1, objects: readonly RecordedObject[]]

type RecordedObject = readonly [
  track: number,
  className: number,
  score: number,
  x: number,
  y: number,
  w: number,
  h: number,
  velocityX: number,
  velocityY: number,
  /** First seen so long before this frame. */
  ageMs: number,
  confirmed: 0 | 1,
]

/** A millionth of the picture, and a hundredth of a millisecond: what a rule decides by is coarser. */
const short = (value: number) => Math.round(value * 1e6) / 1e6
const moment = (ms: number) => Math.round(ms * 100) / 100
const bit = (value: boolean): 0 | 1 => (value ? 1 : 0)

/** A record while frames are added to it. */
export class GrowingRecord {
  readonly cameraId: CameraId
  readonly #fromUtcMs: UtcMs
  readonly #size: InspectionRecord['size']
  readonly #tracks = new Map<TrackId, number>()
  readonly #frames: RecordedFrame[] = []

  constructor(first: Inspection) {
    const { cameraId, programmeUtcMs, widthPx, heightPx } = first.frame
    this.cameraId = cameraId
    this.#fromUtcMs = Math.floor(programmeUtcMs)
    this.#size = [widthPx, heightPx]
    this.add(first)
  }

  get frames(): number {
    return this.#frames.length
  }

  /** Whether the frame can stand in this record, which is to span no more than `longestMs`. */
  fits({ programmeUtcMs, widthPx, heightPx }: FrameRef, longestMs: number): boolean {
    const [width, height] = this.#size
    const afterMs = programmeUtcMs - this.#fromUtcMs
    const [lastMs = 0] = this.#frames.at(-1) ?? []
    return width === widthPx && height === heightPx && afterMs >= lastMs && afterMs < longestMs
  }

  /** In order. */
  add({ frame: { programmeUtcMs }, still, objects }: Inspection): void {
    const afterMs = moment(programmeUtcMs - this.#fromUtcMs)
    this.#frames.push([afterMs, bit(still), objects.map((object) => this.#recorded(object, programmeUtcMs))])
  }

  record(): InspectionRecord {
    return {
      fromUtcMs: this.#fromUtcMs,
      size: this.#size,
      tracks: [...this.#tracks.keys()],
      frames: [...this.#frames],
    }
  }

  #recorded(object: TrackedObject, atUtcMs: UtcMs): RecordedObject {
    const { trackId, box, velocity } = object
    const track = this.#tracks.get(trackId) ?? this.#tracks.size
    this.#tracks.set(trackId, track)
    return [
      ...([track, objectClasses.indexOf(object.class), short(object.score)] as const),
      ...([short(box.x), short(box.y), short(box.w), short(box.h)] as const),
      ...([short(velocity.x), short(velocity.y)] as const),
      ...([moment(atUtcMs - object.firstSeenUtcMs), bit(object.confirmed)] as const),
    ]
  }
}

/** What was recorded, in order; when frames reached the gateway is not known any more. */
export function inspectionsOf(record: InspectionRecord, cameraId: CameraId): Inspection[] {
  const { fromUtcMs, tracks, frames } = record
  const [widthPx, heightPx] = record.size
  return frames.map(([afterMs, still, recorded], i) => {
    const programmeUtcMs = fromUtcMs + afterMs
    const objects = recorded.map((object) => objectOf(object, tracks, programmeUtcMs))
    return {
      frame: { cameraId, sequence: i + 1, widthPx, heightPx, programmeUtcMs, arrivedUtcMs: programmeUtcMs },
      still: still === 1,
      detections: objects,
      objects,
    }
  })
}

function objectOf(recorded: RecordedObject, tracks: readonly string[], atUtcMs: UtcMs): TrackedObject {
  const [track, className, score, x, y, w, h, velocityX, velocityY, ageMs, confirmed] = recorded
  return {
    trackId: (tracks[track] ?? '') as TrackId,
    class: objectClasses[className] as ObjectClass,
    score,
    box: { x, y, w, h },
    firstSeenUtcMs: atUtcMs - ageMs,
    lastSeenUtcMs: atUtcMs,
    confirmed: confirmed === 1,
    velocity: { x: velocityX, y: velocityY },
  }
}
