/** A jump this wide in sequence numbers is a sender that began anew, not a loss. */
const restartGap = 3000

/** What a packet is to those before it. */
export type PacketPlace = 'next' | 'behind-gap' | 'late'

/** Sequence numbers of one RTP stream (RFC 3550 5.1), counted as receiver reports want them. */
export class Reception {
  ssrc: number | null = null
  /** With its wraps. */
  highestSequence = 0
  receivedPackets = 0
  lostPackets = 0
  #expected = 0

  /** `late`: it comes behind a later one, or twice. */
  follow(packet: Buffer): PacketPlace {
    const sequence = packet.readUInt16BE(2)
    const ssrc = packet.readUInt32BE(8)
    this.receivedPackets++
    const another = this.ssrc !== null && this.ssrc !== ssrc
    if (this.ssrc !== ssrc) {
      this.ssrc = ssrc
      this.#expected = sequence
      this.highestSequence = sequence
    }
    const gap = (sequence - this.#expected) & 0xffff
    if (gap >= 0x8000 && 0x10000 - gap < restartGap) return 'late'
    if (gap < restartGap) this.lostPackets += gap
    this.#expected = (sequence + 1) & 0xffff
    this.highestSequence += (sequence - this.highestSequence) & 0xffff
    return gap === 0 && !another ? 'next' : 'behind-gap'
  }
}

/** What an RTP packet carries; null: it is none. */
export function payloadOf(packet: Buffer): Buffer | null {
  const start = payloadStart(packet)
  return start < 0 ? null : packet.subarray(start, payloadEnd(packet, start))
}

function payloadStart(packet: Buffer): number {
  if (packet.length < 12) return -1
  const first = packet.readUInt8(0)
  if ((first & 0xc0) !== 0x80) return -1
  let start = 12 + (first & 0x0f) * 4
  if ((first & 0x10) !== 0) {
    if (start + 4 > packet.length) return -1
    start += 4 + packet.readUInt16BE(start + 2) * 4
  }
  return start <= packet.length ? start : -1
}

function payloadEnd(packet: Buffer, start: number): number {
  if ((packet.readUInt8(0) & 0x20) === 0) return packet.length
  const padding = packet.readUInt8(packet.length - 1)
  return Math.max(start, packet.length - padding)
}
