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
