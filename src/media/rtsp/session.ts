import type { StreamTransport } from '../../domain/camera.ts'
import type { StreamSource } from '../../registry/stream-source.ts'
import type { CodecName } from '../codec/parameter-sets.ts'
import type { PullTiming } from '../pull-timing.ts'
import { streamFault } from '../stream-fault.ts'
import { type RtspAddress, requestable, rtspAddress } from './address.ts'
import { RtspConnection } from './connection.ts'
import { badReply, type RtspReply } from './message-reader.ts'
import { controlUrl, type MediaDescription, parseSdp } from './sdp.ts'
import { accept, SetUp, type TrackWay } from './set-up.ts'
import { type SoundSource, soundOf } from './sound-payloads.ts'

/** A connection that plays one video track, and one of sound where the camera has one that can be used. */
export interface RtspSession {
  readonly connection: RtspConnection
  readonly codec: CodecName
  readonly media: MediaDescription
  readonly video: TrackWay
  readonly sound: { readonly source: SoundSource; readonly way: TrackWay } | null
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
  readonly memory: CameraMemory
}

/** What one try leaves to the next. */
export interface CameraMemory {
  /** Connections in a row that ended while its sound was asked for: after some it is asked for pictures alone. */
  soundFailures: number
}

const mostRedirects = 3
const mostSoundFailures = 2
const codecs: Readonly<Record<string, CodecName>> = { H264: 'h264', H265: 'h265', HEVC: 'h265' }
const usualTimeoutS = 60

/** DESCRIBE, SETUP, PLAY (RFC 2326 10). @throws GatewayError with the hop that failed */
export async function openSession(options: RtspSessionOptions): Promise<RtspSession> {
  const transport = options.source.transport ?? 'auto'
  let address = rtspAddress(options.source.url, transport)
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
        return await play(connection, address, description, { ...options, transport })
      }
      if (redirects === mostRedirects) throw badReply('it redirects without end')
      address = redirected(address, description, transport)
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
function redirected(from: RtspAddress, reply: RtspReply, transport: StreamTransport): RtspAddress {
  const to = rtspAddress(reply.headers.get('location')?.[0] ?? '', transport)
  if (to.host === from.host && (to.secure || !from.secure)) return to
  throw streamFault('network', 'redirect-refused', 'The camera sends us to another address.')
}

async function play(
  connection: RtspConnection,
  address: RtspAddress,
  description: RtspReply,
  {
    onPacket,
    memory,
    transport,
  }: Pick<RtspSessionOptions, 'onPacket' | 'memory'> & { readonly transport: StreamTransport },
): Promise<RtspSession> {
  accept(description, 'DESCRIBE')
  const sdp = parseSdp(description.body)
  const { media, codec } = videoOf(sdp.media)
  const base = baseOf(description, address)
  const aggregate = sdp.control === null ? base : controlUrl(base, sdp.control)
  const track = controlUrl(base, media.control)
  if (!requestable(track) || !requestable(aggregate)) throw badReply('its control address is malformed')
  const setUp = new SetUp(connection, transport, onPacket)
  try {
    const setup = await setUp.video(track)
    const { id, timeoutS } = sessionOf(setup.reply)
    const headers = { Session: id }
    const source = memory.soundFailures < mostSoundFailures ? soundOf(sdp.media) : null
    if (source !== null) memory.soundFailures++
    const sound = await setUpSound(setUp, source, base, headers)
    accept(await connection.request('PLAY', aggregate, { ...headers, Range: 'npt=0.000-' }), 'PLAY')
    // The next connection tries it once more.
    memory.soundFailures = source === null ? mostSoundFailures - 1 : 0
    let method = 'GET_PARAMETER'
    return {
      connection,
      codec,
      media,
      video: setup.way,
      sound,
      receivedBytes: () => connection.receivedBytes + setUp.udpBytes,
      keepAliveMs: Math.min(30, timeoutS / 2) * 1000,
      async keepAlive() {
        const { status } = await connection.request(method, aggregate, headers, 'patient')
        if (status === 454) throw streamFault('camera', 'session-ended', 'The camera ended the session.')
        // 405, 501 and whatever else: many cameras know only OPTIONS as a sign of life.
        if (status >= 400) method = 'OPTIONS'
      },
      leave() {
        connection.leave('TEARDOWN', aggregate, headers)
        setUp.close()
      },
    }
  } catch (error) {
    setUp.close()
    throw error
  }
}

/** A camera that refuses its sound has none: that is no reason to go without its pictures. */
async function setUpSound(
  setUp: SetUp,
  source: SoundSource | null,
  base: string,
  headers: Readonly<Record<string, string>>,
): Promise<RtspSession['sound']> {
  if (source === null) return null
  const url = controlUrl(base, source.media.control)
  const way = requestable(url) ? await setUp.sound(url, headers) : null
  return way === null ? null : { source, way }
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
