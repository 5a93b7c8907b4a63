import type { PictureBox } from './geometry.ts'

/** Eight bits a value, planes G, B, R one after the other: ffmpeg's `gbrp`. */
export interface PlanarPicture {
  readonly widthPx: number
  readonly heightPx: number
  readonly gbr: Uint8Array
}

/** A part of a picture in whole pixels, at least two each way: less cannot be scaled. */
export interface PixelRegion {
  readonly leftPx: number
  readonly topPx: number
  readonly widthPx: number
  readonly heightPx: number
}

/** The pixels that a box covers, with a margin on each side of a share of the box's own size. */
export function regionOf(
  picture: { readonly widthPx: number; readonly heightPx: number },
  box: PictureBox,
  margin = 0,
): PixelRegion {
  const [leftPx, widthPx] = span(box.x, box.w, margin, picture.widthPx)
  const [topPx, heightPx] = span(box.y, box.h, margin, picture.heightPx)
  return { leftPx, topPx, widthPx, heightPx }
}

function span(from: number, length: number, margin: number, sizePx: number): [number, number] {
  const low = Math.floor((from - margin * length) * sizePx)
  const high = Math.ceil((from + length + margin * length) * sizePx)
  const start = Math.min(Math.max(0, low), sizePx - 2)
  return [start, Math.max(2, Math.min(sizePx, high) - start)]
}
