import type { StreamName } from '../domain/camera.ts'

/** Every wait of a pull; tests shorten them. */
export interface PullTiming {
  /** For the TCP (and TLS) connection. */
  readonly connectMs: number
  /** For the answer to one request. */
  readonly answerMs: number
  /** For the first whole frame: a camera may wait for its next keyframe before it sends anything. */
  readonly firstFrameMs: number
  /** A camera that plays and has sent no keyframe for so long is asked for one, where that can be done. */
  readonly askKeyframeMs: number
  /** Without a whole frame for so long a stream counts as broken. */
  readonly frameMs: number
  /** Whole frames, but none that a decoder could begin with. */
  readonly keyframeMs: number
  /** A pause this long is a stall: shown as degraded, and forgotten after `troubleMs` without one. */
  readonly stallMs: number
  readonly troubleMs: number
  readonly reportEveryMs: number
  /** Playing for so long without a fault: the next failure is the first one again. */
  readonly settledMs: number
  readonly retry: { readonly firstMs: number; readonly longestMs: number }
  /** While somebody watches, a pause between two tries is no longer: who looks at a dark tile waits for it. */
  readonly watchedRetryMs: number
  /** After a refused password: slow, because many cameras lock an account after a few tries. */
  readonly passwordRetry: { readonly firstMs: number; readonly longestMs: number }
  /** A stream without a subscriber is kept for so long: who made a tile large soon does it again. */
  readonly lingerMs: Readonly<Record<StreamName, number>>
}

export const pullTiming: PullTiming = {
  connectMs: 5000,
  answerMs: 5000,
  firstFrameMs: 12_000,
  askKeyframeMs: 100,
  frameMs: 3000,
  keyframeMs: 60_000,
  stallMs: 1200,
  troubleMs: 10_000,
  reportEveryMs: 5000,
  settledMs: 10_000,
  retry: { firstMs: 1000, longestMs: 30_000 },
  watchedRetryMs: 7000,
  // Half of the wait is jitter: never sooner than 30 s.
  passwordRetry: { firstMs: 60_000, longestMs: 600_000 },
  lingerMs: { main: 30_000, sub: 5000 },
}
