/** The pictures that a player has loaded, each with its place in recorded time and on the media's clock. */
import type { TimedFragment } from '../live/boxes.ts'
import type { FragmentPictures } from './fragment-pictures.ts'

/** A fragment of the playlist: its number, and the count of breaks before it. */
export interface ListedFragment extends TimedFragment {
  readonly sn: number
}

export interface LinePicture {
  readonly utcMs: number
  readonly endMs: number
  readonly mediaS: number
  readonly sn: number
}

/** More than any player keeps loaded. */
const mostFragments = 120
/** A browser tells a picture's media time in microseconds. */
const sameS = 0.004
/** So far inside a fragment whose pictures are not known, its first or its last one is shown. */
const insideMs = 2

/** Grows with every fragment that arrives; the oldest ones are forgotten. */
export class PictureLine {
  readonly #fragments = new Map<number, readonly LinePicture[]>()
  #line: readonly LinePicture[] | null = null

  /** @param offsetS what the player takes from a picture's own time to place it on the media's clock */
  add(fragment: ListedFragment, pictures: FragmentPictures, offsetS: number): void {
    const { sn, programDateTime } = fragment
    if (programDateTime === null) return
    const { keyPts90k, pts90k, end90k } = pictures
    const momentOf = (time90k: number) => programDateTime + (time90k - keyPts90k) / 90
    this.#fragments.delete(sn)
    this.#fragments.set(
      sn,
      pts90k.map((time90k, i) => ({
        utcMs: momentOf(time90k),
        endMs: momentOf(pts90k[i + 1] ?? end90k),
        mediaS: time90k / 90_000 - offsetS,
        sn,
      })),
    )
    const [oldest] = this.#fragments.keys()
    if (this.#fragments.size > mostFragments && oldest !== undefined) this.#fragments.delete(oldest)
    this.#line = null
  }

  clear(): void {
    this.#fragments.clear()
    this.#line = null
  }

  /** The picture that is shown at the moment; null: it is not loaded, or there is none. */
  at(utcMs: number): LinePicture | null {
    const picture = this.#pictures[lastIndex(this.#pictures, ({ utcMs: begins }) => begins <= utcMs)]
    return picture && utcMs < picture.endMs ? picture : null
  }

  /** The picture with this time on the media's clock. */
  shownAt(mediaS: number): LinePicture | null {
    const picture = this.#pictures[lastIndex(this.#pictures, (each) => each.mediaS <= mediaS + sameS)]
    return picture && mediaS - picture.mediaS <= sameS ? picture : null
  }

  /**
   * A moment inside the next picture (`by` 1) or the one before (-1), over the borders of fragments and
   * over gaps; null: the picture at the moment is not loaded, or the playlist ends there.
   */
  step(playlist: readonly ListedFragment[], utcMs: number, by: 1 | -1): number | null {
    const pictures = this.#pictures
    const index = lastIndex(pictures, ({ utcMs: begins }) => begins <= utcMs)
    const picture = pictures[index]
    if (picture === undefined || utcMs >= picture.endMs) return null
    const beside = pictures[index + by]
    if (beside !== undefined && Math.abs(beside.sn - picture.sn) <= 1) return middleOf(beside)
    const listed = playlist.find(({ sn }) => sn === picture.sn + by)
    if (listed === undefined || listed.programDateTime === null) return null
    return by === 1
      ? listed.programDateTime + insideMs
      : listed.programDateTime + listed.duration * 1000 - insideMs
  }

  get #pictures(): readonly LinePicture[] {
    this.#line ??= [...this.#fragments.values()].flat().sort((a, b) => a.utcMs - b.utcMs)
    return this.#line
  }
}

/** Half way through it: no rounding leads into another one. */
export function middleOf({ utcMs, endMs }: LinePicture): number {
  return (utcMs + endMs) / 2
}

/** The last one for which it holds, in a list where it holds for the first ones; -1: for none. */
function lastIndex<T>(list: readonly T[], holds: (item: T) => boolean): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const item = list[middle]
    if (item !== undefined && holds(item)) low = middle + 1
    else high = middle
  }
  return low - 1
}
