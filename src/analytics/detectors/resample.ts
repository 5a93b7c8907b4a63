import type { PixelRegion, PlanarPicture } from '../../domain/picture.ts'
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
    coveredWidth: Math.max(1, Math.min(width, Math.round(widthPx * scale))),
    coveredHeight: Math.max(1, Math.min(height, Math.round(heightPx * scale))),
  }
}

/** Bilinear taps along one axis with half-pixel centres, as OpenCV's INTER_LINEAR. */
interface Taps {
  /** The nearer to the beginning of two neighbours. */
  readonly first: Int32Array
  /** Of the other one, in 2048ths: whole numbers are faster here, and OpenCV does the same. */
  readonly share: Int32Array
}

const wholeBits = 11
const whole = 1 << wholeBits

/** @param from at least 2 */
function taps(from: number, to: number): Taps {
  const first = new Int32Array(to)
  const share = new Int32Array(to)
  for (let i = 0; i < to; i++) {
    const at = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5))
    const low = Math.min(from - 2, Math.floor(at))
    first[i] = low
    share[i] = Math.round((at - low) * whole)
  }
  return { first, share }
}

const planeOf = { G: 0, B: 1, R: 2 } as const
type Channel = keyof typeof planeOf

/**
 * Writes pictures, or parts of them, of one size into a model's input: scaling, plane order and
 * normalisation in one go, from tables made once.
 */
export class Resampler {
  readonly placement: Placement
  readonly #input: ModelInput
  readonly #widthPx: number
  readonly #heightPx: number
  readonly #x: Taps
  readonly #y: Taps
  /** The two rows of the picture that an input's row lies between, already as wide as that. */
  #above: Int32Array
  #below: Int32Array
  /** Pixels from one row of the picture to the next. */
  #stride = 0

  constructor(input: ModelInput, widthPx: number, heightPx: number, longSide?: number) {
    this.#input = input
    this.#widthPx = widthPx
    this.#heightPx = heightPx
    this.placement = place(input, widthPx, heightPx, longSide)
    this.#x = taps(widthPx, this.placement.coveredWidth)
    this.#y = taps(heightPx, this.placement.coveredHeight)
    this.#above = new Int32Array(this.placement.coveredWidth)
    this.#below = new Int32Array(this.placement.coveredWidth)
  }

  /** A tensor of the right length, filled with padding, that other threads can read. */
  createTensor(): Float32Array {
    const { inputWidth, inputHeight } = this.placement
    const bytes = 3 * inputWidth * inputHeight * Float32Array.BYTES_PER_ELEMENT
    const tensor = new Float32Array(new SharedArrayBuffer(bytes))
    this.pad(tensor)
    return tensor
  }

  /** Needed anew only where a picture of another size was written before. */
  pad(tensor: Float32Array): void {
    const plane = this.placement.inputWidth * this.placement.inputHeight
    for (let channel = 0; channel < 3; channel++) {
      tensor.fill(this.#normalise(channel, this.#input.padding), channel * plane, (channel + 1) * plane)
    }
  }

  /** @param region as large as this resampler was made for, inside the picture; unset: all of it. */
  fill(picture: PlanarPicture, tensor: Float32Array, region?: PixelRegion): void {
    const { inputWidth, inputHeight } = this.placement
    const pixels = picture.widthPx * picture.heightPx
    this.#stride = picture.widthPx
    const corner = region === undefined ? 0 : region.topPx * picture.widthPx + region.leftPx
    for (let channel = 0; channel < 3; channel++) {
      const plane = planeOf[this.#input.channels.charAt(channel) as Channel]
      const source = picture.gbr.subarray(plane * pixels + corner, (plane + 1) * pixels)
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
      const rows = { count: coveredHeight, width: coveredWidth, from: this.#stride, to: inputWidth }
      if (scale === 1 && bias === 0) copyRows(source, target, rows)
      else scaleRows(source, target, rows, scale, bias)
      return
    }
    const { first, share } = this.#y
    let held = -2
    for (let row = 0; row < coveredHeight; row++) {
      const wanted = first[row]!
      if (wanted !== held) {
        // Mostly the next one: then one of the two rows is there already.
        if (wanted === held + 1) [this.#above, this.#below] = [this.#below, this.#above]
        else this.#shrinkRow(source, wanted, this.#above)
        this.#shrinkRow(source, wanted + 1, this.#below)
        held = wanted
      }
      const lower = (share[row]! * scale) / whole ** 2
      mixRows(this.#above, this.#below, target, row * inputWidth, scale / whole - lower, lower, bias)
    }
  }

  #shrinkRow(source: Uint8Array, row: number, target: Int32Array): void {
    const { first, share } = this.#x
    const from = row * this.#stride
    for (let i = 0; i < target.length; i++) {
      const at = from + first[i]!
      const left = source[at]!
      target[i] = (left << wholeBits) + (source[at + 1]! - left) * share[i]!
    }
  }
}

interface Rows {
  readonly count: number
  readonly width: number
  /** From one row to the next, there and here. */
  readonly from: number
  readonly to: number
}

function copyRows(source: Uint8Array, target: Float32Array, { count, width, from, to }: Rows): void {
  if (width === from && width === to) target.set(source.subarray(0, count * width))
  else
    for (let row = 0; row < count; row++) {
      target.set(source.subarray(row * from, row * from + width), row * to)
    }
}

function scaleRows(
  source: Uint8Array,
  target: Float32Array,
  { count, width, from, to }: Rows,
  scale: number,
  bias: number,
): void {
  for (let row = 0; row < count; row++) {
    const there = row * from
    const here = row * to
    for (let i = 0; i < width; i++) target[here + i] = source[there + i]! * scale + bias
  }
}

function mixRows(
  above: Int32Array,
  below: Int32Array,
  target: Float32Array,
  start: number,
  upper: number,
  lower: number,
  bias: number,
): void {
  for (let i = 0; i < above.length; i++) target[start + i] = above[i]! * upper + below[i]! * lower + bias
}
