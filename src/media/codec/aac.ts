import { BitReader } from './bit-reader.ts'

/** What a decoder must know of AAC (ISO/IEC 14496-3 1.6.2.1). */
export interface AacConfiguration {
  /** AudioSpecificConfig, as the camera announced it. */
  readonly bytes: Buffer
  /** RFC 6381, e.g. `mp4a.40.2`. */
  readonly codec: string
  /** Of the core coder: with SBR what is heard has twice as much. */
  readonly rateHz: number
  readonly channels: 1 | 2
  /** Of the core coder, in one frame. */
  readonly frameSamples: number
}

const rates = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000, 7350,
]
/** Object types: Low Complexity, spectral band replication, parametric stereo. */
const [lowComplexity, bandReplication, parametricStereo] = [2, 5, 29]

/**
 * A frame without any sound (ISO/IEC 14496-3 4.4.2): one channel element whose window has no bands, and
 * the end. The same at every rate.
 */
const silentFrames: Readonly<Record<1 | 2, Buffer>> = {
  1: Buffer.from('00000007', 'hex'),
  2: Buffer.from('2000000000000e', 'hex'),
}

export function silentAac(channels: 1 | 2): Buffer {
  return silentFrames[channels]
}

/** AAC-LC, alone or below SBR, in one or two channels. @throws RangeError, GatewayError where it ends too early */
export function parseAacConfiguration(bytes: Buffer): AacConfiguration {
  const bits = new BitReader(bytes)
  const announced = objectType(bits)
  const rateHz = rate(bits)
  const channels = bits.bits(4)
  let core = announced
  if (announced === bandReplication || announced === parametricStereo) {
    rate(bits)
    core = objectType(bits)
  }
  if (core !== lowComplexity) throw unsupported(`object type ${core}`)
  if (channels !== 1 && channels !== 2) throw unsupported(`${channels} channels`)
  const frameSamples = bits.flag() ? 960 : 1024
  return { bytes, codec: `mp4a.40.${announced}`, rateHz, channels, frameSamples }
}

function objectType(bits: BitReader): number {
  const type = bits.bits(5)
  return type === 31 ? 32 + bits.bits(6) : type
}

function rate(bits: BitReader): number {
  const index = bits.bits(4)
  const hz = index === 15 ? bits.bits(24) : rates[index]
  if (hz === undefined || hz < 4000 || hz > 96_000) throw unsupported('an unknown rate')
  return hz
}

/**
 * The AudioSpecificConfig inside a StreamMuxConfig (ISO/IEC 14496-3 1.7.3), as RFC 6416 announces it:
 * one program, one layer, one frame at a time. @throws RangeError, GatewayError where it ends too early
 */
export function latmConfiguration(mux: Buffer): AacConfiguration {
  const bits = new BitReader(mux)
  const head = bits.bits(15)
  // Version 0, same time framing, and no further frames, programs or layers.
  if (head !== 0x2000) throw unsupported('LATM of several layers')
  const [type, index, channels] = [bits.bits(5), bits.bits(4), bits.bits(4)]
  if (type !== lowComplexity || index === 15) throw unsupported(`object type ${type} in LATM`)
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE((type << 11) | (index << 7) | (channels << 3))
  return parseAacConfiguration(bytes)
}

/** Not for a camera's condition: whose sound cannot be used is one without sound. */
export function unsupported(what: string): RangeError {
  return new RangeError(`this sound cannot be used: ${what}`)
}
