import { box, u8, u16 } from '../mp4/boxes.ts'
import { malformedParameterSet } from './bit-reader.ts'
import { type H264Sps, hasChromaInConfiguration, parseH264PpsId, parseH264Sps } from './h264-sps.ts'
import { type H265Sps, parseH265Sps } from './h265-sps.ts'

export const codecNames = ['h264', 'h265'] as const
export type CodecName = (typeof codecNames)[number]

/** What a decoder must know before the first frame, ready for a sample entry. */
export interface DecoderConfiguration {
  readonly sampleEntry: 'avc1' | 'hvc1'
  /** `avcC` or `hvcC` box (ISO/IEC 14496-15). */
  readonly box: Buffer
  readonly codec: string
  readonly widthPx: number
  readonly heightPx: number
  readonly reorderFrames: number | null
}

const mostSets = 32
const mostBytes = 16_384

/**
 * The parameter sets a camera has announced or sent lately, by kind and id. The newest of an id
 * wins; `generation` grows with every real change, so that a keyframe can tell a new picture format.
 */
export class ParameterSets {
  readonly codec: CodecName
  generation = 0
  readonly #byKind = new Map<number, Map<number, Buffer>>()
  #bytes = 0

  constructor(codec: CodecName) {
    this.codec = codec
  }

  /** Ignores NAL units that are no parameter sets. @throws GatewayError `malformed-parameter-set` */
  add(nal: Buffer): void {
    const identity = this.codec === 'h264' ? identifyH264(nal) : identifyH265(nal)
    if (identity === null) return
    const sets = this.#byKind.get(identity.type) ?? new Map<number, Buffer>()
    const known = sets.get(identity.id)
    if (known?.equals(nal) === true) return
    this.#bytes += nal.length - (known?.length ?? 0)
    if (sets.size >= mostSets || this.#bytes > mostBytes) throw malformedParameterSet('there are too many')
    sets.set(identity.id, Buffer.from(nal))
    this.#byKind.set(identity.type, sets)
    this.generation++
  }

  /** Null until a picture can be decoded with what is known. */
  configuration(): DecoderConfiguration | null {
    return this.codec === 'h264' ? this.#h264() : this.#h265()
  }

  #of(type: number): Buffer[] {
    return [...(this.#byKind.get(type)?.values() ?? [])]
  }

  #h264(): DecoderConfiguration | null {
    const spsNals = this.#of(7)
    const ppsNals = this.#of(8)
    const first = spsNals[0]
    if (first === undefined || ppsNals.length === 0) return null
    const sps = parseH264Sps(first)
    return {
      sampleEntry: 'avc1',
      box: avcC(first, sps, spsNals, ppsNals),
      codec: sps.codec,
      widthPx: sps.widthPx,
      heightPx: sps.heightPx,
      reorderFrames: sps.reorderFrames,
    }
  }

  #h265(): DecoderConfiguration | null {
    const arrays = [32, 33, 34].map((type) => ({ type, nals: this.#of(type) }))
    const first = arrays[1]?.nals[0]
    if (first === undefined || arrays.some(({ nals }) => nals.length === 0)) return null
    const sps = parseH265Sps(first)
    return {
      sampleEntry: 'hvc1',
      box: hvcC(sps, arrays),
      codec: sps.codec,
      widthPx: sps.widthPx,
      heightPx: sps.heightPx,
      reorderFrames: sps.reorderFrames,
    }
  }
}

function identifyH264(nal: Buffer): { type: number; id: number } | null {
  const type = (nal[0] ?? 0) & 0x1f
  if (type === 7) return { type, id: parseH264Sps(nal).id }
  if (type === 8) return { type, id: parseH264PpsId(nal) }
  return null
}

/** H.265 ids: cameras use one of each kind; VPS id is in the first bits, SPS is parsed, PPS by ue(v). */
function identifyH265(nal: Buffer): { type: number; id: number } | null {
  const type = ((nal[0] ?? 0) >> 1) & 0x3f
  if (nal.length < 3) return null
  if (type === 32) return { type, id: nal.readUInt8(2) >> 4 }
  if (type === 33) return { type, id: parseH265Sps(nal).id }
  if (type === 34) return { type, id: parseH264PpsId(nal.subarray(1)) }
  return null
}

const withLength = (nal: Buffer) => Buffer.concat([u16(nal.length), nal])

function avcC(first: Buffer, sps: H264Sps, spsNals: Buffer[], ppsNals: Buffer[]): Buffer {
  const chroma = hasChromaInConfiguration(sps.profileIdc)
    ? [
        u8(0xfc | sps.chromaFormatIdc),
        u8(0xf8 | (sps.bitDepthLuma - 8)),
        u8(0xf8 | (sps.bitDepthChroma - 8)),
        u8(0),
      ]
    : []
  return box(
    'avcC',
    u8(1),
    first.subarray(1, 4),
    u8(0xff),
    u8(0xe0 | spsNals.length),
    ...spsNals.map(withLength),
    u8(ppsNals.length),
    ...ppsNals.map(withLength),
    ...chroma,
  )
}

function hvcC(sps: H265Sps, arrays: readonly { type: number; nals: Buffer[] }[]): Buffer {
  return box(
    'hvcC',
    u8(1),
    sps.profileTierLevel,
    u16(0xf000),
    u8(0xfc),
    u8(0xfc | sps.chromaFormatIdc),
    u8(0xf8 | (sps.bitDepthLuma - 8)),
    u8(0xf8 | (sps.bitDepthChroma - 8)),
    u16(0),
    u8((sps.temporalLayers << 3) | (sps.temporalIdNested ? 4 : 0) | 3),
    u8(arrays.length),
    ...arrays.map(({ type, nals }) =>
      Buffer.concat([u8(0x80 | type), u16(nals.length), ...nals.map(withLength)]),
    ),
  )
}
