import type { Detection, TrackedObject } from './detection.ts'
import type { CameraId } from './ids.ts'
import type { UtcMs } from './time.ts'

/** A sampled frame's address and times, without its pixels. */
export interface FrameRef {
  readonly cameraId: CameraId
  /** Grows by one for each frame that a camera's sampler hands out; starts anew with the gateway. */
  readonly sequence: number
  readonly widthPx: number
  readonly heightPx: number
  /** Programme time: the same clock as EXT-X-PROGRAM-DATE-TIME, so boxes can be drawn in step. */
  readonly programmeUtcMs: UtcMs
  /** When its last packet reached the gateway. */
  readonly arrivedUtcMs: UtcMs
}

/** What analysis found in one frame, in the order that frames were taken. */
export interface Inspection {
  readonly frame: FrameRef
  /**
   * The picture has not changed since the one before it, so it was not looked at: what was found there is
   * found again. Everything that counts frames or time counts it like any other.
   */
  readonly still: boolean
  readonly detections: readonly Detection[]
  readonly objects: readonly TrackedObject[]
}
