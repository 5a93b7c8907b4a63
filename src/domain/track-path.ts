import type { PicturePoint } from './geometry.ts'
import type { UtcMs } from './time.ts'

/** Where an object stood, its foot point, and when. */
export interface PathPoint extends PicturePoint {
  readonly atUtcMs: UtcMs
}

/**
 * The same way in fewer points: what lies within `tolerance` (picture coordinates) of where a straight and
 * even walk between its neighbours would have been at that moment is left out (Douglas-Peucker over time, so
 * that stopping shows as well as turning). First and last stay. More than `most` raise the tolerance.
 */
export function simplifyPath(path: readonly PathPoint[], tolerance: number, most: number): PathPoint[] {
  let kept = thinned(path, tolerance)
  for (let wider = tolerance; kept.length > most && kept.length > 2; kept = thinned(path, wider)) wider *= 2
  return kept
}

function thinned(path: readonly PathPoint[], tolerance: number): PathPoint[] {
  const keep = new Set([0, path.length - 1])
  const open: [number, number][] = [[0, path.length - 1]]
  for (let span = open.pop(); span !== undefined; span = open.pop()) {
    const [from, to] = span
    let farthest = -1
    let most = tolerance
    for (let i = from + 1; i < to; i++) {
      const off = offWay(path[from], path[to], path[i])
      if (off > most) [farthest, most] = [i, off]
    }
    if (farthest < 0) continue
    keep.add(farthest)
    open.push([from, farthest], [farthest, to])
  }
  return path.filter((_, i) => keep.has(i))
}

function offWay(from?: PathPoint, to?: PathPoint, point?: PathPoint): number {
  if (from === undefined || to === undefined || point === undefined) return 0
  const { x, y } = between(from, to, point.atUtcMs)
  return Math.hypot(point.x - x, point.y - y)
}

/** Where an even walk from one to the other is at a moment. */
export function between(from: PathPoint, to: PathPoint, atUtcMs: UtcMs): PathPoint {
  const spanMs = to.atUtcMs - from.atUtcMs
  const share = spanMs <= 0 ? 1 : (atUtcMs - from.atUtcMs) / spanMs
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share, atUtcMs }
}

/** Positions in 8192ths of the picture, times in steps of 20 ms: what moves less is a detector's noise. */
const perPicture = 8_192
const tickMs = 20
const valuesPerPoint = 3
const most = 32_767

/**
 * Three 16-bit numbers a point, little end first: x, y and time, each as the difference to the point before,
 * the first to the picture's upper left and to the track's beginning.
 */
export function encodePath(path: readonly PathPoint[], startUtcMs: UtcMs): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(2 * valuesPerPoint * path.length))
  // Differences to what was written, not to what was meant: rounding must not add up.
  const written = [0, 0, 0]
  path.forEach(({ x, y, atUtcMs }, i) => {
    const meant = [x * perPicture, y * perPicture, (atUtcMs - startUtcMs) / tickMs]
    meant.forEach((value, k) => {
      const before = written[k] ?? 0
      const step = Math.max(-most, Math.min(most, Math.round(value - before)))
      written[k] = before + step
      bytes.setInt16(2 * (valuesPerPoint * i + k), step, true)
    })
  })
  return new Uint8Array(bytes.buffer)
}

export function decodePath(bytes: Uint8Array, startUtcMs: UtcMs): PathPoint[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const at = [0, 0, 0]
  return Array.from({ length: Math.floor(bytes.byteLength / (2 * valuesPerPoint)) }, (_, i) => {
    for (let k = 0; k < valuesPerPoint; k++) {
      at[k] = (at[k] ?? 0) + view.getInt16(2 * (valuesPerPoint * i + k), true)
    }
    const [x = 0, y = 0, ticks = 0] = at
    return { x: x / perPicture, y: y / perPicture, atUtcMs: startUtcMs + ticks * tickMs }
  })
}
