import { assign } from '../../src/domain/assignment.ts'
import { iou, type PictureBox } from '../../src/domain/geometry.ts'
import type { Placed } from './track-score.ts'

/**
 * SORT as published (Bewley et al., 2016: max age 1, min hits 3, IoU 0.3), the tracker that ours is measured
 * against. All its matrices are diagonal but for position and speed of one value, so that its Kalman filter
 * of seven states falls into three of two states and one of a single state, with the same numbers.
 */
const maxAge = 1
const minHits = 3
const iouLeast = 0.3

/** One value with, or without, its change a frame. */
class Value {
  at: number
  step = 0
  #pp = 10
  #ps = 0
  #ss: number
  readonly #stepNoise: number
  readonly #measured: number

  constructor(
    at: number,
    noise: { readonly step: number; readonly measured: number; readonly moves: boolean },
  ) {
    this.at = at
    this.#ss = noise.moves ? 10_000 : 0
    this.#stepNoise = noise.step
    this.#measured = noise.measured
  }

  predict(): void {
    this.at += this.step
    this.#pp += 2 * this.#ps + this.#ss + 1
    this.#ps += this.#ss
    this.#ss += this.#stepNoise
  }

  correct(measured: number): void {
    const spread = this.#pp + this.#measured
    const [gainP, gainS] = [this.#pp / spread, this.#ps / spread]
    const surprise = measured - this.at
    this.at += gainP * surprise
    this.step += gainS * surprise
    this.#ss -= gainS * this.#ps
    this.#ps *= 1 - gainP
    this.#pp *= 1 - gainP
  }
}

class SortTrack {
  readonly id: number
  readonly #x: Value
  readonly #y: Value
  readonly #area: Value
  readonly #ratio: Value
  unseen = 0
  streak = 0

  constructor(id: number, box: PictureBox) {
    this.id = id
    const { x, y, area, ratio } = measure(box)
    this.#x = new Value(x, { step: 0.01, measured: 1, moves: true })
    this.#y = new Value(y, { step: 0.01, measured: 1, moves: true })
    this.#area = new Value(area, { step: 0.0001, measured: 10, moves: true })
    this.#ratio = new Value(ratio, { step: 0, measured: 10, moves: false })
  }

  predict(): void {
    if (this.#area.step + this.#area.at <= 0) this.#area.step = 0
    for (const value of [this.#x, this.#y, this.#area, this.#ratio]) value.predict()
    if (this.unseen > 0) this.streak = 0
    this.unseen += 1
  }

  correct(box: PictureBox): void {
    this.unseen = 0
    this.streak += 1
    const { x, y, area, ratio } = measure(box)
    this.#x.correct(x)
    this.#y.correct(y)
    this.#area.correct(area)
    this.#ratio.correct(ratio)
  }

  get box(): PictureBox {
    const w = Math.sqrt(this.#area.at * this.#ratio.at)
    const h = this.#area.at / w
    return { x: this.#x.at - w / 2, y: this.#y.at - h / 2, w, h }
  }
}

function measure({ x, y, w, h }: PictureBox) {
  return { x: x + w / 2, y: y + h / 2, area: w * h, ratio: w / h }
}

/** @param frames of each frame the detections' boxes, in pixels: the filter's noise is in pixels. */
export function trackBySort(frames: readonly (readonly PictureBox[])[]): Placed[][] {
  let made = 0
  let tracks: SortTrack[] = []
  return frames.map((boxes, frame) => {
    for (const track of tracks) track.predict()
    tracks = tracks.filter(({ box }) => Number.isFinite(box.w))
    const overlaps = tracks.map(({ box }) => boxes.map((found) => iou(box, found)))
    const columns = assign(
      overlaps.map((row) => row.map((overlap) => 1 - overlap)),
      2,
    )
    const free = new Set(boxes)
    tracks.forEach((track, row) => {
      const column = columns[row] ?? -1
      const box = boxes[column]
      if (box === undefined || (overlaps[row]?.[column] ?? 0) < iouLeast) return
      track.correct(box)
      free.delete(box)
    })
    for (const box of free) tracks.push(new SortTrack(++made, box))
    const shown = tracks
      .filter(({ unseen, streak }) => unseen < 1 && (streak >= minHits || frame + 1 <= minHits))
      .map(({ id, box }) => ({ id, box }))
    tracks = tracks.filter(({ unseen }) => unseen <= maxAge)
    return shown
  })
}
