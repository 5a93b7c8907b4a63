import { type ObjectClass, objectClasses, type TrackedObject } from './detection.ts'
import { footPoint, type PicturePoint } from './geometry.ts'
import { cellOf, cellsBetween, heatCells, heatKey } from './heat-grid.ts'
import type { CameraId, TrackId, ZoneId } from './ids.ts'
import { bucketMs } from './rollup.ts'
import type { UtcMs } from './time.ts'
import type { CrossDirection } from './tripwire.ts'

/** Frames farther apart say nothing about the time between: nobody looked. */
const longestStepMs = 6_000
/** A track that was not seen for so long does not come back under its id. */
const forgetTrackMs = 60_000

/** Dwell in object-milliseconds and tracks that entered, one key a cell and class (`heatKey`). */
export interface HeatCell {
  dwellMs: number
  passages: number
}

export interface LineCount {
  readonly lineId: ZoneId
  readonly class: ObjectClass
  forward: number
  backward: number
}

/** What was counted of one camera in one bucket of 5 minutes. */
export interface BucketSums {
  readonly cameraId: CameraId
  readonly bucketStartUtcMs: UtcMs
  inspectedFrames: number
  inspectedMs: number
  readonly cells: Map<number, HeatCell>
  /** Tracks first seen in the bucket, by position in `objectClasses`. */
  readonly tracks: number[]
  readonly lines: Map<string, LineCount>
}

export function emptySums(cameraId: CameraId, bucketStartUtcMs: UtcMs): BucketSums {
  return {
    ...{ cameraId, bucketStartUtcMs },
    ...{ inspectedFrames: 0, inspectedMs: 0, cells: new Map(), lines: new Map() },
    tracks: objectClasses.map(() => 0),
  }
}

export function countCrossing(
  sums: BucketSums,
  crossing: { readonly lineId: ZoneId; readonly class: ObjectClass; readonly direction: CrossDirection },
): void {
  const key = `${crossing.lineId} ${crossing.class}`
  let count = sums.lines.get(key)
  if (count === undefined) {
    count = { lineId: crossing.lineId, class: crossing.class, forward: 0, backward: 0 }
    sums.lines.set(key, count)
  }
  count[crossing.direction] += 1
}

/** Object-milliseconds by position in `objectClasses`. */
export function dwellByClass({ cells }: BucketSums): number[] {
  const dwellMs = objectClasses.map(() => 0)
  for (const [key, cell] of cells) {
    const position = Math.floor(key / heatCells)
    dwellMs[position] = (dwellMs[position] ?? 0) + cell.dwellMs
  }
  return dwellMs
}

export function bucketStart(atUtcMs: UtcMs): UtcMs {
  return Math.floor(atUtcMs / bucketMs) * bucketMs
}

interface Walker {
  point: PicturePoint
  lastSeenUtcMs: UtcMs
  /** A bit a cell: where this track has been. */
  readonly visited: Uint8Array
}

/**
 * One camera's frames, turned into dwell and passages. Each frame stands for the time since the one
 * before; a confirmed object spends that time in the cell of its foot, and enters every cell on the way
 * from where it stood before. A track enters a cell once, however often it returns to it.
 */
export class CameraHeat {
  #lastUtcMs: UtcMs | null = null
  readonly #walkers = new Map<TrackId, Walker>()

  add(sums: BucketSums, atUtcMs: UtcMs, objects: readonly TrackedObject[]): void {
    const sinceMs = this.#lastUtcMs === null ? 0 : atUtcMs - this.#lastUtcMs
    const joins = sinceMs > 0 && sinceMs <= longestStepMs
    const stepMs = joins ? sinceMs : 0
    this.#lastUtcMs = atUtcMs
    sums.inspectedFrames += 1
    sums.inspectedMs += stepMs
    for (const object of objects) {
      if (!object.confirmed) continue
      const point = footPoint(object.box)
      const known = this.#walkers.get(object.trackId)
      const walker = known ?? { point, lastSeenUtcMs: atUtcMs, visited: new Uint8Array(heatCells / 8) }
      if (known === undefined) {
        this.#walkers.set(object.trackId, walker)
        const position = objectClasses.indexOf(object.class)
        sums.tracks[position] = (sums.tracks[position] ?? 0) + 1
      }
      const way = joins ? cellsBetween(walker.point, point) : [cellOf(point)]
      for (const cell of way) if (enters(walker.visited, cell)) cellIn(sums, object.class, cell).passages += 1
      cellIn(sums, object.class, cellOf(point)).dwellMs += stepMs
      walker.point = point
      walker.lastSeenUtcMs = atUtcMs
    }
    for (const [trackId, { lastSeenUtcMs }] of this.#walkers)
      if (Math.abs(atUtcMs - lastSeenUtcMs) > forgetTrackMs) this.#walkers.delete(trackId)
  }
}

function enters(visited: Uint8Array, cell: number): boolean {
  const byte = cell >> 3
  const bit = 1 << (cell & 7)
  const before = visited[byte] ?? 0
  visited[byte] = before | bit
  return (before & bit) === 0
}

function cellIn({ cells }: BucketSums, name: ObjectClass, cell: number): HeatCell {
  const key = heatKey(name, cell)
  let found = cells.get(key)
  if (found === undefined) {
    found = { dwellMs: 0, passages: 0 }
    cells.set(key, found)
  }
  return found
}
