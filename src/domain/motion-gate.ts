import { type PictureBox, type PicturePoint, visiblePart } from './geometry.ts'
import type { PlanarPicture } from './picture.ts'
import type { PictureSize } from './sampling.ts'
import { contains } from './zone.ts'

/** Mean colours of a picture's cells, in grey levels; what two pictures are compared by. */
export type Cells = Float32Array

const acrossPicture = 80
/** Pixels of a cell that are read along each axis, at most: means of more say no more. */
const readAlong = 8
const channels = 3

/** A cell differs when it is off by this and by so many times its usual noise; grey levels. */
const leastLevels = 4
const noiseTimes = 4
/** However restless a cell is, this is a difference: leaves in the wind must hide nobody. */
const mostLevels = 22
/** The noise learns from differences up to this only: what comes to stand somewhere is no noise. */
const loudLevels = 8
const noiseMemory = 0.05
const levels = 256

export interface Motion {
  readonly changed: boolean
  /** Around everything that differs; null: nothing does. */
  readonly region: PictureBox | null
}

/**
 * Tells whether a picture shows anything that the last picture which somebody has looked at did not.
 * It is compared with that one, not with the one before it: what comes in slowly adds up until it counts.
 * Small cells, so that small objects weigh; each knows its own noise; a change of light that all cells
 * share (exposure) is taken out first.
 */
export class MotionGate {
  readonly #size: PictureSize
  readonly #cellPx: number
  readonly #columns: number
  readonly #rows: number
  readonly #ignored: Uint8Array
  readonly #noise: Float32Array
  readonly #counts = new Uint32Array(2 * levels)
  #known: Cells | null = null
  #before: Cells | null = null
  #learned = 0

  /** @param masks polygons of no interest: what differs inside counts for nothing */
  constructor(size: PictureSize, masks: readonly (readonly PicturePoint[])[]) {
    this.#size = size
    this.#cellPx = Math.max(4, Math.ceil(size.widthPx / acrossPicture))
    this.#columns = Math.max(1, Math.floor(size.widthPx / this.#cellPx))
    this.#rows = Math.max(1, Math.floor(size.heightPx / this.#cellPx))
    const count = this.#columns * this.#rows
    this.#noise = new Float32Array(count)
    this.#ignored = new Uint8Array(count)
    for (let cell = 0; cell < count; cell++) {
      const centre = this.#centre(cell)
      if (masks.some((mask) => contains(mask, centre))) this.#ignored[cell] = 1
    }
  }

  cells({ gbr }: PlanarPicture): Cells {
    const { widthPx, heightPx } = this.#size
    const step = Math.max(1, Math.floor(this.#cellPx / readAlong))
    const along = Math.ceil(this.#cellPx / step)
    const perCell = along * along
    const cells = new Float32Array(channels * this.#columns * this.#rows)
    for (let channel = 0, at = 0; channel < channels; channel++) {
      for (let row = 0; row < this.#rows; row++) {
        const top = (channel * heightPx + row * this.#cellPx) * widthPx
        for (let column = 0; column < this.#columns; column++, at++) {
          let sum = 0
          // The last cells end inside the picture: their number is rounded down.
          for (let y = 0; y < along; y++) {
            const start = top + y * step * widthPx + column * this.#cellPx
            for (let x = 0; x < along; x++) sum += gbr[start + x * step]!
          }
          cells[at] = sum / perCell
        }
      }
    }
    return cells
  }

  /** What differs from the picture that is known; everything, while none is. Learns how restless cells are. */
  look(cells: Cells): Motion {
    if (this.#before !== null) this.#learn(cells, this.#before)
    this.#before = cells
    return this.differs(cells)
  }

  /** As `look`, without learning. */
  differs(cells: Cells): Motion {
    if (this.#known === null) return { changed: true, region: { x: 0, y: 0, w: 1, h: 1 } }
    return this.#compare(cells, this.#known)
  }

  /** Somebody has looked at the picture of these cells. */
  know(cells: Cells): void {
    this.#known = cells
  }

  #compare(cells: Cells, known: Cells): Motion {
    const count = this.#columns * this.#rows
    const light = [0, 1, 2].map((channel) => this.#commonDifference(cells, known, channel * count))
    const loud = new Uint8Array(count)
    let changed = false
    let [left, top, right, bottom] = [this.#columns, this.#rows, -1, -1]
    for (let cell = 0; cell < count; cell++) {
      if (this.#ignored[cell] === 1) continue
      let off = 0
      for (let channel = 0; channel < channels; channel++) {
        const at = channel * count + cell
        off = Math.max(off, Math.abs(cells[at]! - known[at]! - light[channel]!))
      }
      const limit = Math.min(mostLevels, Math.max(leastLevels, noiseTimes * this.#noise[cell]!))
      if (off <= limit) continue
      loud[cell] = 1
      const column = cell % this.#columns
      const row = Math.floor(cell / this.#columns)
      // One cell alone may be an insect or a codec's mistake, unless it stands out.
      const joined = (column > 0 && loud[cell - 1] === 1) || (row > 0 && loud[cell - this.#columns] === 1)
      if (joined || off > 2 * limit) changed = true
      left = Math.min(left, column)
      right = Math.max(right, column)
      top = Math.min(top, row)
      bottom = Math.max(bottom, row)
    }
    return { changed, region: changed ? this.#box(left, top, right, bottom) : null }
  }

  /** The median: whatever moves covers less than half of the picture, or it is the light. */
  #commonDifference(cells: Cells, known: Cells, from: number): number {
    const count = this.#columns * this.#rows
    this.#counts.fill(0)
    for (let at = from; at < from + count; at++) {
      const difference = Math.round(cells[at]! - known[at]!) + levels
      this.#counts[Math.min(2 * levels - 1, Math.max(0, difference))]! += 1
    }
    let seen = 0
    for (let i = 0; i < this.#counts.length; i++) {
      seen += this.#counts[i]!
      if (2 * seen >= count) return i - levels
    }
    return 0
  }

  #learn(cells: Cells, before: Cells): void {
    const count = this.#columns * this.#rows
    // At first the mean of what there was.
    const share = Math.max(noiseMemory, 1 / ++this.#learned)
    for (let cell = 0; cell < count; cell++) {
      let off = 0
      for (let channel = 0; channel < channels; channel++) {
        const at = channel * count + cell
        off = Math.max(off, Math.abs(cells[at]! - before[at]!))
      }
      const noise = this.#noise[cell]!
      this.#noise[cell] = noise + share * (Math.min(off, loudLevels) - noise)
    }
  }

  #centre(cell: number): PicturePoint {
    const { widthPx, heightPx } = this.#size
    return {
      x: (((cell % this.#columns) + 0.5) * this.#cellPx) / widthPx,
      y: ((Math.floor(cell / this.#columns) + 0.5) * this.#cellPx) / heightPx,
    }
  }

  #box(left: number, top: number, right: number, bottom: number): PictureBox {
    const { widthPx, heightPx } = this.#size
    const px = this.#cellPx
    return visiblePart({
      x: (left * px) / widthPx,
      y: (top * px) / heightPx,
      w: ((right - left + 1) * px) / widthPx,
      h: ((bottom - top + 1) * px) / heightPx,
    })
  }
}
