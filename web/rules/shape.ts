/** Shapes being drawn over a picture, in 0..1 of it. Pure. */
export interface Point {
  readonly x: number
  readonly y: number
}

const clamp = (value: number) => Math.min(Math.max(value, 0), 1)
/** A ten-thousandth of a picture is finer than any hand. */
const rounded = (value: number) => Math.round(clamp(value) * 10_000) / 10_000

export function pointAt(x: number, y: number): Point {
  return { x: rounded(x), y: rounded(y) }
}

export function movePoint(points: readonly Point[], index: number, to: Point): Point[] {
  return points.map((point, at) => (at === index ? pointAt(to.x, to.y) : point))
}

/** Moves the whole shape, as far as it stays in the picture. */
export function moveAll(points: readonly Point[], by: Point): Point[] {
  const xs = points.map((point) => point.x)
  const ys = points.map((point) => point.y)
  const dx = Math.min(Math.max(by.x, -Math.min(...xs)), 1 - Math.max(...xs))
  const dy = Math.min(Math.max(by.y, -Math.min(...ys)), 1 - Math.max(...ys))
  return points.map((point) => pointAt(point.x + dx, point.y + dy))
}

/** A new corner in the middle of the edge that starts at `index`. */
export function splitEdge(points: readonly Point[], index: number): Point[] {
  const from = points[index]
  const to = points[(index + 1) % points.length]
  if (!from || !to) return [...points]
  const half = pointAt((from.x + to.x) / 2, (from.y + to.y) / 2)
  return points.toSpliced(index + 1, 0, half)
}

export function withoutPoint(points: readonly Point[], index: number): Point[] {
  return points.toSpliced(index, 1)
}

/** A step that the eye sees, and a fine one. */
const stepShare = 0.01
const fineShare = 0.002
const directions: Readonly<Record<string, Point>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
}

/** By how much an arrow key moves; null: it is none. */
export function stepOf(key: string, fine: boolean): Point | null {
  const direction = directions[key]
  if (!direction) return null
  const share = fine ? fineShare : stepShare
  return { x: direction.x * share, y: direction.y * share }
}

/** The corners whose average is the middle: where a shape's own mark stands. */
export function middleOf(points: readonly Point[]): Point {
  const sum = points.reduce((all, { x, y }) => ({ x: all.x + x, y: all.y + y }), { x: 0, y: 0 })
  return { x: sum.x / (points.length || 1), y: sum.y / (points.length || 1) }
}

export interface Arrow {
  readonly from: Point
  readonly to: Point
}

/**
 * Where a tripwire's forward side lies: walking from its first point to its second, an object that
 * passes from the left hand to the right hand crosses forward. In pixels, whose y grows downward, so
 * that the arrow stands upright on the line whatever the picture's shape.
 */
export function forwardArrow(first: Point, second: Point, lengthPx: number): Arrow {
  const dx = second.x - first.x
  const dy = second.y - first.y
  const length = Math.hypot(dx, dy) || 1
  const from = { x: (first.x + second.x) / 2, y: (first.y + second.y) / 2 }
  return { from, to: { x: from.x - (dy / length) * lengthPx, y: from.y + (dx / length) * lengthPx } }
}
