import sharp from 'sharp'
import type { PlanarPicture } from '../domain/picture.ts'

export async function encodeJpeg(picture: PlanarPicture, quality = 85): Promise<Buffer> {
  const { widthPx: width, heightPx: height } = picture
  return sharp(interleaved(picture), { raw: { width, height, channels: 3 } })
    .jpeg({ quality })
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
