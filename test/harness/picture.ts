import type { PlanarPicture } from '../../src/domain/picture.ts'

/** One colour all over. */
export function plainPicture(
  widthPx = 640,
  heightPx = 360,
  rgb: readonly [number, number, number] = [60, 90, 120],
): PlanarPicture {
  const pixels = widthPx * heightPx
  const gbr = new Uint8Array(3 * pixels)
  gbr.fill(rgb[1], 0, pixels)
  gbr.fill(rgb[2], pixels, 2 * pixels)
  gbr.fill(rgb[0], 2 * pixels)
  return { widthPx, heightPx, gbr }
}

/** A box in picture coordinates, filled with a colour. */
export interface Painted {
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
  readonly rgb: readonly [number, number, number]
}

/** Boxes one over the other on black. */
export function paintedPicture(
  widthPx: number,
  heightPx: number,
  painted: readonly Painted[],
): PlanarPicture {
  const plane = widthPx * heightPx
  const gbr = new Uint8Array(3 * plane)
  for (const { x, y, w, h, rgb } of painted) {
    const [left, right] = [Math.round(x * widthPx), Math.round(Math.min(1, x + w) * widthPx)]
    for (let row = Math.round(y * heightPx); row < Math.round(Math.min(1, y + h) * heightPx); row++) {
      gbr.fill(rgb[1], row * widthPx + left, row * widthPx + right)
      gbr.fill(rgb[2], plane + row * widthPx + left, plane + row * widthPx + right)
      gbr.fill(rgb[0], 2 * plane + row * widthPx + left, 2 * plane + row * widthPx + right)
    }
  }
  return { widthPx, heightPx, gbr }
}
