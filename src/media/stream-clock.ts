import { PTS_HZ, type UtcMs } from '../domain/time.ts'

/** Ahead of its arrival by more, behind it by more, or back by more: the camera's clock jumped. */
const aheadMs = 1500
/** A camera or relay may begin with pictures it has kept, all at once: so far ahead, for so long. */
const beginning = { aheadMs: 10_000, forMs: 5000 }
const behindMs = 10_000
const backMs = 2000
/** How fast the anchor follows a camera whose clock runs slow: far above any crystal's error. */
const creep = 0.0005

export interface Moment {
  /** On the gateway's own time line for this stream, which grows through reconnects and jumps. */
  readonly pts90k: number
  readonly programmeUtcMs: UtcMs
  readonly jumped: boolean
}

/**
 * RTP time stamps to the gateway's time. The camera's stamps pace the stream; arrivals anchor it: the
 * least delayed frame counts as undelayed, so network jitter does not show and the camera's own wall
 * clock does not matter.
 */
export class StreamClock {
  readonly #clockHz: number
  readonly #originUtcMs: UtcMs
  #lastStamp: number | null = null
  #lastPts90k: number
  /** Programme time minus media time. */
  #offsetMs = 0
  #lastArrivedUtcMs: UtcMs = 0
  #anchoredUtcMs: UtcMs = 0

  /** @param previous what the same stream had before it broke off */
  constructor(clockHz: number, arrivedUtcMs: UtcMs, previous: StreamClock | null) {
    this.#clockHz = clockHz
    this.#originUtcMs = previous?.originUtcMs ?? arrivedUtcMs
    this.#lastPts90k = previous?.lastPts90k ?? 0
  }

  get originUtcMs(): UtcMs {
    return this.#originUtcMs
  }

  get lastPts90k(): number {
    return this.#lastPts90k
  }

  /** Media time of a stamp near the last one, 90 kHz. */
  mediaTimeOf(stamp: number): number {
    const ticks = (stamp - (this.#lastStamp ?? stamp)) | 0
    return this.#lastPts90k + (ticks * PTS_HZ) / this.#clockHz
  }

  /** Media time of what is shown at that moment, 90 kHz. */
  mediaTimeAt(utcMs: UtcMs): number {
    return (utcMs - this.#offsetMs) * 90
  }

  at(stamp: number, arrivedUtcMs: UtcMs): Moment {
    if (this.#lastStamp === null) return this.#anchor(stamp, arrivedUtcMs, false)
    const ticks = (stamp - this.#lastStamp) | 0
    const pts90k = this.#lastPts90k + Math.round((ticks * PTS_HZ) / this.#clockHz)
    const delayMs = arrivedUtcMs - pts90k / 90
    const lateMs = delayMs - this.#offsetMs
    const backwardsMs = (this.#lastPts90k - pts90k) / 90
    const begins = arrivedUtcMs - this.#anchoredUtcMs < beginning.forMs
    if (lateMs < -(begins ? beginning.aheadMs : aheadMs) || lateMs > behindMs || backwardsMs > backMs) {
      return this.#anchor(stamp, arrivedUtcMs, true)
    }
    const passedMs = Math.max(0, arrivedUtcMs - this.#lastArrivedUtcMs)
    this.#offsetMs += lateMs < 0 ? lateMs : Math.min(lateMs, passedMs * creep)
    this.#lastStamp = stamp
    this.#lastPts90k = pts90k
    this.#lastArrivedUtcMs = arrivedUtcMs
    return { pts90k, programmeUtcMs: pts90k / 90 + this.#offsetMs, jumped: false }
  }

  /** Media time goes on by as much as the wall clock did, and never back. */
  #anchor(stamp: number, arrivedUtcMs: UtcMs, jumped: boolean): Moment {
    const byWall = Math.round((arrivedUtcMs - this.#originUtcMs) * 90)
    // Room for frames that are decoded before they are shown.
    const pts90k = Math.max(byWall, this.#lastPts90k + PTS_HZ)
    this.#lastStamp = stamp
    this.#lastPts90k = pts90k
    this.#lastArrivedUtcMs = arrivedUtcMs
    this.#anchoredUtcMs = arrivedUtcMs
    this.#offsetMs = arrivedUtcMs - pts90k / 90
    return { pts90k, programmeUtcMs: arrivedUtcMs, jumped }
  }
}
