import type { PictureBox, PicturePoint } from './geometry.ts'
import type { CameraId, ZoneId } from './ids.ts'
import { distance, distanceToSegment, segmentsTouch, turn } from './segment.ts'

export const zoneKinds = ['zone', 'tripwire'] as const
/** `zone`: a polygon. `tripwire`: a directed line. */
export type ZoneKind = (typeof zoneKinds)[number]

export interface Zone {
  readonly id: ZoneId
  readonly cameraId: CameraId
  readonly name: string
  readonly kind: ZoneKind
  readonly points: readonly PicturePoint[]
}

export const zoneCorners = { minimum: 3, maximum: 32 } as const
/** A thousandth of the picture each way squared: below it no foot point would ever be inside. */
const smallestArea = 1e-6
/** Shorter lines have no direction that a person could have meant. */
const shortestTripwire = 0.01
const onEdge = 1e-9

export type ShapeFlaw =
  | 'zone-corner-count'
  | 'zone-crosses-itself'
  | 'zone-without-area'
  | 'tripwire-point-count'
  | 'tripwire-too-short'

/** What keeps the points from being a zone or tripwire; null when they are one. */
export function shapeFlaw(kind: ZoneKind, points: readonly PicturePoint[]): ShapeFlaw | null {
  switch (kind) {
    case 'tripwire': {
      const [from, to, ...more] = points
      if (from === undefined || to === undefined || more.length > 0) return 'tripwire-point-count'
      return distance(from, to) < shortestTripwire ? 'tripwire-too-short' : null
    }
    case 'zone':
      if (points.length < zoneCorners.minimum || points.length > zoneCorners.maximum) {
        return 'zone-corner-count'
      }
      if (crossesItself(points)) return 'zone-crosses-itself'
      return Math.abs(signedArea(points)) < smallestArea ? 'zone-without-area' : null
  }
}

/** Whether the polygon holds the point, its edges included. */
export function contains(polygon: readonly PicturePoint[], point: PicturePoint): boolean {
  let inside = false
  for (const [a, b] of edges(polygon)) {
    if (distanceToSegment(a, b, point) <= onEdge) return true
    if (a.y > point.y !== b.y > point.y) {
      const x = a.x + ((point.y - a.y) / (b.y - a.y)) * (b.x - a.x)
      if (point.x < x) inside = !inside
    }
  }
  return inside
}

/** To the nearest edge, from inside or outside. */
export function distanceToEdge(polygon: readonly PicturePoint[], point: PicturePoint): number {
  let nearest = Number.POSITIVE_INFINITY
  for (const [a, b] of edges(polygon)) nearest = Math.min(nearest, distanceToSegment(a, b, point))
  return nearest
}

/**
 * How far a foot point must be from an edge or line to be clearly on one side. A detector's boxes
 * tremble in proportion to their size, so near objects need more room than far ones.
 */
export function edgeMargin(box: PictureBox): number {
  return Math.min(0.03, Math.max(0.004, 0.06 * box.h))
}

function signedArea(points: readonly PicturePoint[]): number {
  let twice = 0
  for (const [a, b] of edges(points)) twice += a.x * b.y - b.x * a.y
  return twice / 2
}

function crossesItself(points: readonly PicturePoint[]): boolean {
  const all = edges(points)
  return all.some(([a, b], i) =>
    all.some(([c, d], j) => {
      if (j <= i) return false
      if (j === i + 1) return foldsBack(a, b, d)
      if (i === 0 && j === all.length - 1) return foldsBack(c, a, b)
      return segmentsTouch(a, b, c, d)
    }),
  )
}

/** Whether b → c runs back over a → b, or either has no length. */
function foldsBack(a: PicturePoint, b: PicturePoint, c: PicturePoint): boolean {
  if (turn(a, b, c) !== 0) return false
  return (b.x - a.x) * (c.x - b.x) + (b.y - a.y) * (c.y - b.y) <= 0
}

function edges(points: readonly PicturePoint[]): [PicturePoint, PicturePoint][] {
  return points.flatMap((a, i) => {
    const b = points[(i + 1) % points.length]
    return b === undefined ? [] : [[a, b] as [PicturePoint, PicturePoint]]
  })
}
