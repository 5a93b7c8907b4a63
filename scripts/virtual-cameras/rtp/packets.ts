import type { VideoCodec } from '../clip.ts'
import { nalKind } from './nal.ts'

/**
 * RTP packets of one access unit, each behind the four-byte interleaved header of RFC 2326 §10.12, so that
 * one write sends them all over TCP. `starts` holds the offset of every packet's interleaved header.
 */
export interface PacketBurst {
  readonly bytes: Buffer
  readonly starts: readonly number[]
}

export const INTERLEAVED_HEADER_BYTES = 4
const RTP_HEADER_BYTES = 12
/** Fits an Ethernet frame with IPv4, UDP and RTP headers and some room for tunnels. */
const MAX_PAYLOAD_BYTES = 1400

/** H.264 by RFC 6184 (mode 1), H.265 by RFC 7798. */
export function packetiseVideo(codec: VideoCodec, nals: readonly Buffer[], payloadType: number): PacketBurst {
  const wanted = nals.filter((nal) => nalKind(codec, nal) !== 'delimiter')
  const payloads: Buffer[] = []
  let small: Buffer[] = []
  const flush = (): void => {
    if (small.length === 1) payloads.push(...small)
    else if (small.length > 1) payloads.push(aggregate(codec, small))
    small = []
  }
  for (const nal of wanted) {
    const aggregated = small.reduce((sum, each) => sum + each.length + 2, 3) + nal.length + 2
    if (aggregated > MAX_PAYLOAD_BYTES) flush()
    if (nal.length > MAX_PAYLOAD_BYTES) payloads.push(...fragments(codec, nal))
    else small.push(nal)
  }
  flush()
  return packetise(payloads, payloadType)
}

/** Wraps payloads in RTP; the last packet carries the marker. Sequence, time stamp and SSRC stay zero. */
export function packetise(payloads: readonly Buffer[], payloadType: number): PacketBurst {
  const headers = INTERLEAVED_HEADER_BYTES + RTP_HEADER_BYTES
  const bytes = Buffer.alloc(payloads.reduce((sum, payload) => sum + headers + payload.length, 0))
  const starts: number[] = []
  let at = 0
  for (const [i, payload] of payloads.entries()) {
    starts.push(at)
    bytes[at] = 0x24
    bytes.writeUInt16BE(RTP_HEADER_BYTES + payload.length, at + 2)
    bytes[at + 4] = 0x80
    bytes[at + 5] = payloadType | (i === payloads.length - 1 ? 0x80 : 0)
    payload.copy(bytes, at + headers)
    at += headers + payload.length
  }
  return { bytes, starts }
}

/** STAP-A, or H.265's aggregation packet: several small units (parameter sets, SEI) in one packet. */
function aggregate(codec: VideoCodec, nals: readonly Buffer[]): Buffer {
  const head =
    codec === 'h264'
      ? Buffer.from([24 | Math.max(...nals.map((nal) => (nal[0] ?? 0) & 0x60))])
      : Buffer.from([48 << 1, 1])
  const sized = nals.flatMap((nal) => {
    const size = Buffer.alloc(2)
    size.writeUInt16BE(nal.length)
    return [size, nal]
  })
  return Buffer.concat([head, ...sized])
}

/** FU-A, or H.265's FU: one large unit over several packets. */
function fragments(codec: VideoCodec, nal: Buffer): Buffer[] {
  const headBytes = codec === 'h264' ? 1 : 2
  const first = nal[0] ?? 0
  const type = codec === 'h264' ? first & 31 : (first >> 1) & 63
  const head = codec === 'h264' ? [(first & 0xe0) | 28] : [(first & 0x81) | (49 << 1), nal[1] ?? 0]
  const room = MAX_PAYLOAD_BYTES - head.length - 1
  const pieces: Buffer[] = []
  for (let at = headBytes; at < nal.length; at += room) {
    const start = at === headBytes ? 0x80 : 0
    const end = at + room >= nal.length ? 0x40 : 0
    pieces.push(Buffer.concat([Buffer.from([...head, start | end | type]), nal.subarray(at, at + room)]))
  }
  return pieces
}
