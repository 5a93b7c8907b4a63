import type { TrackedObject } from './detection.ts'
import { boxCentre } from './geometry.ts'
import type { PixelRegion, PlanarPicture } from './picture.ts'

/** Whoever touches the picture's edge is seen in part. */
const edge = 0.01
const cutShare = 0.35

/**
 * How good a picture of the object this frame can give: its size, score and place, before anybody has looked
 * whether it is sharp. Greater is better; two of one track compare.
 */
export function stillWorth({ box, score }: Pick<TrackedObject, 'box' | 'score'>): number {
  const centre = boxCentre(box)
  const centredness = 1 - Math.min(0.5, Math.hypot(centre.x - 0.5, centre.y - 0.5))
  const cut = box.x < edge || box.y < edge || box.x + box.w > 1 - edge || box.y + box.h > 1 - edge
  return Math.sqrt(Math.max(0, box.w * box.h)) * score * centredness * (cut ? cutShare : 1)
}

/** Rows looked at, and pixels of one. */
const mostRows = 24
const mostColumns = 400
/** Mean step from a pixel to the next that is as sharp as pictures are. */
const sharpStep = 12

/** 0 (blurred) to 1 (sharp): how much the green plane changes from one pixel to the next, within a region. */
export function sharpnessOf({ widthPx, gbr }: PlanarPicture, region: PixelRegion): number {
  const rowStep = Math.ceil((region.heightPx - 1) / mostRows)
  const columnStep = Math.ceil((region.widthPx - 1) / mostColumns)
  let steps = 0
  let looked = 0
  for (let y = 0; y < region.heightPx - 1; y += rowStep) {
    const row = (region.topPx + y) * widthPx + region.leftPx
    for (let at = row; at < row + region.widthPx - 1; at += columnStep) {
      const value = gbr[at] ?? 0
      steps += Math.abs((gbr[at + 1] ?? 0) - value) + Math.abs((gbr[at + widthPx] ?? 0) - value)
      looked += 2
    }
  }
  return Math.min(1, steps / looked / sharpStep)
}
