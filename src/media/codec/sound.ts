import { type AacConfiguration, silentAac } from './aac.ts'
import { flacBlockSamples, flacFrame } from './flac.ts'
import { type G711Law, silentByte } from './g711.ts'

/** A camera's sound: AAC goes on as it is, G.711 as FLAC, which says the same to the bit. */
export type SoundFormat =
  | ({ readonly encoding: 'aac' } & AacConfiguration)
  | { readonly encoding: G711Law; readonly rateHz: number }

/** One frame of AAC, or `flacBlockSamples` of G.711. */
export interface SoundSample {
  readonly pts90k: number
  readonly duration90k: number
  /** As the camera sent it. */
  readonly bytes: Buffer
}

/** RFC 6381, of what stands in MP4. */
export function soundCodec(format: SoundFormat): string {
  return format.encoding === 'aac' ? format.codec : 'flac'
}

/** Of one sample, in 90 kHz: not always a whole number. */
export function sampleTicks(format: SoundFormat): number {
  const samples = format.encoding === 'aac' ? format.frameSamples : flacBlockSamples
  return (samples * 90_000) / format.rateHz
}

export function silence(format: SoundFormat): Buffer {
  if (format.encoding === 'aac') return silentAac(format.channels)
  return Buffer.alloc(flacBlockSamples, silentByte[format.encoding])
}

/** As it stands in MP4. */
export function muxedSound(format: SoundFormat, { bytes, pts90k }: SoundSample): Buffer {
  if (format.encoding === 'aac') return bytes
  const number = Math.round(pts90k / sampleTicks(format)) % 2 ** 31
  return flacFrame(bytes, format.encoding, format.rateHz, number)
}
