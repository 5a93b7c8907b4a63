import sharp from 'sharp'
import type { PixelRegion, PlanarPicture } from '../domain/picture.ts'

export async function encodeJpeg(picture: PlanarPicture, quality = 85): Promise<Buffer> {
  const { widthPx: width, heightPx: height } = picture
  return sharp(interleaved(picture), { raw: { width, height, channels: 3 } })
    .jpeg({ quality })
    .toBuffer()
}

/** A part of a picture, read before the first wait; scaled down where a side is longer than `longestPx`. */
export async function encodePart(
  picture: PlanarPicture,
  { leftPx, topPx, widthPx: width, heightPx: height }: PixelRegion,
  longestPx: number,
): Promise<Buffer> {
  const plane = picture.widthPx * picture.heightPx
  const rgb = new Uint8Array(3 * width * height)
  const { gbr } = picture
  for (let row = 0, at = 0; row < height; row++) {
    const from = (topPx + row) * picture.widthPx + leftPx
    for (let i = from; i < from + width; i++, at += 3) {
      rgb[at] = gbr[2 * plane + i]!
      rgb[at + 1] = gbr[i]!
      rgb[at + 2] = gbr[plane + i]!
    }
  }
  return await sharp(rgb, { raw: { width, height, channels: 3 } })
    .resize({ width: longestPx, height: longestPx, fit: 'inside', withoutEnlargement: true })
    .jpeg({ quality: 82 })
    .toBuffer()
}

/** Any picture file that sharp reads, turned upright as its camera noted. */
export async function decodePicture(file: string | Buffer): Promise<PlanarPicture> {
  const { data, info } = await sharp(file)
    .autoOrient()
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
  const pixels = info.width * info.height
  const gbr = new Uint8Array(3 * pixels)
  // Grey pictures come with one channel.
  const green = info.channels === 1 ? 0 : 1
  const blue = info.channels === 1 ? 0 : 2
  for (let i = 0, at = 0; i < pixels; i++, at += info.channels) {
    gbr[i] = data[at + green]!
    gbr[pixels + i] = data[at + blue]!
    gbr[2 * pixels + i] = data[at]!
  }
  return { widthPx: info.width, heightPx: info.height, gbr }
}

/** RGB, pixel by pixel. */
export function interleaved({ widthPx, heightPx, gbr }: PlanarPicture): Uint8Array {
  const pixels = widthPx * heightPx
  const rgb = new Uint8Array(3 * pixels)
  for (let i = 0, at = 0; i < pixels; i++, at += 3) {
    rgb[at] = gbr[2 * pixels + i]!
    rgb[at + 1] = gbr[i]!
    rgb[at + 2] = gbr[pixels + i]!
  }
  return rgb
}
