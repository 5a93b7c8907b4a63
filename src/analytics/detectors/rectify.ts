import type { PicturePoint } from '../../domain/geometry.ts'
import type { PlanarPicture } from '../../domain/picture.ts'
import type { ModelInput } from '../manifest.ts'

const planeOf = { G: 0, B: 1, R: 2 } as const
type Channel = keyof typeof planeOf

/**
 * Writes the four-cornered part of a picture into a model's input as if it had been seen from straight
 * ahead: a projective map, and bilinear between pixels. Past the picture's edge the edge goes on.
 *
 * @param corners from the upper left one clockwise
 * @returns planes in the model's order, normalised, in memory that other threads can read
 */
export function rectify(
  picture: PlanarPicture,
  corners: readonly PicturePoint[],
  input: ModelInput & { readonly size: { readonly width: number; readonly height: number } },
): Float32Array {
  const { widthPx, heightPx, gbr } = picture
  const { width, height } = input.size
  const values = new Float32Array(new SharedArrayBuffer(12 * width * height))
  const map = squareTo(corners.map(({ x, y }) => ({ x: x * widthPx, y: y * heightPx })))
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const at = map((column + 0.5) / width, (row + 0.5) / height)
      const x = Math.min(widthPx - 1, Math.max(0, at.x - 0.5))
      const y = Math.min(heightPx - 1, Math.max(0, at.y - 0.5))
      const left = Math.min(widthPx - 2, Math.floor(x))
      const top = Math.min(heightPx - 2, Math.floor(y))
      const [right, low] = [x - left, y - top]
      for (let channel = 0; channel < 3; channel++) {
        const plane = planeOf[input.channels.charAt(channel) as Channel]
        // Two pixels each way are always there: no region is thinner.
        const i = (plane * heightPx + top) * widthPx + left
        const upper = gbr[i]! * (1 - right) + gbr[i + 1]! * right
        const lower = gbr[i + widthPx]! * (1 - right) + gbr[i + widthPx + 1]! * right
        values[(channel * height + row) * width + column] =
          (upper * (1 - low) + lower * low - (input.mean[channel] ?? 0)) / (input.std[channel] ?? 1)
      }
    }
  }
  return values
}

interface Place {
  readonly x: number
  readonly y: number
}

/** The projective map that takes the unit square's corners to these four (Heckbert, 1989). */
function squareTo(corners: readonly Place[]): (u: number, v: number) => Place {
  const [a, b, c, d] = corners
  if (a === undefined || b === undefined || c === undefined || d === undefined) {
    throw new RangeError('a part to be rectified has four corners')
  }
  const [dx1, dy1] = [b.x - c.x, b.y - c.y]
  const [dx2, dy2] = [d.x - c.x, d.y - c.y]
  const [dx3, dy3] = [a.x - b.x + c.x - d.x, a.y - b.y + c.y - d.y]
  const area = dx1 * dy2 - dx2 * dy1
  const g = area === 0 ? 0 : (dx3 * dy2 - dx2 * dy3) / area
  const h = area === 0 ? 0 : (dx1 * dy3 - dx3 * dy1) / area
  const [xu, xv] = [b.x - a.x + g * b.x, d.x - a.x + h * d.x]
  const [yu, yv] = [b.y - a.y + g * b.y, d.y - a.y + h * d.y]
  return (u, v) => {
    const w = g * u + h * v + 1
    return { x: (xu * u + xv * v + a.x) / w, y: (yu * u + yv * v + a.y) / w }
  }
}
