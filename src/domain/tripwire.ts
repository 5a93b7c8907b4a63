import type { PicturePoint } from './geometry.ts'
import { distance, shareAlong, turn } from './segment.ts'

export type CrossDirection = 'forward' | 'backward'

export interface Tripwire {
  readonly from: PicturePoint
  readonly to: PicturePoint
}

type Side = 'left' | 'right'

/** What must be remembered of an object's path to tell a crossing from a touch. */
export interface Passage {
  readonly point: PicturePoint
  /** The side last stood on, however narrowly; null while only ever on the line itself. */
  readonly nearSide: Side | null
  /** The side last stood on clearly, beyond the margin. */
  readonly clearSide: Side | null
  /** Passages through the wire since then, forward ones less backward ones. */
  readonly net: number
}

/**
 * The next point of an object's path. A crossing counts once the object stands clearly, by more than
 * `margin`, on the other side and its path went through the wire itself, not past its ends: touching
 * the wire or trembling on it is no crossing. Left hand to right hand is forward.
 */
export function pass(
  wire: Tripwire,
  before: Passage | null,
  point: PicturePoint,
  margin: number,
): { readonly passage: Passage; readonly crossed: CrossDirection | null } {
  const offset = turn(wire.from, wire.to, point) / distance(wire.from, wire.to)
  const side = offset > 0 ? 'right' : offset < 0 ? 'left' : null
  const nearSide = side ?? before?.nearSide ?? null

  let net = before?.net ?? 0
  if (before !== null && side !== null && before.nearSide !== null && side !== before.nearSide) {
    if (goesThrough(wire, before.point, point)) net += side === 'right' ? 1 : -1
  }
  const clearBefore = before?.clearSide ?? null
  if (side === null || Math.abs(offset) <= margin) {
    return { passage: { point, nearSide, clearSide: clearBefore, net }, crossed: null }
  }
  const direction: CrossDirection = side === 'right' ? 'forward' : 'backward'
  const through = direction === 'forward' ? net > 0 : net < 0
  const changed = clearBefore !== null && clearBefore !== side
  return {
    passage: { point, nearSide, clearSide: side, net: 0 },
    crossed: changed && through ? direction : null,
  }
}

/** For two points on different sides of the wire's line: whether the way between meets the wire itself. */
function goesThrough(wire: Tripwire, a: PicturePoint, b: PicturePoint): boolean {
  const atA = turn(wire.from, wire.to, a)
  const share = atA / (atA - turn(wire.from, wire.to, b))
  const meeting = { x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share }
  const along = shareAlong(wire.from, wire.to, meeting)
  return along >= 0 && along <= 1
}
