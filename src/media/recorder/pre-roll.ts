import type { UtcMs } from '../../domain/time.ts'
import type { Fragment } from '../fragment.ts'
import { programmeStart } from './run-writer.ts'

const mostBytes = 64 * 2 ** 20

/** The last seconds of a stream, for what happened before anybody knew that it would matter. */
export class PreRoll {
  #fragments: Fragment[] = []
  #bytes = 0

  add(fragment: Fragment, keepMs: number): void {
    if (fragment.discontinuity) this.clear()
    if (this.#fragments.length === 0 && !fragment.independent) return
    this.#fragments.push(fragment)
    this.#bytes += fragment.bytes.length
    const oldestUtcMs = programmeStart(fragment) - keepMs
    for (;;) {
      const next = this.#fragments.findIndex((each, i) => i > 0 && each.independent)
      const second = this.#fragments[next]
      // The first group of pictures is needed while the time that is kept begins inside it.
      if (second === undefined) break
      if (programmeStart(second) > oldestUtcMs && this.#bytes <= mostBytes) break
      this.#drop(next)
    }
    if (this.#bytes > mostBytes) this.clear()
  }

  /** From the keyframe at or before this moment, or the oldest that there is; they are gone then. */
  takeFrom(fromUtcMs: UtcMs): Fragment[] {
    let first = 0
    this.#fragments.forEach((each, i) => {
      if (each.independent && programmeStart(each) <= fromUtcMs) first = i
    })
    const taken = this.#fragments.slice(first)
    this.clear()
    return taken
  }

  clear(): void {
    this.#fragments = []
    this.#bytes = 0
  }

  #drop(count: number): void {
    for (const { bytes } of this.#fragments.splice(0, count)) this.#bytes -= bytes.length
  }
}
