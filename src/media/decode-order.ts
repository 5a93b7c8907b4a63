/** More frames than any level of H.264 or H.265 may hold back (MaxDpbFrames). */
const deepest = 16
/** For a camera that does not tell: B-frames in one or two layers. Too deep costs nothing. */
const usualDepth = 2

/**
 * Decoding times for frames that come in decoding order with presentation times only, as RTP brings
 * them. With at most `depth` frames shown earlier than one decoded before them, the frame at place i is
 * decoded when the (i - depth)th in order of presentation is shown: known at once, so nothing is held
 * back. A stream that tells no depth, or a false one, is corrected by its own frames.
 */
export class DecodeOrder {
  #depth = usualDepth
  /** Presentation times not yet used as decoding times, ascending; `#depth` of them between two frames. */
  #waiting: number[] = []
  #last = Number.NEGATIVE_INFINITY

  get depth(): number {
    return this.#depth
  }

  /** After a break: what comes does not join what came before. */
  restart(depth: number | null): void {
    this.#depth = Math.min(deepest, depth ?? this.#depth)
    this.#waiting = []
  }

  /** @param typical90k time between two frames, to begin with */
  dtsOf(pts90k: number, typical90k: number): number {
    if (this.#waiting.length === 0) {
      for (let back = this.#depth; back > 0; back--) this.#waiting.push(pts90k - back * typical90k)
    }
    let at = this.#waiting.length
    while (at > 0 && (this.#waiting[at - 1] ?? 0) > pts90k) at--
    this.#waiting.splice(at, 0, pts90k)
    // Shown before something that was decided to be decoded earlier: frames are held back deeper.
    if (pts90k <= this.#last && this.#depth < deepest) this.#depth++
    const next = this.#waiting.length > this.#depth ? this.#waiting.shift() : undefined
    this.#last = Math.max(next ?? this.#last + 1, this.#last + 1)
    return this.#last
  }
}
