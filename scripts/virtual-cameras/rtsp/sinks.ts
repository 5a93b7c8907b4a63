import { randomFillSync } from 'node:crypto'
import type { Socket as UdpSocket } from 'node:dgram'
import type { Socket } from 'node:net'
import type { Burst, Feed, NextKeyframe } from '../rtp/feed.ts'
import { INTERLEAVED_HEADER_BYTES } from '../rtp/packets.ts'
import { senderReport } from '../rtp/sender-report.ts'

/** How one client gets one track. */
export interface Wire {
  /** False: this client is behind, the burst was not taken. */
  readonly send: (burst: Burst) => boolean
  readonly sendReport: (report: Buffer) => void
  /** The Transport header of the answer to SETUP. */
  readonly transport: string
}

/** What a sink asks its camera at every burst. */
export interface SinkTrouble {
  readonly muted: (kind: 'video' | 'audio') => boolean
  readonly garbage: () => boolean
  readonly clockOffMs: () => number
}

/** Cameras do either: wait for the encoder's next keyframe, or begin with the last one at once. */
export type FirstKeyframe = 'next-keyframe' | 'last-keyframe'

const REPORT_EVERY_MS = 5000
/** About ten seconds of a main stream. What a client leaves unread beyond it is dropped, not kept. */
const MAX_WAITING_BYTES = 2 * 1024 * 1024

/** Feeds one client from keyframe to keyframe: a client that is new, behind or muted waits for the next one. */
export class Sink {
  readonly feed: Feed
  readonly wire: Wire
  readonly #trouble: SinkTrouble
  #stop: (() => void) | undefined
  #waitsForKeyframe = true
  #reportedMs = Number.NEGATIVE_INFINITY
  #packets = 0
  #octets = 0

  constructor(feed: Feed, wire: Wire, trouble: SinkTrouble) {
    this.feed = feed
    this.wire = wire
    this.#trouble = trouble
  }

  /**
   * Nothing changes for a client that says PLAY again while it plays.
   * @param from the keyframe that it begins with
   */
  play(from: FirstKeyframe): void {
    if (this.#stop) return
    this.#waitsForKeyframe = true
    this.#stop = this.feed.listen((burst) => this.#take(burst))
    if (from === 'last-keyframe') this.synchronise()
  }

  /** What RTP-Info says of the first packet. */
  first(from: FirstKeyframe): NextKeyframe {
    const [last] = from === 'last-keyframe' ? this.feed.sinceKeyframe() : []
    if (last === undefined) return this.feed.nextKeyframe()
    const rtp = (last.starts[0] ?? 0) + INTERLEAVED_HEADER_BYTES
    return { sequence: last.bytes.readUInt16BE(rtp + 2), stamp: last.bytes.readUInt32BE(rtp + 4) }
  }

  /** A file cannot be made to bring a keyframe now: who waits for one gets the last, with what followed. */
  synchronise(): void {
    if (!this.#stop || !this.#waitsForKeyframe) return
    for (const burst of this.feed.sinceKeyframe()) this.#take(burst)
  }

  pause(): void {
    this.#stop?.()
    this.#stop = undefined
  }

  #take(burst: Burst): void {
    if (this.#waitsForKeyframe && !burst.keyframe) return
    if (this.#trouble.muted(this.feed.track.kind)) {
      this.#waitsForKeyframe = true
      return
    }
    const now = performance.now()
    if (now - this.#reportedMs >= REPORT_EVERY_MS) {
      this.#reportedMs = now
      const { stamp, utcMs } = this.feed.clock()
      const report = { ssrc: this.feed.ssrc, stamp, utcMs: utcMs + this.#trouble.clockOffMs() }
      this.wire.sendReport(senderReport({ ...report, packets: this.#packets, octets: this.#octets }))
    }
    const taken = this.wire.send(this.#trouble.garbage() ? garbageLike(burst) : burst)
    this.#waitsForKeyframe = !taken
    if (!taken) return
    this.#packets += burst.starts.length
    this.#octets += burst.bytes.length - burst.starts.length * 16
  }
}

/** As many random bytes as the burst had: over TCP not even the interleaved framing survives. */
function garbageLike(burst: Burst): Burst {
  return { ...burst, bytes: randomFillSync(Buffer.allocUnsafe(burst.bytes.length)) }
}

export function interleavedWire(socket: Socket, channels: readonly [number, number], ssrc: number): Wire {
  return {
    transport: `RTP/AVP/TCP;unicast;interleaved=${channels[0]}-${channels[1]};ssrc=${hex32(ssrc)}`,
    send: (burst) => {
      if (socket.writableLength > MAX_WAITING_BYTES) return false
      let { bytes } = burst
      if (channels[0] !== 0) {
        bytes = Buffer.from(bytes)
        for (const start of burst.starts) bytes[start + 1] = channels[0]
      }
      socket.write(bytes)
      return true
    },
    sendReport: (report) => {
      if (socket.writableLength > MAX_WAITING_BYTES) return
      const header = Buffer.from([0x24, channels[1], 0, 0])
      header.writeUInt16BE(report.length, 2)
      socket.write(Buffer.concat([header, report]))
    },
  }
}

export interface UdpRoute {
  readonly rtp: UdpSocket
  readonly rtcp: UdpSocket
  readonly serverPorts: readonly [number, number]
  readonly clientAddress: string
  readonly clientPorts: readonly [number, number]
}

export function udpWire(route: UdpRoute, ssrc: number): Wire {
  const { clientPorts, serverPorts, clientAddress } = route
  const ports = `client_port=${clientPorts.join('-')};server_port=${serverPorts.join('-')}`
  return {
    transport: `RTP/AVP;unicast;${ports};ssrc=${hex32(ssrc)}`,
    send: ({ bytes, starts }) => {
      for (const [i, start] of starts.entries()) {
        const from = start + INTERLEAVED_HEADER_BYTES
        route.rtp.send(bytes, from, (starts[i + 1] ?? bytes.length) - from, clientPorts[0], clientAddress)
      }
      return true
    },
    sendReport: (report) => route.rtcp.send(report, clientPorts[1], clientAddress),
  }
}

function hex32(value: number): string {
  return value.toString(16).toUpperCase().padStart(8, '0')
}
