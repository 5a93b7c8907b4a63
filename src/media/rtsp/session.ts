import type { StreamSource } from '../../registry/stream-source.ts'
import type { CodecName } from '../codec/parameter-sets.ts'
import type { PullTiming } from '../pull-timing.ts'
import { streamFault } from '../stream-fault.ts'
import { type RtspAddress, requestable, rtspAddress } from './address.ts'
import { RtspConnection } from './connection.ts'
import { badReply, type RtspReply } from './message-reader.ts'
import { controlUrl, type MediaDescription, parseSdp } from './sdp.ts'
import { UdpWay } from './udp-way.ts'

/** A connection that plays one video track. */
export interface RtspSession {
  readonly connection: RtspConnection
  readonly codec: CodecName
  readonly media: MediaDescription
  /** Interleaved channel of RTP and that of RTCP; over UDP 0 and 1. */
  readonly channels: readonly [rtp: number, rtcp: number]
  /** Sends a receiver report, without waiting. */
  readonly report: (packet: Buffer) => void
  /** All bytes that came, on whichever way. */
  readonly receivedBytes: () => number
  /** One sign of life; how often it is due stands in `keepAliveMs`. */
  readonly keepAlive: () => Promise<void>
  readonly keepAliveMs: number
  readonly leave: () => void
}

export interface RtspSessionOptions {
  readonly source: StreamSource
  readonly timing: PullTiming
  readonly signal: AbortSignal
  readonly onPacket: (channel: number, payload: Buffer) => void
}

const mostRedirects = 3
const codecs: Readonly<Record<string, CodecName>> = { H264: 'h264', H265: 'h265', HEVC: 'h265' }
const usualTimeoutS = 60

/** DESCRIBE, SETUP, PLAY (RFC 2326 10). @throws GatewayError with the hop that failed */
export async function openSession(options: RtspSessionOptions): Promise<RtspSession> {
  let address = rtspAddress(options.source.url)
  for (let redirects = 0; ; redirects++) {
    const connection = await RtspConnection.open({
      address,
      credentials: credentialsOf(options.source),
      connectMs: options.timing.connectMs,
      answerMs: options.timing.answerMs,
      signal: options.signal,
      onPacket: options.onPacket,
    })
    const abort = () => connection.end(options.signal.reason)
    options.signal.addEventListener('abort', abort)
    try {
      const description = await connection.request('DESCRIBE', address.url, { Accept: 'application/sdp' })
      if (description.status < 300 || description.status >= 400) {
        return await play(connection, address, description, options.onPacket)
      }
      if (redirects === mostRedirects) throw badReply('it redirects without end')
      address = redirected(address, description)
      connection.end(null)
    } catch (error) {
      connection.end(error)
      throw error
    } finally {
      options.signal.removeEventListener('abort', abort)
    }
  }
}

function credentialsOf({ username, password }: StreamSource) {
  return username === undefined ? null : { username, password: password ?? '' }
}

/**
 * Only to the same host: the registry has checked that one against the permitted networks, and no
 * camera may choose for us where else to go.
 */
function redirected(from: RtspAddress, reply: RtspReply): RtspAddress {
  const to = rtspAddress(reply.headers.get('location')?.[0] ?? '')
  if (to.host === from.host && (to.secure || !from.secure)) return to
  throw streamFault('network', 'redirect-refused', 'The camera sends us to another address.')
}

async function play(
  connection: RtspConnection,
  address: RtspAddress,
  description: RtspReply,
  onPacket: RtspSessionOptions['onPacket'],
): Promise<RtspSession> {
  accept(description, 'DESCRIBE')
  const sdp = parseSdp(description.body)
  const { media, codec } = videoOf(sdp.media)
  const base = baseOf(description, address)
  const aggregate = sdp.control === null ? base : controlUrl(base, sdp.control)
  const track = controlUrl(base, media.control)
  if (!requestable(track) || !requestable(aggregate)) throw badReply('its control address is malformed')
  const { setup, way } = await setUp(connection, track, onPacket)
  try {
    const { id, timeoutS } = sessionOf(setup)
    const headers = { Session: id }
    accept(await connection.request('PLAY', aggregate, { ...headers, Range: 'npt=0.000-' }), 'PLAY')
    let method = 'GET_PARAMETER'
    return {
      connection,
      codec,
      media,
      channels: way.channels,
      report: way.report,
      receivedBytes: way.receivedBytes,
      keepAliveMs: Math.min(30, timeoutS / 2) * 1000,
      async keepAlive() {
        const { status } = await connection.request(method, aggregate, headers, 'patient')
        if (status === 454) throw streamFault('camera', 'session-ended', 'The camera ended the session.')
        // 405, 501 and whatever else: many cameras know only OPTIONS as a sign of life.
        if (status >= 400) method = 'OPTIONS'
      },
      leave() {
        connection.leave('TEARDOWN', aggregate, headers)
        way.close()
      },
    }
  } catch (error) {
    way.close()
    throw error
  }
}

