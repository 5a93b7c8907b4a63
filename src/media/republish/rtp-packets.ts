import type { CodecName } from '../codec/parameter-sets.ts'
import type { PacketBurst } from './rtp-sender.ts'

export const payloadType = 96
/** Fits an Ethernet frame with room for tunnels, should a reader send the packets on over UDP. */
const mostPayloadBytes = 1400
/** `$`, channel and length (RFC 2326 10.12), then the RTP header (RFC 3550 5.1). */
const headBytes = 4 + 12

/** How a NAL unit is split: bytes of its own header, and of that which every piece gets (RFC 6184 5.8, RFC 7798 4.4.3). */
const fragmentation = {
  h264: { nalHeaderBytes: 1, pieceHeaderBytes: 2 },
  h265: { nalHeaderBytes: 2, pieceHeaderBytes: 3 },
} as const

export interface PacketRun {
  readonly codec: CodecName
  readonly channel: number
  readonly ssrc: number
  /** Of the first packet. */
  readonly sequence: number
  readonly timestamp: number
}

/** One picture: single NAL unit packets where one fits, else fragmentation units; the last packet is marked. */
export function packetize(nals: readonly Buffer[], run: PacketRun): PacketBurst {
  const { nalHeaderBytes, pieceHeaderBytes } = fragmentation[run.codec]
  const pieceBytes = mostPayloadBytes - pieceHeaderBytes
  const piecesOf = (nal: Buffer) =>
    nal.length <= mostPayloadBytes ? 1 : Math.ceil((nal.length - nalHeaderBytes) / pieceBytes)
  let packets = 0
  let payloadBytes = 0
  for (const nal of nals) {
    const pieces = piecesOf(nal)
    packets += pieces
    payloadBytes += pieces === 1 ? nal.length : nal.length - nalHeaderBytes + pieces * pieceHeaderBytes
  }
  const bytes = Buffer.allocUnsafe(packets * headBytes + payloadBytes)
  let at = 0
  let packet = 0
  const head = (payload: number) => {
    bytes[at] = 0x24
    bytes[at + 1] = run.channel
    bytes.writeUInt16BE(12 + payload, at + 2)
    bytes[at + 4] = 0x80
    bytes[at + 5] = (packet === packets - 1 ? 0x80 : 0) | payloadType
    bytes.writeUInt16BE((run.sequence + packet) & 0xffff, at + 6)
    bytes.writeUInt32BE(run.timestamp, at + 8)
    bytes.writeUInt32BE(run.ssrc, at + 12)
    at += headBytes
    packet++
  }
  for (const nal of nals) {
    const pieces = piecesOf(nal)
    if (pieces === 1) {
      head(nal.length)
      at += nal.copy(bytes, at)
      continue
    }
    for (let piece = 0; piece < pieces; piece++) {
      const from = nalHeaderBytes + piece * pieceBytes
      const to = Math.min(nal.length, from + pieceBytes)
      head(pieceHeaderBytes + to - from)
      at = writePieceHeader(bytes, at, nal, run.codec, piece === 0, piece === pieces - 1)
      at += nal.copy(bytes, at, from, to)
    }
  }
  return { bytes, packets, payloadBytes }
}

function writePieceHeader(
  target: Buffer,
  at: number,
  nal: Buffer,
  codec: CodecName,
  first: boolean,
  last: boolean,
): number {
  const ends = (first ? 0x80 : 0) | (last ? 0x40 : 0)
  const head = nal.readUInt8(0)
  if (codec === 'h264') {
    target[at] = (head & 0xe0) | 28
    target[at + 1] = ends | (head & 0x1f)
    return at + 2
  }
  target[at] = (head & 0x81) | (49 << 1)
  target[at + 1] = nal.readUInt8(1)
  target[at + 2] = ends | ((head >> 1) & 0x3f)
  return at + 3
}
