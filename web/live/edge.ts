/** How far behind the newest picture a player stays. Pure: times come in as arguments. */

/** Least of what should be left to play when the next fragment comes, and most after many stalls. */
const leastSpareS = 0.1
const mostSpareS = 0.8
const stallCostS = 0.08
/** After so long without a stall a little less will do. */
const calmMs = 15_000
const calmGainS = 0.03
/** The lowest level of so long counts: fragments come one by one. */
const windowMs = 1500
const toleranceS = 0.04
const fastest = 1.1
const slowest = 0.95
/** Too far behind to catch up by playing faster. */
const jumpS = 1
/** Decoding so much at once, only to get to a picture, is worth it. */
const decodedS = 2.5

export interface Steering {
  readonly rate: number
  /** Where to go on instead; null: here. */
  readonly jumpToS: number | null
}

/**
 * Keeps one player at the live edge. What counts is how much is left to play just before the next
 * fragment arrives: less than a little and the picture stalls, more and it is late for nothing. A network
 * or machine that makes it stall gets a larger reserve, and loses it again slowly.
 */
export class EdgeKeeper {
  #spareS = leastSpareS
  #calmSinceMs = 0
  #levels: { readonly atMs: number; readonly aheadS: number }[] = []

  /** What should be left to play when a fragment comes. */
  get spareS(): number {
    return this.#spareS
  }

  /** A fragment came while so much was left to play. */
  arrived(aheadS: number, nowMs: number): void {
    this.#levels = this.#levels.filter(({ atMs }) => nowMs - atMs < windowMs)
    this.#levels.push({ atMs: nowMs, aheadS })
  }

  /** The picture had to wait. */
  stalled(nowMs: number): void {
    this.#spareS = Math.min(mostSpareS, this.#spareS + stallCostS)
    this.#calmSinceMs = nowMs
    this.#levels = []
  }

  /** Playback goes on elsewhere: what was seen so far says nothing. */
  moved(): void {
    this.#levels = []
  }

  /** @param keyframesS ascending; a jump should cost no long decoding */
  steer(currentS: number, keyframesS: readonly number[], nowMs: number): Steering {
    this.#forgive(nowMs)
    const [first] = this.#levels
    // Two fragments at least: one alone may have been early or late.
    if (first === undefined || this.#levels.length < 2) return { rate: 1, jumpToS: null }
    const surplusS =
      this.#levels.reduce((least, { aheadS }) => Math.min(least, aheadS), Infinity) - this.#spareS
    if (surplusS > jumpS) {
      const jumpToS = jumpTarget(currentS, currentS + surplusS, keyframesS)
      return { rate: fastest, jumpToS }
    }
    if (surplusS > toleranceS) return { rate: Math.min(fastest, 1.02 + surplusS / 5), jumpToS: null }
    return { rate: surplusS < -toleranceS ? slowest : 1, jumpToS: null }
  }

  #forgive(nowMs: number): void {
    if (nowMs - this.#calmSinceMs < calmMs) return
    this.#calmSinceMs = nowMs
    this.#spareS = Math.max(leastSpareS, this.#spareS - calmGainS)
  }
}

/**
 * Where to jump so as to come near `wantedS`: everything from the keyframe before it must be decoded, so
 * in a long group of pictures it is the keyframe itself, and where none lies ahead there is no jump.
 */
export function jumpTarget(currentS: number, wantedS: number, keyframesS: readonly number[]): number | null {
  const keyframeS = keyframesS.findLast((each) => each <= wantedS)
  if (keyframeS === undefined || keyframeS <= currentS) return null
  return wantedS - keyframeS <= decodedS ? wantedS : keyframeS
}
