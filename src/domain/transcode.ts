import type { StreamName } from './camera.ts'
import type { PictureSize } from './sampling.ts'

/** Sample entries (ISO/IEC 14496-15) that a viewer may be able to play: H.264 and H.265. */
export const codecFamilies = ['avc1', 'hvc1'] as const
export type CodecFamily = (typeof codecFamilies)[number]

/** @param playable undefined: the viewer has not said, so it gets what there is */
export function needsH264(playable: readonly CodecFamily[] | undefined): boolean {
  return playable !== undefined && !playable.includes('hvc1')
}

/** @param list sample entries with commas between; undefined: the viewer has not said */
export function asksForH264(list: string | undefined): boolean {
  return needsH264(
    list === undefined ? undefined : codecFamilies.filter((each) => list.split(',').includes(each)),
  )
}

/** @param codec RFC 6381 */
export function isH264(codec: string): boolean {
  return codec.startsWith('avc1')
}

/**
 * CPU time for a million pixels, in milliseconds: read H.265, write H.264 in software, and in hardware,
 * where only scaling and moving are left. Measured on camera-like pictures and rounded up: it serves for
 * the first seconds of a stream only, afterwards what it really takes is known.
 */
const msPerMegapixel = { decode: 4, encode: 9, handOver: 2 }
/** A camera's usual rate, as a format does not tell it. */
const usualFramesPerS = 25

/** In cores. */
function expectedCost(source: PictureSize, target: PictureSize, hardware: boolean): number {
  const decodeMs = megapixels(source) * msPerMegapixel.decode
  const encodeMs = megapixels(target) * (hardware ? msPerMegapixel.handOver : msPerMegapixel.encode)
  return ((decodeMs + encodeMs) * usualFramesPerS) / 1000
}

function megapixels({ widthPx, heightPx }: PictureSize): number {
  return (widthPx * heightPx) / 1_000_000
}

export interface Encoding {
  /** The picture is made no higher. */
  readonly mostHeightPx: number
  /** What it will take as far as can be told: in cores. */
  readonly expectedCores: number
}

const usualHeightPx = 720
const largeHeightPx = 1080
/** A machine with so many to spare makes a large piece faster than it plays. */
const manyCores = 4

/**
 * How a stream is transcoded beside those that are already: null, there is no room for it. A picture in
 * the main stream, which is what an enlarged tile shows, is larger where half of the budget stays free
 * for others, and so is any where a hardware encoder does the work. The first stream is always let in,
 * unless transcoding is off (a budget of 0): a small machine shows one rather than none.
 * @param running what each of the others takes, in cores
 */
export function planEncoding(wish: {
  readonly source: PictureSize
  readonly stream: StreamName
  readonly hardware: boolean
  readonly budgetCores: number
  readonly running: readonly number[]
}): Encoding | null {
  const { source, stream, hardware, budgetCores, running } = wish
  if (budgetCores <= 0) return null
  const free = budgetCores - running.reduce((sum, cores) => sum + cores, 0)
  const upTo = (mostHeightPx: number): Encoding => {
    const expectedCores = expectedCost(source, fittedSize(source, mostHeightPx), hardware)
    return { mostHeightPx, expectedCores }
  }
  const large = upTo(largeHeightPx)
  if (hardware && large.expectedCores <= free) return large
  if (stream === 'main' && large.expectedCores <= free - budgetCores / 2) return large
  const usual = upTo(usualHeightPx)
  return usual.expectedCores <= free || running.length === 0 ? usual : null
}

/** What making a recorded piece keeps busy while it lasts: it is made as fast as a processor can. */
export const pieceCores = 1

/** Whether a recorded piece is made now, beside what each of the others takes, in cores. */
export function mayTakePiece(budgetCores: number, running: readonly number[]): boolean {
  if (budgetCores <= 0) return false
  return running.length === 0 || running.reduce((sum, cores) => sum + cores, pieceCores) <= budgetCores
}

/** Recorded pictures are made no higher; all of a recording alike, so that its pieces join. */
export function recordedHeightPx(budgetCores: number): number {
  return budgetCores >= manyCores ? largeHeightPx : usualHeightPx
}

/** Until then a stream's beginning, when kept pictures come all at once, would pass for its usual cost. */
const settledMs = 10_000
/** A camera that pauses costs nothing for a while, and takes its room again. */
const leastShare = 0.25

/** What a running stream counts for. @param usedCores lately */
export function takenCores(expectedCores: number, usedCores: number, ageMs: number): number {
  return Math.max(usedCores, ageMs < settledMs ? expectedCores : expectedCores * leastShare)
}

/** The whole picture, no higher than `mostHeightPx`; 4:2:0 wants even numbers. */
export function fittedSize({ widthPx, heightPx }: PictureSize, mostHeightPx: number): PictureSize {
  const scale = Math.min(1, mostHeightPx / heightPx)
  return { widthPx: even(widthPx * scale), heightPx: even(heightPx * scale) }
}

function even(px: number): number {
  return Math.max(2, 2 * Math.round(px / 2))
}
