import { randomInt } from 'node:crypto'
import { INTERLEAVED_HEADER_BYTES } from './packets.ts'
import type { Track, TrackUnit } from './track.ts'

/** One access unit on its way out: stamped, shared by all listeners, never written to again. */
export interface Burst {
  readonly bytes: Buffer
  readonly starts: readonly number[]
  readonly keyframe: boolean
}

/** RTP time stamp and wall clock of the same instant, as a sender report gives them. */
export interface ClockPair {
  readonly stamp: number
  readonly utcMs: number
}

/** Where a listener that waits for a keyframe will start: the values of the RTP-Info header. */
export interface NextKeyframe {
  readonly sequence: number
  readonly stamp: number
}

/** What a fault does to a feed; read at every access unit. */
export interface FeedTrouble {
  /** Share of packets left out, 0..1. */
  lossShare: number
  /** Nothing is sent while true; what fell due meanwhile follows at once afterwards, as after a network stall. */
  stalled: boolean
}

/**
 * Plays one track in an endless loop in real time. Its place in the loop follows from the clock alone, so it
 * costs nothing while nobody listens and all feeds of a camera stay in step.
 */
export class Feed {
  readonly track: Track
  readonly ssrc = randomInt(2 ** 32)
  readonly #loopTicks: number
  readonly #units: readonly TrackUnit[]
  readonly #startedMs: number
  readonly #trouble: FeedTrouble
  readonly #listeners = new Set<(burst: Burst) => void>()
  readonly #firstStamp = randomInt(2 ** 32)
  #sequence = randomInt(2 ** 16)
  #loop = 0
  #next = 0
  #timer: NodeJS.Timeout | undefined

  /**
   * @param startedMs `performance.now()` at which the first loop began; shared by a camera's feeds.
   * @param loopMs length of a loop where it is not the track's own: a substream takes the main stream's, so
   * that the two never drift apart.
   */
  constructor(track: Track, startedMs: number, trouble: FeedTrouble, loopMs?: number) {
    this.track = track
    this.#startedMs = startedMs
    this.#trouble = trouble
    this.#loopTicks = loopMs === undefined ? track.durationTicks : Math.round((loopMs * track.clockHz) / 1000)
    this.#units = track.units.filter((unit) => unit.dueTicks < this.#loopTicks)
  }

  listen(listener: (burst: Burst) => void): () => void {
    if (this.#listeners.size === 0) this.#seek()
    this.#listeners.add(listener)
    this.#wait()
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size > 0) return
      clearTimeout(this.#timer)
      this.#timer = undefined
    }
  }

  /** The RTP clock now, beside the wall clock. */
  clock(): ClockPair {
    return { stamp: (this.#firstStamp + Math.round(this.#elapsedTicks())) >>> 0, utcMs: Date.now() }
  }

  nextKeyframe(): NextKeyframe {
    if (this.#listeners.size === 0) this.#seek()
    let { sequence, loop, index } = { sequence: this.#sequence, loop: this.#loop, index: this.#next }
    for (let steps = 0; steps < this.#units.length; steps++) {
      const unit = this.#units[index]
      if (unit?.keyframe) return { sequence, stamp: this.#stampOf(unit, loop) }
      sequence = (sequence + (unit?.starts.length ?? 0)) & 0xffff
      index++
      if (index === this.#units.length) [index, loop] = [0, loop + 1]
    }
    return { sequence: this.#sequence, stamp: this.clock().stamp }
  }

  /** What a camera that begins with its last keyframe sends at once: that one and all that followed it. */
  sinceKeyframe(): Burst[] {
    if (this.#listeners.size === 0) this.#seek()
    let { sequence, loop, index } = { sequence: this.#sequence, loop: this.#loop, index: this.#next }
    const bursts: Burst[] = []
    for (let steps = 0; steps < this.#units.length; steps++) {
      if (index === 0) [index, loop] = [this.#units.length, loop - 1]
      const unit = this.#units[--index]
      if (unit === undefined) break
      sequence = (sequence - unit.starts.length) & 0xffff
      bursts.unshift(this.#stamped(unit, loop, sequence))
      if (unit.keyframe) return bursts
    }
    return []
  }

  #elapsedTicks(): number {
    return ((performance.now() - this.#startedMs) * this.track.clockHz) / 1000
  }

  #stampOf(unit: TrackUnit, loop: number): number {
    return (this.#firstStamp + loop * this.#loopTicks + unit.stampTicks) >>> 0
  }

  #seek(): void {
    const elapsed = this.#elapsedTicks()
    this.#loop = Math.floor(elapsed / this.#loopTicks)
    const within = elapsed - this.#loop * this.#loopTicks
    this.#next = this.#units.findIndex((unit) => unit.dueTicks >= within)
    if (this.#next < 0) [this.#next, this.#loop] = [0, this.#loop + 1]
  }

  #dueTicks(): number {
    return this.#loop * this.#loopTicks + (this.#units[this.#next]?.dueTicks ?? 0)
  }

  #wait(): void {
    if (this.#timer !== undefined || this.#listeners.size === 0) return
    const waitMs = ((this.#dueTicks() - this.#elapsedTicks()) * 1000) / this.track.clockHz
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined
        this.#sendDue()
        this.#wait()
      },
      Math.max(this.#trouble.stalled ? 20 : 1, waitMs),
    )
  }

  #sendDue(): void {
    if (this.#trouble.stalled) return
    const now = this.#elapsedTicks()
    // After a long sleep (suspended machine) the missed part is skipped; a stall of seconds is delivered late.
    if (now - this.#dueTicks() > 10 * this.track.clockHz) this.#seek()
    while (this.#listeners.size > 0 && this.#dueTicks() <= now) {
      const unit = this.#units[this.#next]
      if (unit) this.#send(unit)
      this.#next++
      if (this.#next >= this.#units.length) [this.#next, this.#loop] = [0, this.#loop + 1]
    }
  }

  #stamped(unit: TrackUnit, loop: number, firstSequence: number): Burst {
    const bytes = Buffer.from(unit.bytes)
    const stamp = this.#stampOf(unit, loop)
    for (const [i, start] of unit.starts.entries()) {
      const rtp = start + INTERLEAVED_HEADER_BYTES
      bytes.writeUInt16BE((firstSequence + i) & 0xffff, rtp + 2)
      bytes.writeUInt32BE(stamp, rtp + 4)
      bytes.writeUInt32BE(this.ssrc, rtp + 8)
    }
    return { bytes, starts: unit.starts, keyframe: unit.keyframe }
  }

  #send(unit: TrackUnit): void {
    const burst = this.#stamped(unit, this.#loop, this.#sequence)
    this.#sequence = (this.#sequence + unit.starts.length) & 0xffff
    const sent = this.#trouble.lossShare > 0 ? withLoss(burst, this.#trouble.lossShare) : burst
    for (const listener of this.#listeners) listener(sent)
  }
}

function withLoss(burst: Burst, share: number): Burst {
  const kept: Buffer[] = []
  const starts: number[] = []
  let at = 0
  for (const [i, start] of burst.starts.entries()) {
    if (Math.random() < share) continue
    const packet = burst.bytes.subarray(start, burst.starts[i + 1] ?? burst.bytes.length)
    starts.push(at)
    at += packet.length
    kept.push(packet)
  }
  return { bytes: Buffer.concat(kept), starts, keyframe: burst.keyframe }
}
