/**
 * Points and boxes in a camera's picture: x and y run from 0 (left, top) to 1 (right, bottom),
 * whatever the stream's resolution. The brand keeps pixels and map degrees from being mixed in.
 */
declare const space: unique symbol

export interface PicturePoint {
  readonly x: number
  readonly y: number
  readonly [space]?: 'picture'
}

/** Left, top, width, height in picture coordinates. */
export interface PictureBox {
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
  readonly [space]?: 'picture'
}

/** Where an object stands: the middle of its box's lower edge. Zones and tripwires test this point. */
export function footPoint(box: PictureBox): PicturePoint {
  return { x: box.x + box.w / 2, y: box.y + box.h }
}

export function boxCentre(box: PictureBox): PicturePoint {
  return { x: box.x + box.w / 2, y: box.y + box.h / 2 }
}

function boxArea(box: PictureBox): number {
  return box.w * box.h
}

/** Intersection over union, 0..1. */
export function iou(a: PictureBox, b: PictureBox): number {
  const w = Math.min(a.x + a.w, b.x + b.w) - Math.max(a.x, b.x)
  const h = Math.min(a.y + a.h, b.y + b.h) - Math.max(a.y, b.y)
  if (w <= 0 || h <= 0) return 0
  const shared = w * h
  return shared / (boxArea(a) + boxArea(b) - shared)
}

/** The part of a box that lies inside the picture: detectors draw a little over its edge. */
export function visiblePart(box: PictureBox): PictureBox {
  const x = Math.min(1, Math.max(0, box.x))
  const y = Math.min(1, Math.max(0, box.y))
  return {
    x,
    y,
    w: Math.max(0, Math.min(1, box.x + box.w) - x),
    h: Math.max(0, Math.min(1, box.y + box.h) - y),
  }
}

/** The smallest box around all of them. */
export function unionOf(boxes: readonly PictureBox[]): PictureBox {
  const x = Math.min(...boxes.map((box) => box.x))
  const y = Math.min(...boxes.map((box) => box.y))
  const right = Math.max(...boxes.map((box) => box.x + box.w))
  const bottom = Math.max(...boxes.map((box) => box.y + box.h))
  return { x, y, w: right - x, h: bottom - y }
}
