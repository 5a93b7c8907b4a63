import type { PicturePoint } from './geometry.ts'

/**
 * Which side of the line a → b the point is on: positive on the right hand of someone walking from
 * a to b as the picture shows it (picture y grows downwards), negative on the left, zero on the line.
 * Its size is twice the triangle's area.
 */
export function turn(a: PicturePoint, b: PicturePoint, point: PicturePoint): number {
  return (b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x)
}

export function distance(a: PicturePoint, b: PicturePoint): number {
  return Math.hypot(b.x - a.x, b.y - a.y)
}

/** How far along a → b the point's foot lies: 0 at a, 1 at b, beyond them outside that range. */
export function shareAlong(a: PicturePoint, b: PicturePoint, point: PicturePoint): number {
  const dx = b.x - a.x
  const dy = b.y - a.y
  const squared = dx * dx + dy * dy
  return squared === 0 ? 0 : ((point.x - a.x) * dx + (point.y - a.y) * dy) / squared
}

export function distanceToSegment(a: PicturePoint, b: PicturePoint, point: PicturePoint): number {
  const share = Math.min(1, Math.max(0, shareAlong(a, b, point)))
  return distance(point, { x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share })
}

/** Whether a–b and c–d have a point in common, their ends included. */
export function segmentsTouch(a: PicturePoint, b: PicturePoint, c: PicturePoint, d: PicturePoint): boolean {
  const acd = Math.sign(turn(c, d, a))
  const bcd = Math.sign(turn(c, d, b))
  const cab = Math.sign(turn(a, b, c))
  const dab = Math.sign(turn(a, b, d))
  if (acd !== bcd && cab !== dab) return true
  return (
    (acd === 0 && within(c, d, a)) ||
    (bcd === 0 && within(c, d, b)) ||
    (cab === 0 && within(a, b, c)) ||
    (dab === 0 && within(a, b, d))
  )
}

/** For a point already known to be on the line through a and b. */
function within(a: PicturePoint, b: PicturePoint, point: PicturePoint): boolean {
  return (
    point.x >= Math.min(a.x, b.x) &&
    point.x <= Math.max(a.x, b.x) &&
    point.y >= Math.min(a.y, b.y) &&
    point.y <= Math.max(a.y, b.y)
  )
}
