import type { CodecName } from '../codec/parameter-sets.ts'

export type NalRole = 'keyframe' | 'picture' | 'parameter-set' | 'information' | 'left-out'

/**
 * Where a depacketiser puts what it finds. The bytes are views into the memory that every camera is read
 * into: they are lent for the call, and who keeps them copies them.
 */
export interface NalSink {
  whole(nal: Buffer): void
  /** First piece, with the NAL unit's own header in front. */
  begin(piece: Buffer): void
  more(piece: Buffer): void
  end(): void
  malformed(): void
}

export interface PayloadFormat {
  roleOf(firstByte: number): NalRole
  /** Of a slice: whether it is the first of its picture. */
  beginsPicture(slice: Buffer): boolean
  unpack(payload: Buffer, sink: NalSink): void
}

export const payloadFormats: Readonly<Record<CodecName, PayloadFormat>> = {
  // first_mb_in_slice = 0 is coded as a single one bit (ITU-T H.264 7.3.3).
  h264: { roleOf: h264Role, beginsPicture: (slice) => firstBit(slice, 1), unpack: unpackH264 },
  // first_slice_segment_in_pic_flag (ITU-T H.265 7.3.6.1)
  h265: { roleOf: h265Role, beginsPicture: (slice) => firstBit(slice, 2), unpack: unpackH265 },
}

function firstBit(nal: Buffer, headerBytes: number): boolean {
  return ((nal[headerBytes] ?? 0) & 0x80) !== 0
}

/** ITU-T H.264 table 7-1. */
function h264Role(firstByte: number): NalRole {
  const type = firstByte & 0x1f
  if (type === 5) return 'keyframe'
  if (type >= 1 && type <= 4) return 'picture'
  if (type === 7 || type === 8) return 'parameter-set'
  return type === 6 ? 'information' : 'left-out'
}

/** RFC 6184 5.6-5.8: single, STAP-A and FU-A; `decoding-order.ts` has the interleaved kinds. */
function unpackH264(payload: Buffer, sink: NalSink): void {
  const head = payload[0]
  const second = payload[1]
  if (head === undefined || second === undefined || head > 0x7f) {
    sink.malformed()
    return
  }
  const type = head & 0x1f
  if (type >= 1 && type <= 23) sink.whole(payload)
  else if (type === 24) unpackAggregate(payload, 1, sink)
  else if (type === 28 && payload.length > 2) {
    // The NAL header is rebuilt where the fragment header stood: no copy.
    if ((second & 0x80) !== 0) {
      payload[1] = (head & 0xe0) | (second & 0x1f)
      sink.begin(payload.subarray(1))
    } else sink.more(payload.subarray(2))
    if ((second & 0x40) !== 0) sink.end()
  } else sink.malformed()
}

/** ITU-T H.265 table 7-1. */
function h265Role(firstByte: number): NalRole {
  const type = (firstByte >> 1) & 0x3f
  if (type >= 16 && type <= 21) return 'keyframe'
  if (type <= 31) return 'picture'
  if (type <= 34) return 'parameter-set'
  return type === 39 || type === 40 ? 'information' : 'left-out'
}

/** RFC 7798 4.4: single, AP and FU, without DONL. */
function unpackH265(payload: Buffer, sink: NalSink): void {
  const head = payload[0]
  const third = payload[2]
  if (head === undefined || third === undefined || head > 0x7f) {
    sink.malformed()
    return
  }
  const type = (head >> 1) & 0x3f
  if (type < 48) sink.whole(payload)
  else if (type === 48) unpackAggregate(payload, 2, sink)
  else if (type === 49 && payload.length > 3) {
    if ((third & 0x80) !== 0) {
      payload[2] = payload.readUInt8(1)
      payload[1] = (head & 0x81) | ((third & 0x3f) << 1)
      sink.begin(payload.subarray(1))
    } else sink.more(payload.subarray(3))
    if ((third & 0x40) !== 0) sink.end()
  } else sink.malformed()
}

function unpackAggregate(payload: Buffer, from: number, sink: NalSink): void {
  let at = from
  while (at + 2 < payload.length) {
    const end = at + 2 + payload.readUInt16BE(at)
    if (end === at + 2 || end > payload.length) {
      sink.malformed()
      return
    }
    sink.whole(payload.subarray(at + 2, end))
    at = end
  }
}
