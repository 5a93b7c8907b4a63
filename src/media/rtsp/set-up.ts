import type { StreamTransport } from '../../domain/camera.ts'
import { streamFault } from '../stream-fault.ts'
import type { RtspConnection } from './connection.ts'
import type { RtspReply } from './message-reader.ts'
import { UdpWay } from './udp-way.ts'

/** How one track comes. */
export interface TrackWay {
  /** Interleaved channel of RTP and that of RTCP; over UDP two that nothing else has. */
  readonly channels: readonly [rtp: number, rtcp: number]
  /** Sends a receiver report, without waiting. */
  readonly report: (packet: Buffer) => void
}

type OnPacket = (channel: number, payload: Buffer) => void

const channelsFor = { video: 0, sound: 2 } as const

/**
 * Agrees on how each track comes (RFC 2326 10.4): over TCP, which loses nothing and passes every firewall;
 * by UDP from a camera that knows nothing else.
 */
export class SetUp {
  readonly #connection: RtspConnection
  readonly #transport: StreamTransport
  readonly #onPacket: OnPacket
  #overUdp = false
  readonly #udp: UdpWay[] = []

  constructor(connection: RtspConnection, transport: StreamTransport, onPacket: OnPacket) {
    this.#connection = connection
    this.#transport = transport
    this.#onPacket = onPacket
  }

  get udpBytes(): number {
    return this.#udp.reduce((sum, { receivedBytes }) => sum + receivedBytes, 0)
  }

  close(): void {
    for (const way of this.#udp) way.close()
  }

  async video(url: string): Promise<{ readonly reply: RtspReply; readonly way: TrackWay }> {
    if (this.#transport !== 'udp') {
      const overTcp = await this.#overTcp(url, channelsFor.video, {})
      if (overTcp.status !== 461) {
        accept(overTcp, 'SETUP')
        return { reply: overTcp, way: this.#interleaved(overTcp, channelsFor.video) }
      }
      if (this.#transport !== 'auto') throw transportRefused()
    }
    this.#overUdp = true
    const { reply, udp } = await this.#byUdp(url, channelsFor.video, {})
    if (reply.status === 461) {
      throw transportRefused()
    }
    accept(reply, 'SETUP')
    return { reply, way: begun(udp, reply, channelsFor.video) }
  }

  /** The same way as the pictures; null: the camera refuses. */
  async sound(url: string, headers: Readonly<Record<string, string>>): Promise<TrackWay | null> {
    if (this.#overUdp) {
      const { reply, udp } = await this.#byUdp(url, channelsFor.sound, headers)
      return reply.status === 200 ? begun(udp, reply, channelsFor.sound) : null
    }
    const reply = await this.#overTcp(url, channelsFor.sound, headers)
    return reply.status === 200 && isOverTcp(reply) ? this.#interleaved(reply, channelsFor.sound) : null
  }

  #overTcp(url: string, channel: number, headers: Readonly<Record<string, string>>): Promise<RtspReply> {
    return this.#connection.request('SETUP', url, {
      ...headers,
      Transport: `RTP/AVP/TCP;unicast;interleaved=${channel}-${channel + 1}`,
    })
  }

  async #byUdp(
    url: string,
    channel: number,
    headers: Readonly<Record<string, string>>,
  ): Promise<{ readonly reply: RtspReply; readonly udp: UdpWay }> {
    const udp = await UdpWay.open(this.#connection.cameraAddress, (which, packet) =>
      this.#onPacket(channel + which, packet),
    )
    this.#udp.push(udp)
    const reply = await this.#connection.request('SETUP', url, {
      ...headers,
      Transport: `RTP/AVP;unicast;client_port=${udp.ports.join('-')}`,
    })
    return { reply, udp }
  }

  #interleaved(reply: RtspReply, asked: number): TrackWay {
    if (!isOverTcp(reply)) {
      throw transportRefused()
    }
    const named = /interleaved\s*=\s*(\d{1,2})(?:-(\d{1,2}))?/i.exec(transportOf(reply))
    const rtp = named === null ? asked : Number(named[1])
    const channels = [rtp, Number(named?.[2] ?? rtp + 1)] as const
    return { channels, report: (packet) => this.#connection.sendPacket(channels[1], packet) }
  }
}

function transportRefused(): Error {
  return streamFault(
    'camera',
    'transport-refused',
    'The camera sends its stream in none of the ways allowed.',
  )
}

function transportOf(reply: RtspReply): string {
  return reply.headers.get('transport')?.[0] ?? ''
}

function isOverTcp(reply: RtspReply): boolean {
  return /tcp/i.test(transportOf(reply))
}

function begun(udp: UdpWay, reply: RtspReply, channel: number): TrackWay {
  const named = /server_port\s*=\s*(\d{1,5})(?:-(\d{1,5}))?/i.exec(transportOf(reply))
  const rtp = Number(named?.[1] ?? 0)
  const rtcp = Number(named?.[2] ?? rtp + 1)
  if (rtp > 0 && rtp < 65_536 && rtcp < 65_536) udp.begin([rtp, rtcp])
  return { channels: [channel, channel + 1], report: (packet) => udp.report(packet) }
}

/** @throws GatewayError with what the status says */
export function accept({ status, reason }: RtspReply, method: string): void {
  if (status === 200) return
  if (status === 403) {
    throw streamFault('password', 'access-denied', 'The camera denies this account the stream.')
  }
  if (status === 404) {
    throw streamFault('camera', 'stream-not-found', 'The camera has no stream at this address.')
  }
  if (status === 453 || status === 503) {
    throw streamFault('camera', 'camera-busy', 'The camera has no room for another viewer.')
  }
  const why = reason.replace(/[^\x20-\x7e]/g, '?')
  throw streamFault('camera', 'request-refused', `The camera refuses ${method}: ${status} ${why}`.trimEnd())
}
