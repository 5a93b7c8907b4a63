import { randomInt } from 'node:crypto'
import type { Writable } from 'node:stream'
import type { UtcMs } from '../../domain/time.ts'
import { senderReport } from '../rtsp/rtcp.ts'

const reportEveryMs = 5000

/** What an RTP stream of ours is made of: packets in one burst, ready for the socket. */
export interface PacketBurst {
  readonly bytes: Buffer
  readonly packets: number
  readonly payloadBytes: number
}

/** One track on its way to one reader: its numbers, and the reports about them (RFC 3550 5.1, 6.4.1). */
export class RtpSender {
  readonly ssrc = randomInt(2 ** 32)
  readonly #socket: Writable
  /** Interleaved channel of RTP and that of RTCP. */
  readonly #channels: readonly [rtp: number, rtcp: number]
  readonly #clockHz: number
  readonly #timestampOffset = randomInt(2 ** 32)
  #sequence = randomInt(2 ** 16)
  #reportedMs = Number.NEGATIVE_INFINITY
  #packets = 0
  #payloadBytes = 0

  constructor(socket: Writable, channels: readonly [rtp: number, rtcp: number], clockHz: number) {
    this.#socket = socket
    this.#channels = channels
    this.#clockHz = clockHz
  }

  get channel(): number {
    return this.#channels[0]
  }

  /** Of the next packet. */
  get sequence(): number {
    return this.#sequence
  }

  timestampOf(pts90k: number): number {
    const ticks = Math.round((pts90k * this.#clockHz) / 90_000)
    // A clock that was set back makes the report's time lie before the stream's beginning.
    const timestamp = (this.#timestampOffset + ticks) % 2 ** 32
    return timestamp < 0 ? timestamp + 2 ** 32 : timestamp
  }

  send({ bytes, packets, payloadBytes }: PacketBurst): void {
    this.#socket.write(bytes)
    this.#sequence = (this.#sequence + packets) & 0xffff
    this.#packets += packets
    this.#payloadBytes += payloadBytes
  }

  /** Before the first packet and then every five seconds. @param programmeUtcMs of that media time */
  report(pts90k: number, programmeUtcMs: UtcMs): void {
    const nowMs = performance.now()
    if (nowMs - this.#reportedMs < reportEveryMs) return
    this.#reportedMs = nowMs
    const sentUtcMs: UtcMs = Date.now()
    const report = senderReport({
      ssrc: this.ssrc,
      sentUtcMs,
      rtpTimestamp: this.timestampOf(pts90k + Math.round((sentUtcMs - programmeUtcMs) * 90)),
      packets: this.#packets,
      payloadBytes: this.#payloadBytes,
    })
    const head = Buffer.from([0x24, this.#channels[1], 0, 0])
    head.writeUInt16BE(report.length, 2)
    this.#socket.write(Buffer.concat([head, report]))
  }
}
