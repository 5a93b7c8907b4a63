import { PTS_HZ, type UtcMs } from '../domain/time.ts'
import type { ClockReport, ProgrammeClock } from './programme-clock.ts'

/** Ahead of its arrival by more, behind it by more, or back by more: the camera's clock jumped. */
const aheadMs = 1500
/** A camera or relay may begin with pictures it has kept, all at once: so far ahead, for so long. */
const beginning = { aheadMs: 10_000, forMs: 5000 }
const behindMs = 10_000
const backMs = 2000
/** How fast the anchor follows a camera whose clock runs slow: far above any crystal's error. */
const creep = 0.0005
/** How fast what the camera's reports say is come to: a step would put pictures over one another. */
const slew = 0.02
/** A report that puts a picture's making later than its arrival, or so long before, is not believed. */
const believed = { aheadMs: 100, behindMs: 10_000 }
/** Cameras report every few seconds. */
const reportAgeMs = 60_000
/** Share of the newest report in how much their delays differ. */
const smoothing = 1 / 4
/** Of stamps and reports themselves. */
const grainMs = 10
/** So long a camera that does not report may hold its pictures back, to encode and send them. */
const heldBackMs = 500

export interface Moment {
  /** On the gateway's own time line for this stream, which grows through reconnects and jumps. */
  readonly pts90k: number
  readonly programmeUtcMs: UtcMs
  readonly jumped: boolean
}

/**
 * RTP time stamps to the gateway's time. The camera's stamps pace the stream; its sender reports anchor it,
 * each of which says which stamp is now, and arrivals where there are none: the least delayed one counts as
 * undelayed, so network jitter does not show. The wall clock that a report tells is measured and not
 * believed: a camera that is ten minutes ahead records nothing in the future.
 */
export class StreamClock {
  readonly #clockHz: number
  #originUtcMs: UtcMs | null
  #lastStamp: number | null = null
  #lastPts90k: number
  /** Programme time minus media time. */
  #offsetMs = 0
  #lastArrivedUtcMs: UtcMs = 0
  #anchoredUtcMs: UtcMs = 0
  /** What came before the first picture. */
  #early: ClockReport | null = null
  /** Programme time minus media time by the least delayed report. */
  #reported: { readonly offsetMs: number; readonly atUtcMs: UtcMs } | null = null
  #unevenMs = 0
  #cameraOffsetMs: number | null = null

  /** @param previous what the same stream had before it broke off */
  constructor(clockHz: number, previous: StreamClock | null) {
    this.#clockHz = clockHz
    this.#originUtcMs = previous?.originUtcMs ?? null
    this.#lastPts90k = previous?.lastPts90k ?? 0
  }

  /** @param roundTripMs of the connection: no packet was under way for longer when it was not held up */
  measured(roundTripMs: number): ProgrammeClock {
    const reported = this.#fresh(this.#lastArrivedUtcMs)
    const errorMs =
      reported === null
        ? heldBackMs + grainMs
        : Math.abs(reported.offsetMs - this.#offsetMs) + this.#unevenMs + grainMs
    return {
      source: reported === null ? 'arrivals' : 'reports',
      errorMs: Math.ceil(errorMs + roundTripMs),
      cameraOffsetMs: this.#cameraOffsetMs,
    }
  }

  report(report: ClockReport): void {
    const { rtpTimestamp, ntpUtcMs, arrivedUtcMs } = report
    this.#cameraOffsetMs = Math.round(ntpUtcMs - arrivedUtcMs)
    if (this.#lastStamp === null) {
      this.#early = report
      return
    }
    const offsetMs = arrivedUtcMs - this.mediaTimeOf(rtpTimestamp) / 90
    const earlierMs = this.#offsetMs - offsetMs
    if (earlierMs < -believed.aheadMs || earlierMs > believed.behindMs) {
      this.#reported = null
      return
    }
    const known = this.#fresh(arrivedUtcMs)
    if (known === null) {
      this.#reported = { offsetMs, atUtcMs: arrivedUtcMs }
      return
    }
    const laterMs = offsetMs - known.offsetMs
    const passedMs = Math.max(0, arrivedUtcMs - known.atUtcMs)
    this.#unevenMs += (Math.abs(laterMs) - this.#unevenMs) * smoothing
    const stepMs = laterMs < 0 ? laterMs : Math.min(laterMs, passedMs * creep)
    this.#reported = { offsetMs: known.offsetMs + stepMs, atUtcMs: arrivedUtcMs }
  }

  /** A picture has come; before that nothing has a time. */
  get begun(): boolean {
    return this.#lastStamp !== null
  }

  get originUtcMs(): UtcMs | null {
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
    const reported = this.#fresh(arrivedUtcMs)
    if (reported !== null) this.#offsetMs += within(reported.offsetMs - this.#offsetMs, passedMs * slew)
    else if (lateMs > 0) this.#offsetMs += Math.min(lateMs, passedMs * creep)
    // No picture was taken after it arrived.
    this.#offsetMs = Math.min(this.#offsetMs, delayMs)
    this.#lastStamp = stamp
    this.#lastPts90k = pts90k
    this.#lastArrivedUtcMs = arrivedUtcMs
    return { pts90k, programmeUtcMs: pts90k / 90 + this.#offsetMs, jumped: false }
  }

  /** Media time goes on by as much as the wall clock did, and never back. */
  #anchor(stamp: number, arrivedUtcMs: UtcMs, jumped: boolean): Moment {
    this.#originUtcMs ??= arrivedUtcMs
    const byWall = Math.round((arrivedUtcMs - this.#originUtcMs) * 90)
    // Room for frames that are decoded before they are shown.
    const pts90k = Math.max(byWall, this.#lastPts90k + PTS_HZ)
    this.#lastStamp = stamp
    this.#lastPts90k = pts90k
    this.#lastArrivedUtcMs = arrivedUtcMs
    this.#anchoredUtcMs = arrivedUtcMs
    this.#offsetMs = arrivedUtcMs - pts90k / 90
    // What was reported before a jump says nothing behind it.
    this.#reported = null
    if (this.#early !== null) this.report(this.#early)
    this.#early = null
    const reported = this.#fresh(arrivedUtcMs)
    if (reported !== null) this.#offsetMs = Math.min(this.#offsetMs, reported.offsetMs)
    return { pts90k, programmeUtcMs: pts90k / 90 + this.#offsetMs, jumped }
  }

  #fresh(atUtcMs: UtcMs): { readonly offsetMs: number; readonly atUtcMs: UtcMs } | null {
    const reported = this.#reported
    return reported !== null && atUtcMs - reported.atUtcMs < reportAgeMs ? reported : null
  }
}

function within(value: number, most: number): number {
  return Math.max(-most, Math.min(most, value))
}
