import type { ObjectAttributes, ObjectClass, TrackedObject } from './detection.ts'
import { footPoint } from './geometry.ts'
import type { CameraId, TrackId } from './ids.ts'
import type { UtcMs } from './time.ts'
import { type PathPoint, simplifyPath } from './track-path.ts'

/** Where an object went, as seen in the picture: n is up, e is right. */
export const trackDirections = ['n', 'ne', 'e', 'se', 's', 'sw', 'w', 'nw'] as const
export type TrackDirection = (typeof trackDirections)[number]

/** One object's stay before one camera. */
export interface TrackSummary {
  readonly trackId: TrackId
  readonly cameraId: CameraId
  readonly class: ObjectClass
  /** Programme time. */
  readonly firstSeenUtcMs: UtcMs
  readonly lastSeenUtcMs: UtcMs
  /** Of its best detection. */
  readonly score: number
  readonly path: readonly PathPoint[]
  /** Null: it ended about where it began. */
  readonly direction: TrackDirection | null
  /** Along its path, in picture widths per second. */
  readonly meanSpeed: number
  readonly attributes: ObjectAttributes
}

/** A box trembles by less. */
const pathTolerance = 0.004
const mostPathPoints = 160
/** While it goes on, so much is remembered before it is simplified. */
const mostRemembered = 512
/** In picture widths: less is no direction. */
const leastWay = 0.04

/** What is remembered of a track while it goes on. */
export class TrackMemory {
  readonly #cameraId: CameraId
  /** Width / height of the picture. */
  readonly #aspect: number
  readonly #trackId: TrackId
  readonly #firstSeenUtcMs: UtcMs
  #object: TrackedObject
  #score = 0
  #path: PathPoint[] = []
  /** The last of them is where it is now, and goes on with it. */
  #simplifiedTo = 0

  constructor(cameraId: CameraId, aspect: number, object: TrackedObject) {
    this.#cameraId = cameraId
    this.#aspect = aspect
    this.#trackId = object.trackId
    this.#firstSeenUtcMs = object.firstSeenUtcMs
    this.#object = object
    this.see(object)
  }

  see(object: TrackedObject): void {
    this.#object = object
    this.#score = Math.max(this.#score, object.score)
    const { x, y } = footPoint(object.box)
    this.#path.push({ x, y, atUtcMs: object.lastSeenUtcMs })
    if (this.#path.length < this.#simplifiedTo + mostRemembered) return
    this.#path = simplifyPath(this.#path, pathTolerance, mostPathPoints)
    this.#simplifiedTo = this.#path.length
  }

  get summary(): TrackSummary {
    const path = simplifyPath(this.#path, pathTolerance, mostPathPoints)
    const { class: name, lastSeenUtcMs, attributes = {} } = this.#object
    const spanS = (lastSeenUtcMs - this.#firstSeenUtcMs) / 1000
    return {
      trackId: this.#trackId,
      cameraId: this.#cameraId,
      class: name,
      firstSeenUtcMs: this.#firstSeenUtcMs,
      lastSeenUtcMs,
      score: this.#score,
      path,
      direction: directionOf(path, this.#aspect),
      meanSpeed: spanS > 0 ? wayOf(path, this.#aspect) / spanS : 0,
      attributes,
    }
  }
}

/** In picture widths. */
function wayOf(path: readonly PathPoint[], aspect: number): number {
  return path.reduce((sum, point, i) => {
    const before = path[i - 1]
    return before === undefined ? 0 : sum + Math.hypot(point.x - before.x, (point.y - before.y) / aspect)
  }, 0)
}

/** From where it began to where it ended: detours do not count. */
function directionOf(path: readonly PathPoint[], aspect: number): TrackDirection | null {
  const [first, last] = [path[0], path.at(-1)]
  if (first === undefined || last === undefined) return null
  return sectorOf(last.x - first.x, (last.y - first.y) / aspect)
}

/** @param dx to the right, @param dy down, both in picture widths */
export function sectorOf(dx: number, dy: number): TrackDirection | null {
  if (Math.hypot(dx, dy) < leastWay) return null
  const clockwiseFromUp = (Math.atan2(dx, -dy) * 180) / Math.PI
  return trackDirections[Math.round(clockwiseFromUp / 45 + 8) % 8] ?? null
}