/** How packets come and reports go. */
interface Way extends Pick<RtspSession, 'channels' | 'report' | 'receivedBytes'> {
  readonly close: () => void
}

/** Over TCP, which loses nothing and passes every firewall; by UDP from a camera that knows nothing else. */
async function setUp(
  connection: RtspConnection,
  track: string,
  onPacket: RtspSessionOptions['onPacket'],
): Promise<{ setup: RtspReply; way: Way }> {
  const setup = await connection.request('SETUP', track, {
    Transport: 'RTP/AVP/TCP;unicast;interleaved=0-1',
  })
  if (setup.status !== 461) {
    accept(setup, 'SETUP')
    const channels = channelsOf(setup)
    return {
      setup,
      way: {
        channels,
        report: (packet) => connection.sendPacket(channels[1], packet),
        receivedBytes: () => connection.receivedBytes,
        close: () => undefined,
      },
    }
  }
  const udp = await UdpWay.open(connection.cameraAddress, onPacket)
  try {
    return await setUpUdp(connection, track, udp)
  } catch (error) {
    udp.close()
    throw error
  }
}

async function setUpUdp(
  connection: RtspConnection,
  track: string,
  udp: UdpWay,
): Promise<{ setup: RtspReply; way: Way }> {
  const setup = await connection.request('SETUP', track, {
    Transport: `RTP/AVP;unicast;client_port=${udp.ports.join('-')}`,
  })
  if (setup.status === 461) {
    throw streamFault('camera', 'transport-refused', 'The camera sends RTP neither over TCP nor over UDP.')
  }
  accept(setup, 'SETUP')
  const transport = setup.headers.get('transport')?.[0] ?? ''
  const named = /server_port\s*=\s*(\d{1,5})(?:-(\d{1,5}))?/i.exec(transport)
  const rtp = Number(named?.[1] ?? 0)
  const rtcp = Number(named?.[2] ?? rtp + 1)
  if (rtp > 0 && rtp < 65_536 && rtcp < 65_536) udp.begin([rtp, rtcp])
  return {
    setup,
    way: {
      channels: [0, 1],
      report: (packet) => udp.report(packet),
      receivedBytes: () => connection.receivedBytes + udp.receivedBytes,
      close: () => udp.close(),
    },
  }
}

function accept({ status, reason }: RtspReply, method: string): void {
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

function videoOf(media: readonly MediaDescription[]): { media: MediaDescription; codec: CodecName } {
  const videos = media.filter(({ kind }) => kind === 'video')
  for (const video of videos) {
    const codec = codecs[video.encoding]
    if (codec !== undefined) return { media: video, codec }
  }
  if (videos.length > 0) {
    const name = videos[0]?.encoding === '' ? 'unknown' : (videos[0]?.encoding ?? '')
    throw streamFault('media', 'codec-unsupported', `The camera's video codec cannot be used: ${name}.`)
  }
  const audio = media.some(({ kind }) => kind === 'audio')
  throw audio
    ? streamFault('camera', 'audio-only', 'The camera offers sound but no picture.')
    : streamFault('camera', 'no-video', 'The camera offers no picture.')
}

function baseOf(description: RtspReply, address: RtspAddress): string {
  const named =
    description.headers.get('content-base')?.[0] ?? description.headers.get('content-location')?.[0]
  return named !== undefined && requestable(named) ? named : address.url
}

function sessionOf(setup: RtspReply): { id: string; timeoutS: number } {
  const [id = '', ...parameters] = (setup.headers.get('session')?.[0] ?? '').split(';')
  if (!/^[\x21-\x7e]{1,256}$/.test(id.trim())) throw badReply('it names no session')
  const timeout = parameters.map((text) => /^\s*timeout\s*=\s*(\d{1,6})/i.exec(text)?.[1]).find(Boolean)
  const timeoutS = timeout === undefined ? usualTimeoutS : Number(timeout)
  return { id: id.trim(), timeoutS: Math.max(4, timeoutS) }
}

function channelsOf(setup: RtspReply): readonly [number, number] {
  const text = setup.headers.get('transport')?.[0] ?? ''
  if (!/tcp/i.test(text)) {
    throw streamFault('camera', 'transport-refused', 'The camera does not send RTP over TCP.')
  }
  const named = /interleaved\s*=\s*(\d{1,2})(?:-(\d{1,2}))?/i.exec(text)
  if (named === null) return [0, 1]
  const rtp = Number(named[1])
  return [rtp, named[2] === undefined ? rtp + 1 : Number(named[2])]
}
