import { signal } from '@preact/signals'
import { clockTime, held, keyframesAbove, type PlaybackClock, withRate } from './clock.ts'
import type { RecordedPlayer } from './recorded-player.ts'
import { nearestOf, type Span, spanAt } from './spans.ts'

/** How long pictures that are there wait for one that is not, before they go on without it. */
const waitForAllMs = 3000
const tickMs = 40
const shownEveryMs = 100
/** A picture that is farther from the clock is one of before a seek. */
const nearMs = 500

interface Place {
  readonly player: RecordedPlayer
  /** What is known to be recorded of the camera; null: not known yet, so it is waited for. */
  readonly runs: () => readonly Span[] | null
}

/**
 * The players of the page on one clock. The clock stands while pictures are being fetched, jumps over
 * what no camera has recorded, and stops at the end of everything.
 */
export class Deck {
  readonly playing = signal(false)
  /** What plays and how fast, below 0 backwards; kept while it stands. */
  readonly speed = signal(1)
  /** The clock for whoever draws it as text: some times a second. */
  readonly shown = signal(0)
  readonly atEnd = signal(false)
  readonly #places = new Map<string, Place>()
  #clock: PlaybackClock
  #waitingSinceMs: number | null = null
  #tickedAtMs = performance.now()
  readonly #timer: ReturnType<typeof setInterval>

  constructor(atMs: number) {
    this.#clock = { utcMs: atMs, wallMs: performance.now(), rate: 0 }
    this.shown.value = atMs
    this.#timer = setInterval(() => {
      this.#tick(performance.now())
    }, tickMs)
  }

  get nowMs(): number {
    return clockTime(this.#clock, performance.now())
  }

  add(cameraId: string, place: Place): () => void {
    this.#places.set(cameraId, place)
    return () => {
      if (this.#places.get(cameraId) === place) this.#places.delete(cameraId)
    }
  }

  player(cameraId: string): RecordedPlayer | null {
    return this.#places.get(cameraId)?.player ?? null
  }

  play(): void {
    this.playing.value = true
    this.atEnd.value = false
    this.#setRate()
  }

  pause(): void {
    this.playing.value = false
    // What is on the screen is where it stands, not where the clock had got to.
    const player = this.#showing()[0]?.player
    const shownMs = player?.middleOfShown ?? player?.shownUtcMs ?? null
    this.#setRate()
    if (shownMs !== null && Math.abs(shownMs - this.#clock.utcMs) < nearMs) {
      this.#clock = { ...this.#clock, utcMs: shownMs }
    }
    this.shown.value = this.#clock.utcMs
  }

  seek(utcMs: number): void {
    this.#clock = { ...this.#clock, utcMs, wallMs: performance.now() }
    this.#waitingSinceMs = null
    this.atEnd.value = false
    this.shown.value = utcMs
  }

  setSpeed(speed: number): void {
    this.speed.value = speed
    this.#setRate()
  }

  /** To the very next picture of the first camera that has one, or to the one before. */
  step(by: 1 | -1): void {
    if (this.playing.peek()) this.pause()
    const moment = this.#showing()[0]?.player.step(this.#clock.utcMs, by) ?? null
    if (moment !== null) this.seek(moment)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #setRate(): void {
    const rate = this.playing.peek() ? this.speed.peek() : 0
    this.#clock = withRate(this.#clock, performance.now(), rate)
  }

  /** Places whose camera has a picture at the moment. */
  #showing(): Place[] {
    return [...this.#places.values()].filter(({ runs }) => spanAt(runs() ?? [], this.#clock.utcMs))
  }

  #tick(wallMs: number): void {
    this.#passGaps(wallMs)
    const utcMs = clockTime(this.#clock, wallMs)
    const rate = this.playing.peek() ? this.#clock.rate : 0
    const target = { utcMs, rate, keyframes: this.playing.peek() && Math.abs(rate) > keyframesAbove }
    // Without a camera the clock stands: it starts with the first one.
    let wanted = this.#places.size === 0 ? 1 : 0
    let ready = 0
    for (const place of this.#places.values()) {
      const runs = place.runs()
      if (runs === null || !spanAt(runs, utcMs)) {
        place.player.rest()
        if (runs === null) wanted++
        continue
      }
      place.player.follow(target)
      const { kind } = place.player.status
      if (kind === 'unplayable' || kind === 'failed') continue
      wanted++
      // Backwards is all seeking: each picture comes when it can.
      if (kind === 'ready' && (rate < 0 || !place.player.video.seeking)) ready++
    }
    this.#wait(wallMs, wanted, ready)
    this.#tickedAtMs = wallMs
    const shownMs = this.nowMs
    if (rate === 0 || Math.abs(this.shown.peek() - shownMs) >= shownEveryMs) this.shown.value = shownMs
  }

  #wait(wallMs: number, wanted: number, ready: number): void {
    const { rate } = this.#clock
    if (ready === wanted || rate === 0) {
      this.#waitingSinceMs = null
      return
    }
    this.#waitingSinceMs ??= wallMs
    if (ready === 0 || wallMs - this.#waitingSinceMs < waitForAllMs) {
      this.#clock = held(this.#clock, wallMs, wallMs - this.#tickedAtMs)
    }
  }

  #passGaps(wallMs: number): void {
    if (!this.playing.peek() || this.#places.size === 0) return
    const utcMs = clockTime(this.#clock, wallMs)
    const known = [...this.#places.values()].map(({ runs }) => runs())
    const read = known.filter((runs) => runs !== null)
    // A camera that is not read yet may have something here.
    if (read.length < known.length) return
    const next = nearestOf(read, utcMs, this.#clock.rate < 0)
    if (next === utcMs) return
    if (next !== null) {
      this.seek(next)
      return
    }
    this.atEnd.value = true
    this.pause()
  }
}
