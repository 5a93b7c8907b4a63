import type { VideoCodec } from '../clip.ts'

/** Splits Annex B bytes at their start codes; the pieces point into the given buffer. */
export function splitNals(annexB: Buffer): Buffer[] {
  const nals: Buffer[] = []
  let start = annexB.indexOf('000001', 0, 'hex')
  while (start >= 0) {
    const from = start + 3
    const next = annexB.indexOf('000001', from, 'hex')
    let to = next < 0 ? annexB.length : next
    // A four-byte start code and trailing_zero_8bits both leave zeros behind the NAL unit.
    while (to > from && annexB[to - 1] === 0) to--
    if (to > from) nals.push(annexB.subarray(from, to))
    start = next
  }
  return nals
}

export type NalKind = 'vps' | 'sps' | 'pps' | 'delimiter' | 'other'

export function nalKind(codec: VideoCodec, nal: Buffer): NalKind {
  const head = nal[0] ?? 0
  const kinds: Readonly<Record<number, NalKind>> =
    codec === 'h264'
      ? { 7: 'sps', 8: 'pps', 9: 'delimiter' }
      : { 32: 'vps', 33: 'sps', 34: 'pps', 35: 'delimiter' }
  return kinds[codec === 'h264' ? head & 31 : (head >> 1) & 63] ?? 'other'
}
