import type { CameraCondition } from '../domain/camera.ts'
import type { Fragment, InitSegment } from './fragment.ts'

/**
 * Whoever uses a stream. All calls come one after another and must return at once: what takes time is
 * for the subscriber to queue, and to drop when it cannot keep up. One that throws is cut off.
 */
export interface StreamSubscriber {
  /** Comes before the first fragment that needs it, and again when the camera changes its format. */
  init(segment: InitSegment): void
  /**
   * The first one a subscriber gets is independent: the kept group of pictures comes at once, then
   * what the camera sends. The bytes are shared between all subscribers: never write to them.
   */
  fragment(fragment: Fragment): void
  /** How the stream does: when it is opened and at every change. */
  condition?(condition: CameraCondition): void
  /** The last call: the camera was removed, the gateway stops, or this subscriber threw. */
  ended?(): void
}

/** One subscriber's hold on a stream. */
export interface StreamHandle {
  readonly condition: CameraCondition
  /** The latest one; null: none came yet. */
  readonly init: InitSegment | null
  /**
   * How much later than it could a fragment may come, so that the camera is read in fewer, larger turns.
   * 0 until it is said; of all who use a stream the least patient decides.
   */
  setPatience(ms: number): void
  /** No call comes after it; closing twice is nothing. */
  close(): void
}
