import type { PlanarPicture } from '../../domain/picture.ts'
import type { ModelInput } from '../manifest.ts'

/** How a picture lies in a model's input. */
export interface Placement {
  readonly inputWidth: number
  readonly inputHeight: number
  /** The part of the input that the picture covers, from the top left. */
  readonly coveredWidth: number
  readonly coveredHeight: number
}

/** @param longSide overrides the manifest's limit for models that take any size. */
function place(input: ModelInput, widthPx: number, heightPx: number, longSide?: number): Placement {
  if ('multipleOf' in input.size) {
    const { multipleOf } = input.size
    const scale = Math.min(1, (longSide ?? input.size.longSide) / Math.max(widthPx, heightPx))
    const coveredWidth = Math.max(1, Math.round(widthPx * scale))
    const coveredHeight = Math.max(1, Math.round(heightPx * scale))
    const up = (side: number) => Math.ceil(side / multipleOf) * multipleOf
    return { inputWidth: up(coveredWidth), inputHeight: up(coveredHeight), coveredWidth, coveredHeight }
  }
  const { width, height } = input.size
  if (input.fit === 'stretch') {
    return { inputWidth: width, inputHeight: height, coveredWidth: width, coveredHeight: height }
  }
  const scale = Math.min(width / widthPx, height / heightPx)
  return {
    inputWidth: width,
    inputHeight: height,
    coveredWidth: Math.min(width, Math.round(widthPx * scale)),
    coveredHeight: Math.min(height, Math.round(heightPx * scale)),
  }
}

/** Bilinear taps along one axis with half-pixel centres, as OpenCV's INTER_LINEAR. */
interface Taps {
  readonly first: Int32Array
  readonly second: Int32Array
  /** Of `second`, in 2048ths: whole numbers are twice as fast here, and OpenCV does the same. */
  readonly share: Int32Array
}

const whole = 2048

function taps(from: number, to: number): Taps {
  const first = new Int32Array(to)
  const second = new Int32Array(to)
  const share = new Int32Array(to)
  for (let i = 0; i < to; i++) {
    const at = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5))
    const low = Math.floor(at)
    first[i] = low
    second[i] = Math.min(from - 1, low + 1)
    share[i] = Math.round((at - low) * whole)
  }
  return { first, second, share }
}

const planeOf = { G: 0, B: 1, R: 2 } as const
type Channel = keyof typeof planeOf

/**
 * Writes pictures of one size into a model's input: scaling, plane order and normalisation in one
 * go, from tables made once. The tensor's padding is written once too.
 */
export class Resampler {
  readonly placement: Placement
  readonly #input: ModelInput
  readonly #widthPx: number
  readonly #heightPx: number
  readonly #x: Taps
  readonly #y: Taps
  readonly #rows: Int32Array

  constructor(input: ModelInput, widthPx: number, heightPx: number, longSide?: number) {
    this.#input = input
    this.#widthPx = widthPx
    this.#heightPx = heightPx
    this.placement = place(input, widthPx, heightPx, longSide)
    this.#x = taps(widthPx, this.placement.coveredWidth)
    this.#y = taps(heightPx, this.placement.coveredHeight)
    this.#rows = new Int32Array(heightPx * this.placement.coveredWidth)
  }

  fits(picture: PlanarPicture): boolean {
    return picture.widthPx === this.#widthPx && picture.heightPx === this.#heightPx
  }

  /** A tensor of the right length, filled with padding. */
  createTensor(): Float32Array {
    const { inputWidth, inputHeight } = this.placement
    const plane = inputWidth * inputHeight
    const tensor = new Float32Array(3 * plane)
    for (let channel = 0; channel < 3; channel++) {
      tensor.fill(this.#normalise(channel, this.#input.padding), channel * plane, (channel + 1) * plane)
    }
    return tensor
  }

  fill(picture: PlanarPicture, tensor: Float32Array): void {
    const { inputWidth, inputHeight } = this.placement
    const from = this.#widthPx * this.#heightPx
    for (let channel = 0; channel < 3; channel++) {
      const plane = planeOf[this.#input.channels.charAt(channel) as Channel]
      const source = picture.gbr.subarray(plane * from, (plane + 1) * from)
      const start = channel * inputWidth * inputHeight
      const target = tensor.subarray(start, start + inputWidth * inputHeight)
      this.#fillPlane(source, target, this.#normalise(channel, 1) - this.#normalise(channel, 0), channel)
    }
  }

  #normalise(channel: number, value: number): number {
    return (value - (this.#input.mean[channel] ?? 0)) / (this.#input.std[channel] ?? 1)
  }

  // Indices below come from the tables, which stay inside the picture and the covered part.
  #fillPlane(source: Uint8Array, target: Float32Array, scale: number, channel: number): void {
    const { inputWidth, coveredWidth, coveredHeight } = this.placement
    const bias = this.#normalise(channel, 0)
    if (coveredWidth === this.#widthPx && coveredHeight === this.#heightPx) {
      for (let row = 0; row < coveredHeight; row++) {
        const from = row * coveredWidth
        const to = row * inputWidth
        for (let i = 0; i < coveredWidth; i++) target[to + i] = source[from + i]! * scale + bias
      }
      return
    }
    this.#shrinkRows(source)
    const rows = this.#rows
    const { first, second, share } = this.#y
    for (let row = 0; row < coveredHeight; row++) {
      const above = first[row]! * coveredWidth
      const below = second[row]! * coveredWidth
      const lower = (share[row]! * scale) / whole ** 2
      const upper = scale / whole - lower
      const to = row * inputWidth
      for (let i = 0; i < coveredWidth; i++) {
        target[to + i] = rows[above + i]! * upper + rows[below + i]! * lower + bias
      }
    }
  }

  #shrinkRows(source: Uint8Array): void {
    const rows = this.#rows
    const { first, second, share } = this.#x
    const width = this.placement.coveredWidth
    for (let row = 0; row < this.#heightPx; row++) {
      const from = row * this.#widthPx
      const to = row * width
      for (let i = 0; i < width; i++) {
        const left = source[from + first[i]!]!
        rows[to + i] = left * whole + (source[from + second[i]!]! - left) * share[i]!
      }
    }
  }
}
