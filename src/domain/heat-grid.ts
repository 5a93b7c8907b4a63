import type { ObjectClass, TrackedObject } from './detection.ts'
import { footPoint, type PicturePoint } from './geometry.ts'
import type { CameraId } from './ids.ts'
import type { UtcMs } from './time.ts'

export const heatColumns = 64
export const heatRows = 36
export const heatCells = heatColumns * heatRows
export const heatBucketMs = 5 * 60_000

export function bucketStart(atUtcMs: UtcMs): UtcMs {
  return Math.floor(atUtcMs / heatBucketMs) * heatBucketMs
}

/** Row by row from the top left; a point on or outside the edge belongs to the nearest cell. */
export function cellOf(point: PicturePoint): number {
  const column = Math.min(heatColumns - 1, Math.max(0, Math.floor(point.x * heatColumns)))
  const row = Math.min(heatRows - 1, Math.max(0, Math.floor(point.y * heatRows)))
  return row * heatColumns + column
}

/** Sums not stored yet, of one camera and bucket. */
export interface HeatSums {
  readonly cameraId: CameraId
  readonly bucketStartUtcMs: UtcMs
  inspectedFrames: number
  readonly cells: Map<ObjectClass, Int32Array>
}

/** Counts each confirmed object of each inspected frame once, at its foot, until drained. */
export class HeatAccumulator {
  #sums = new Map<string, HeatSums>()

  add(cameraId: CameraId, atUtcMs: UtcMs, objects: readonly TrackedObject[]): void {
    const start = bucketStart(atUtcMs)
    const key = `${cameraId} ${start}`
    let sums = this.#sums.get(key)
    if (sums === undefined) {
      sums = { cameraId, bucketStartUtcMs: start, inspectedFrames: 0, cells: new Map() }
      this.#sums.set(key, sums)
    }
    sums.inspectedFrames += 1
    for (const object of objects) {
      if (!object.confirmed) continue
      let cells = sums.cells.get(object.class)
      if (cells === undefined) {
        cells = new Int32Array(heatCells)
        sums.cells.set(object.class, cells)
      }
      const cell = cellOf(footPoint(object.box))
      cells[cell] = (cells[cell] ?? 0) + 1
    }
  }

  /** What is not handed over yet, of one camera. */
  of(cameraId: CameraId): HeatSums[] {
    return [...this.#sums.values()].filter((sums) => sums.cameraId === cameraId)
  }

  /** Lets go of the oldest buckets, as many as are over `most`; answers how many. */
  trim(most: number): number {
    const excess = Math.max(0, this.#sums.size - most)
    if (excess === 0) return 0
    const oldest = [...this.#sums].sort(([, a], [, b]) => a.bucketStartUtcMs - b.bucketStartUtcMs)
    for (const [key] of oldest.slice(0, excess)) this.#sums.delete(key)
    return excess
  }

  /** Hands over everything and starts from nothing. */
  drain(): HeatSums[] {
    const sums = [...this.#sums.values()]
    this.#sums = new Map()
    return sums
  }

  /** Puts back what could not be stored. */
  restore(sums: readonly HeatSums[]): void {
    for (const late of sums) {
      const key = `${late.cameraId} ${late.bucketStartUtcMs}`
      const sinceThen = this.#sums.get(key)
      this.#sums.set(key, late)
      if (sinceThen === undefined) continue
      late.inspectedFrames += sinceThen.inspectedFrames
      for (const [name, cells] of sinceThen.cells) {
        const sum = late.cells.get(name)
        if (sum === undefined) late.cells.set(name, cells)
        else for (let cell = 0; cell < heatCells; cell++) sum[cell] = (sum[cell] ?? 0) + (cells[cell] ?? 0)
      }
    }
  }
}
