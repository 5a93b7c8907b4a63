import { BitReader, malformedParameterSet, rbspOf } from './bit-reader.ts'

/** What the gateway needs to know from an H.264 sequence parameter set (ITU-T H.264 7.3.2.1.1). */
export interface H264Sps {
  readonly id: number
  /** RFC 6381: profile, constraint flags and level in hex. */
  readonly codec: string
  readonly profileIdc: number
  readonly widthPx: number
  readonly heightPx: number
  readonly chromaFormatIdc: number
  readonly bitDepthLuma: number
  readonly bitDepthChroma: number
  /** How many frames may come before one that is shown earlier; null where the camera does not say. */
  readonly reorderFrames: number | null
}

/** Profiles whose SPS carries chroma format and bit depths. */
const withChroma = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135])
const largestPx = 16_384

/** @throws GatewayError `malformed-parameter-set` */
export function parseH264Sps(nal: Buffer): H264Sps {
  if (nal.length < 5) throw malformedParameterSet('it is shorter than its header')
  const profileIdc = nal.readUInt8(1)
  const codec = `avc1.${nal.toString('hex', 1, 4)}`
  const bits = new BitReader(rbspOf(nal.subarray(4)))
  const id = bits.unsigned(31)
  let chromaFormatIdc = 1
  let separatePlanes = false
  let bitDepthLuma = 8
  let bitDepthChroma = 8
  if (withChroma.has(profileIdc)) {
    chromaFormatIdc = bits.unsigned(3)
    if (chromaFormatIdc === 3) separatePlanes = bits.flag()
    bitDepthLuma = 8 + bits.unsigned(6)
    bitDepthChroma = 8 + bits.unsigned(6)
    bits.skip(1)
    if (bits.flag()) skipScalingLists(bits, chromaFormatIdc === 3 ? 12 : 8)
  }
  bits.unsigned(12)
  const pocType = skipPictureOrder(bits)
  bits.unsigned(16)
  bits.skip(1)
  const widthMbs = bits.unsigned(largestPx / 16 - 1) + 1
  const heightMapUnits = bits.unsigned(largestPx / 16 - 1) + 1
  const framesOnly = bits.flag()
  if (!framesOnly) bits.skip(1)
  bits.skip(1)
  const crop = bits.flag()
    ? {
        left: bits.unsigned(largestPx),
        right: bits.unsigned(largestPx),
        top: bits.unsigned(largestPx),
        bottom: bits.unsigned(largestPx),
      }
    : { left: 0, right: 0, top: 0, bottom: 0 }
  const heightUnit = framesOnly ? 1 : 2
  const planar = separatePlanes || chromaFormatIdc === 0
  const cropX = planar || chromaFormatIdc === 3 ? 1 : 2
  const cropY = heightUnit * (planar || chromaFormatIdc !== 1 ? 1 : 2)
  const widthPx = widthMbs * 16 - (crop.left + crop.right) * cropX
  const heightPx = heightMapUnits * 16 * heightUnit - (crop.top + crop.bottom) * cropY
  if (widthPx <= 0 || heightPx <= 0) throw malformedParameterSet('nothing of the picture is left')
  return {
    id,
    codec,
    profileIdc,
    widthPx,
    heightPx,
    chromaFormatIdc,
    bitDepthLuma,
    bitDepthChroma,
    reorderFrames: profileIdc === 66 || pocType === 2 ? 0 : reorderFromVui(bits),
  }
}

export function parseH264PpsId(nal: Buffer): number {
  return new BitReader(rbspOf(nal.subarray(1, 16))).unsigned(255)
}

export function hasChromaInConfiguration(profileIdc: number): boolean {
  return profileIdc !== 66 && profileIdc !== 77 && profileIdc !== 88
}

function skipScalingLists(bits: BitReader, lists: number): void {
  for (let list = 0; list < lists; list++) {
    if (!bits.flag()) continue
    const size = list < 6 ? 16 : 64
    let last = 8
    let next = 8
    for (let i = 0; i < size; i++) {
      if (next !== 0) next = (last + bits.signed() + 256) % 256
      if (next !== 0) last = next
    }
  }
}

function skipPictureOrder(bits: BitReader): number {
  const type = bits.unsigned(2)
  if (type === 0) bits.unsigned(12)
  if (type === 1) {
    bits.skip(1)
    bits.signed()
    bits.signed()
    for (let left = bits.unsigned(255); left > 0; left--) bits.signed()
  }
  return type
}

/** Cameras with a broken VUI are common; without this figure the depth is learnt from the frames. */
function reorderFromVui(bits: BitReader): number | null {
  try {
    if (!bits.flag()) return null
    if (bits.flag() && bits.bits(8) === 255) bits.skip(32)
    if (bits.flag()) bits.skip(1)
    if (bits.flag()) {
      bits.skip(4)
      if (bits.flag()) bits.skip(24)
    }
    if (bits.flag()) {
      bits.unsigned(5)
      bits.unsigned(5)
    }
    if (bits.flag()) bits.skip(65)
    const nalHrd = bits.flag()
    if (nalHrd) skipHrd(bits)
    const vclHrd = bits.flag()
    if (vclHrd) skipHrd(bits)
    if (nalHrd || vclHrd) bits.skip(1)
    bits.skip(1)
    if (!bits.flag()) return null
    bits.skip(1)
    for (let i = 0; i < 4; i++) bits.unsigned(2 ** 16)
    return bits.unsigned(16)
  } catch {
    return null
  }
}

function skipHrd(bits: BitReader): void {
  const count = bits.unsigned(31) + 1
  bits.skip(8)
  for (let i = 0; i < count; i++) {
    bits.unsigned(2 ** 32)
    bits.unsigned(2 ** 32)
    bits.skip(1)
  }
  bits.skip(20)
}
