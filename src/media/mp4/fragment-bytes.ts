import { type AccessUnit, writeSample } from '../codec/access-unit.ts'

export interface TimedSample {
  readonly unit: Pick<AccessUnit, 'keyframe' | 'sampleBytes'>
  readonly dts90k: number
  readonly pts90k: number
  readonly duration90k: number
}

export interface TimedUnit extends TimedSample {
  readonly unit: AccessUnit
}

/** sample_depends_on = 2 for a keyframe; 1 and sample_is_non_sync_sample otherwise (14496-12 8.8.3.1). */
const keyframeFlags = 0x02000000
const otherFlags = 0x01010000

/** `moof` up to its first sample's entry, and what each entry takes. */
export const fixedHeaderBytes = 88
export const perSampleBytes = 16

/** `moof` + `mdat` (ISO/IEC 14496-12 8.8). */
export function fragmentBytes(sequence: number, units: readonly TimedUnit[]): Buffer {
  return fragmentOf(sequence, units, (target, from) => {
    let at = from
    for (const { unit } of units) at = writeSample(unit, target, at)
  })
}

/**
 * The same in one allocation, which every consumer shares.
 * @param writeMedia puts the samples end to end from there on
 */
export function fragmentOf(
  sequence: number,
  samples: readonly TimedSample[],
  writeMedia: (target: Buffer, at: number) => void,
): Buffer {
  const moofBytes = fixedHeaderBytes + perSampleBytes * samples.length
  const mediaBytes = samples.reduce((sum, { unit }) => sum + unit.sampleBytes, 0)
  const bytes = Buffer.allocUnsafe(moofBytes + 8 + mediaBytes)
  let at = 0
  const word = (value: number) => {
    at = bytes.writeUInt32BE(value, at)
  }
  const head = (size: number, type: string) => {
    word(size)
    at += bytes.write(type, at, 4, 'latin1')
  }
  head(moofBytes, 'moof')
  head(16, 'mfhd')
  word(0)
  word(sequence % 2 ** 32)
  head(moofBytes - 24, 'traf')
  head(16, 'tfhd')
  word(0x020000) // default-base-is-moof
  word(1)
  head(20, 'tfdt')
  word(0x01000000)
  at = bytes.writeBigUInt64BE(BigInt(samples[0]?.dts90k ?? 0), at)
  head(20 + perSampleBytes * samples.length, 'trun')
  word(0x01000f01) // version 1: signed composition offsets; offset, duration, size, flags each
  word(samples.length)
  word(moofBytes + 8)
  for (const { unit, dts90k, pts90k, duration90k } of samples) {
    word(duration90k)
    word(unit.sampleBytes)
    word(unit.keyframe ? keyframeFlags : otherFlags)
    at = bytes.writeInt32BE(pts90k - dts90k, at)
  }
  head(8 + mediaBytes, 'mdat')
  writeMedia(bytes, at)
  return bytes
}

/** The first picture of a fragment of ours in a fragment of its own. */
export function firstSampleAlone(fragment: Buffer): Buffer {
  const mediaBytes = fragment.readUInt32BE(fixedHeaderBytes + 4)
  const mediaAt = fragment.readUInt32BE(0) + 8
  const moofBytes = fixedHeaderBytes + perSampleBytes
  const bytes = Buffer.allocUnsafe(moofBytes + 8 + mediaBytes)
  fragment.copy(bytes, 0, 0, moofBytes)
  bytes.writeUInt32BE(moofBytes, 0)
  bytes.writeUInt32BE(moofBytes - 24, 24) // traf
  bytes.writeUInt32BE(20 + perSampleBytes, 68) // trun
  bytes.writeUInt32BE(1, 80)
  bytes.writeUInt32BE(moofBytes + 8, 84)
  bytes.writeUInt32BE(8 + mediaBytes, moofBytes)
  bytes.write('mdat', moofBytes + 4, 'latin1')
  fragment.copy(bytes, moofBytes + 8, mediaAt, mediaAt + mediaBytes)
  return bytes
}
