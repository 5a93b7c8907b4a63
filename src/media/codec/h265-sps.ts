import { BitReader, malformedParameterSet, rbspOf } from './bit-reader.ts'

/** What the gateway needs to know from an H.265 sequence parameter set (ITU-T H.265 7.3.2.2). */
export interface H265Sps {
  readonly id: number
  /** RFC 6381 / ISO/IEC 14496-15 annex E, e.g. `hvc1.1.6.L93.B0`. */
  readonly codec: string
  readonly widthPx: number
  readonly heightPx: number
  readonly chromaFormatIdc: number
  readonly bitDepthLuma: number
  readonly bitDepthChroma: number
  readonly temporalLayers: number
  readonly temporalIdNested: boolean
  /** The twelve bytes of profile, tier and level as `hvcC` wants them. */
  readonly profileTierLevel: Buffer
  readonly reorderFrames: number
}

const largestPx = 16_384

/** @throws GatewayError `malformed-parameter-set` */
export function parseH265Sps(nal: Buffer): H265Sps {
  const rbsp = rbspOf(nal.subarray(2))
  if (rbsp.length < 15) throw malformedParameterSet('it is shorter than its profile')
  const bits = new BitReader(rbsp)
  bits.skip(4)
  const subLayers = bits.bits(3)
  if (subLayers > 6) throw malformedParameterSet('it has too many sub-layers')
  const temporalIdNested = bits.flag()
  const profileTierLevel = Buffer.from(rbsp.subarray(1, 13))
  bits.skip(96)
  skipSubLayerProfiles(bits, subLayers)
  const id = bits.unsigned(15)
  const chromaFormatIdc = bits.unsigned(3)
  const separatePlanes = chromaFormatIdc === 3 && bits.flag()
  const codedWidth = bits.unsigned(largestPx)
  const codedHeight = bits.unsigned(largestPx)
  let widthPx = codedWidth
  let heightPx = codedHeight
  if (bits.flag()) {
    const unitX = !separatePlanes && (chromaFormatIdc === 1 || chromaFormatIdc === 2) ? 2 : 1
    const unitY = !separatePlanes && chromaFormatIdc === 1 ? 2 : 1
    widthPx -= unitX * (bits.unsigned(largestPx) + bits.unsigned(largestPx))
    heightPx -= unitY * (bits.unsigned(largestPx) + bits.unsigned(largestPx))
  }
  if (widthPx <= 0 || heightPx <= 0) throw malformedParameterSet('nothing of the picture is left')
  const bitDepthLuma = 8 + bits.unsigned(8)
  const bitDepthChroma = 8 + bits.unsigned(8)
  bits.unsigned(12)
  let reorderFrames = 0
  for (let layer = bits.flag() ? 0 : subLayers; layer <= subLayers; layer++) {
    bits.unsigned(16)
    reorderFrames = bits.unsigned(16)
    bits.unsigned(2 ** 32)
  }
  return {
    id,
    codec: codecString(profileTierLevel),
    widthPx,
    heightPx,
    chromaFormatIdc,
    bitDepthLuma,
    bitDepthChroma,
    temporalLayers: subLayers + 1,
    temporalIdNested,
    profileTierLevel,
    reorderFrames,
  }
}

function skipSubLayerProfiles(bits: BitReader, subLayers: number): void {
  if (subLayers === 0) return
  const present: { profile: boolean; level: boolean }[] = []
  for (let i = 0; i < subLayers; i++) present.push({ profile: bits.flag(), level: bits.flag() })
  bits.skip(2 * (8 - subLayers))
  for (const layer of present) {
    if (layer.profile) bits.skip(88)
    if (layer.level) bits.skip(8)
  }
}

function codecString(profileTierLevel: Buffer): string {
  const head = profileTierLevel.readUInt8(0)
  const space = ['', 'A', 'B', 'C'][head >> 6] ?? ''
  const tier = (head & 0x20) === 0 ? 'L' : 'H'
  let compatibility = 0
  for (let bit = 0; bit < 32; bit++) {
    const byte = profileTierLevel.readUInt8(1 + (bit >> 3))
    if ((byte >> (7 - (bit & 7))) & 1) compatibility += 2 ** bit
  }
  const constraints: string[] = []
  for (let i = 5; i < 11; i++) constraints.push(profileTierLevel.readUInt8(i).toString(16).toUpperCase())
  while (constraints.at(-1) === '0') constraints.pop()
  const parts = [
    `${space}${String(head & 0x1f)}`,
    compatibility.toString(16).toUpperCase(),
    `${tier}${String(profileTierLevel.readUInt8(11))}`,
    ...constraints,
  ]
  return `hvc1.${parts.join('.')}`
}
