import { type ObjectClass, objectClasses } from './detection.ts'
import type { PicturePoint } from './geometry.ts'

export const heatColumns = 64
export const heatRows = 36
export const heatCells = heatColumns * heatRows

/** Row by row from the top left; a point on or outside the edge belongs to the nearest cell. */
export function cellOf(point: PicturePoint): number {
  const column = Math.min(heatColumns - 1, Math.max(0, Math.floor(point.x * heatColumns)))
  const row = Math.min(heatRows - 1, Math.max(0, Math.floor(point.y * heatRows)))
  return row * heatColumns + column
}

/** Cells on the straight way between two points, both ends included, in order and each once. */
export function cellsBetween(from: PicturePoint, to: PicturePoint): number[] {
  const length = Math.max(Math.abs(to.x - from.x) * heatColumns, Math.abs(to.y - from.y) * heatRows)
  // Half a cell at a time: no cell that the way leads through for long is missed.
  const steps = Math.max(1, Math.ceil(2 * Math.min(length, 2 * heatColumns)))
  const cells: number[] = []
  for (let step = 0; step <= steps; step++) {
    const share = step / steps
    const cell = cellOf({ x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share })
    if (cells.at(-1) !== cell) cells.push(cell)
  }
  return cells
}

/** One number for a class and a cell, as the database keeps them: class by class, all of them below 2^15. */
export function heatKey(name: ObjectClass, cell: number): number {
  return objectClasses.indexOf(name) * heatCells + cell
}
