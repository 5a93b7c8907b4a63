import type { OpenSegment, PlaylistPart, PlaylistSegment } from '../../domain/playlist.ts'
import { type Fragment, wholeFragment } from '../fragment.ts'

export interface Segment extends PlaylistSegment {
  readonly sequence: number
  /** The fragments' own bytes, for each part in pieces. */
  readonly parcels: readonly (readonly Buffer[])[]
  readonly byteLength: number
  readonly initVersion: number
}

/** A segment that still grows. */
export interface GrowingSegment extends OpenSegment {
  readonly sequence: number
  readonly parcels: readonly (readonly Buffer[])[]
  readonly initVersion: number
}

/**
 * A keyframe ends a segment once it is about a second long. Where keyframes are rare, a segment ends
 * in the middle of a group of pictures: longer ones would put the viewer seconds behind.
 */
const shortestMs = 900
const longestMs = 2150
/** Rounded to whole seconds, no segment is longer than the target (RFC 8216 4.3.3.1). */
export const targetS = 2
const mostMs = 2490
/** The first segments are short, so that a first picture comes at once and the next ones in time. */
const firstMs = [300, 600, 1000, 1500]
const largestBytes = 32 * 2 ** 20

/** Fragments to segments; each fragment is a part. */
export class Segmenter {
  readonly #done: (segment: Segment) => void
  #sequence: number
  #count = 0
  #open: Fragment[] = []
  #openMs = 0
  #openBytes = 0

  constructor(firstSequence: number, done: (segment: Segment) => void) {
    this.#sequence = firstSequence
    this.#done = done
  }

  /** Number of the segment that grows or comes next. */
  get sequence(): number {
    return this.#sequence
  }

  /** Null: what comes next begins a segment. */
  get growing(): GrowingSegment | null {
    const [first] = this.#open
    return first === undefined ? null : this.#describe(first)
  }

  add(fragment: Fragment): void {
    const first = this.#open[0]
    if (first !== undefined && this.#endsBefore(first, fragment)) this.#close(first)
    this.#open.push(fragment)
    this.#openMs += fragment.durationMs
    this.#openBytes += wholeFragment(fragment).reduce((sum, { length }) => sum + length, 0)
    const begun = this.#open[0]
    const early = firstMs[this.#count] ?? longestMs
    if (begun !== undefined && (this.#openMs >= early || this.#openBytes > largestBytes)) this.#close(begun)
  }

  #endsBefore(first: Fragment, next: Fragment): boolean {
    if (next.discontinuity || next.initVersion !== first.initVersion) return true
    // A player that comes later can start only where a segment begins with a keyframe.
    if (next.independent && (this.#openMs >= shortestMs || !first.independent)) return true
    return this.#openMs + next.durationMs > mostMs
  }

  #describe(first: Fragment): GrowingSegment {
    const sequence = this.#sequence
    return {
      sequence,
      mapUri: `${first.initVersion}.mp4`,
      initVersion: first.initVersion,
      programmeUtcMs: programmeOf(first),
      discontinuity: first.discontinuity,
      parts: this.#open.map(
        ({ durationMs, independent }, i): PlaylistPart => ({
          uri: partUri(sequence, i),
          durationMs,
          independent,
        }),
      ),
      parcels: this.#open.map(wholeFragment),
    }
  }

  #close(first: Fragment): void {
    const segment: Segment = {
      ...this.#describe(first),
      uri: `${this.#sequence}.m4s`,
      durationMs: this.#openMs,
      independent: first.independent,
      byteLength: this.#openBytes,
    }
    this.#sequence++
    this.#count++
    this.#open = []
    this.#openMs = 0
    this.#openBytes = 0
    this.#done(segment)
  }
}

export function partUri(sequence: number, part: number): string {
  return `${sequence}.${part}.m4s`
}

/** Of the picture shown first, which is not always the one decoded first. */
function programmeOf(fragment: Fragment): number {
  return fragment.samples.reduce((least, sample) => Math.min(least, sample.programmeUtcMs), Infinity)
}
