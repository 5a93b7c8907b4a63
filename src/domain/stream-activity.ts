/** Of the logarithm of a fragment's bitrate. */
const memory = 0.05
/** While it is lively the usual is learned so much slower: a changed encoder is usual after some minutes. */
const livelyMemory = 0.002
const leastRise = 0.25
const riseTimes = 4
/** Steadier than this (a factor of about 1.6), or its size says little about what it shows. */
const steady = 0.5
const enough = 20

/**
 * Whether something moves, by the size of what an encoder sends between keyframes: it spends bits on what
 * changes. Costs nothing, sees nothing small in a stream of constant bitrate, and says so (`telling`).
 */
export class StreamActivity {
  #mean = 0
  #deviation = 0
  #count = 0

  /** True: much more than usual. Fragments with a keyframe are not to be added. */
  stirs(bytes: number, durationMs: number): boolean {
    if (durationMs <= 0) return false
    const size = Math.log(Math.max(1, bytes / durationMs))
    const off = size - this.#mean
    const stirred = this.telling && off > Math.max(leastRise, riseTimes * this.#deviation)
    const share = stirred ? livelyMemory : Math.max(memory, 1 / (this.#count + 1))
    this.#count += 1
    this.#mean += share * off
    this.#deviation += share * (Math.abs(off) - this.#deviation)
    return stirred
  }

  /** Its sizes are steady enough while nothing moves that a rise means something. */
  get telling(): boolean {
    return this.#count >= enough && this.#deviation < steady
  }
}
