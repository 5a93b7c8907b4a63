import type { Fragment } from './fragment.ts'

/** A longer group of pictures is not kept: whoever comes waits for the next keyframe. */
const limits = { bytes: 24 * 2 ** 20, ms: 30_000 }

/** What the camera sent since its last keyframe, for whoever comes later. */
export class KeptPictures {
  #fragments: Fragment[] = []
  #bytes = 0
  #ms = 0

  get fragments(): readonly Fragment[] {
    return this.#fragments
  }

  add(fragment: Fragment): void {
    if (fragment.independent) this.clear()
    else if (this.#fragments.length === 0) return
    this.#bytes += fragment.bytes.length
    this.#ms += fragment.durationMs
    if (this.#bytes > limits.bytes || this.#ms > limits.ms) this.clear()
    else this.#fragments.push(fragment)
  }

  clear(): void {
    this.#fragments = []
    this.#bytes = 0
    this.#ms = 0
  }
}
