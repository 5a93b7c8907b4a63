/** What a plan needs to know of a fragment; samples in decoding order. */
export interface PlannedFragment {
  readonly independent: boolean
  readonly samples: readonly { readonly pts90k: number }[]
}

/**
 * What a decoder is to be fed because of a fragment: nothing yet; the fragment's keyframe alone; or all of
 * its group of pictures that has not been fed.
 */
export type Feed = 'nothing' | 'keyframe' | 'group'

/** Marks that were never answered must not pile up. */
const mostDue = 64

/**
 * Which frames of a stream are sampled, and what must be decoded for them. Frames lie on a grid of
 * `framesPerS` over time; `rate` says how many of its steps are wanted now. Nothing is decoded for the
 * time between: what stands behind a group's last wanted frame is never fed, and where keyframes come often
 * enough for the rate they alone are. Only a stream that shows frames in another order than it
 * sends them (B-frames) is fed whole, as its decoder gives a frame only when it sees later ones.
 */
export class SamplePlan {
  readonly #framesPerS: number
  #stride = 1
  #lastStep = Number.NEGATIVE_INFINITY
  #takenStep = Number.NEGATIVE_INFINITY
  #lastPts90k = Number.NEGATIVE_INFINITY
  #keyframeStep = Number.NEGATIVE_INFINITY
  /** Steps from one keyframe to the next. */
  #keyframeEvery = Number.POSITIVE_INFINITY
  #reorders = false
  readonly #due = new Set<number>()

  constructor(framesPerS: number) {
    this.#framesPerS = framesPerS
  }

  /** Frames per second from now on; at most those of the grid. */
  set rate(framesPerS: number) {
    this.#stride = Math.max(1, Math.round(this.#framesPerS / framesPerS))
  }

  /** The stream is another one, or has been cut. */
  restart(): void {
    this.#lastStep = Number.NEGATIVE_INFINITY
    this.#takenStep = Number.NEGATIVE_INFINITY
    this.#lastPts90k = Number.NEGATIVE_INFINITY
    this.#keyframeStep = Number.NEGATIVE_INFINITY
    this.#due.clear()
  }

  next({ independent, samples }: PlannedFragment): Feed {
    let due = 0
    for (const [i, { pts90k }] of samples.entries()) {
      if (pts90k < this.#lastPts90k) this.#reorders = true
      this.#lastPts90k = Math.max(this.#lastPts90k, pts90k)
      if (this.#reorders) continue
      const step = this.#step(pts90k)
      const keyframe = independent && i === 0
      if (keyframe) this.#meetKeyframe(step)
      if (step < this.#lastStep + (keyframe ? this.#keyframeAfter : this.#otherAfter)) continue
      this.#lastStep = step
      this.#mark(pts90k)
      due = i + 1
    }
    if (this.#reorders) return 'group'
    if (due === 0) return 'nothing'
    return due === 1 && independent && this.#stride > 1 ? 'keyframe' : 'group'
  }

  /** Whether a decoded frame is one of those that are wanted. */
  takes(pts90k: number): boolean {
    if (!this.#reorders) return this.#due.delete(pts90k)
    const step = this.#step(pts90k)
    if (step < this.#takenStep + this.#stride) return false
    this.#takenStep = step
    return true
  }

  #meetKeyframe(step: number): void {
    if (this.#keyframeStep > Number.NEGATIVE_INFINITY) this.#keyframeEvery = step - this.#keyframeStep
    this.#keyframeStep = step
  }

  /**
   * A keyframe is nearly free: where few frames are wanted it may come early, and if keyframes are not much
   * more frequent than what is wanted, any one will do, so that from then on they are what is taken.
   */
  get #keyframeAfter(): number {
    if (2 * this.#keyframeEvery >= this.#stride) return 1
    return this.#stride - Math.floor(this.#stride / 2)
  }

  /** Any other frame waits half as long again for a keyframe that is to come. */
  get #otherAfter(): number {
    const late = Math.floor(this.#stride / 2)
    return this.#keyframeEvery <= this.#stride + late ? this.#stride + late : this.#stride
  }

  /** Reckoned as the decoder's own filter does it, to the last bit. */
  #step(pts90k: number): number {
    return Math.floor(pts90k * (1 / 90_000) * this.#framesPerS)
  }

  #mark(pts90k: number): void {
    this.#due.add(pts90k)
    for (const oldest of this.#due) {
      if (this.#due.size <= mostDue) return
      this.#due.delete(oldest)
    }
  }
}
