import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import type { ViewLog } from '../../access/audit/views.ts'
import { cameraNotThere, requireAllowedAt } from '../../access/authorise.ts'
import type { Places } from '../../access/places.ts'
import type { StreamName } from '../../domain/camera.ts'
import type { CameraId } from '../../domain/ids.ts'
import type { Principal } from '../../domain/policy.ts'
import type { Log } from '../../platform/log.ts'
import type { StreamSource } from '../../registry/stream-source.ts'
import type { Admission, Lease } from '../admission.ts'
import type { SoundFormat } from '../codec/sound.ts'
import type { StreamHub } from '../hub.ts'
import { type StoredFormat, storedFormat } from '../mp4/stored-parameter-sets.ts'
import { MessageReader, type RtspRequest } from '../rtsp/message-reader.ts'
import type { StreamHandle } from '../subscriber.ts'
import { describe, type TrackName } from './description.ts'
import { KeyCheck, statusOf } from './key-check.ts'
import type { RtspKeys } from './rtsp-keys.ts'
import { ViewerStream } from './viewer-stream.ts'
import { channelsOf, type Target, targetOf } from './viewer-target.ts'

export interface ViewerServices {
  readonly log: Log
  readonly hub: StreamHub
  readonly keys: RtspKeys
  readonly places: Pick<Places, 'ofCamera'>
  readonly views: Pick<ViewLog, 'begin'>
  readonly admission: Admission
  /** @throws GatewayError `camera-unknown` */
  readonly source: (cameraId: CameraId, stream: StreamName) => Promise<StreamSource>
  /** Whether one more may play. */
  readonly hasRoom: () => boolean
  /** Told when a session is over: pictures that its reader was too slow for. */
  readonly dropped: (pictures: number) => void
}

interface Answer {
  readonly status: number
  readonly headers?: readonly string[]
  readonly body?: string
  /** What to do when it has been written. */
  readonly written?: () => void
}

/** What a stream holds, as a reader is told. */
interface Content {
  readonly pictures: StoredFormat
  readonly sound: SoundFormat | null
}

interface Playing {
  readonly stream: ViewerStream
  readonly handle: StreamHandle
  readonly lease: Lease
  readonly endView: () => void
}

interface Session {
  readonly id: string
  readonly target: Target
  readonly channels: Map<TrackName, readonly [number, number]>
  playing: Playing | null
}

const reasons: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  453: 'Not Enough Bandwidth',
  454: 'Session Not Found',
  455: 'Method Not Valid in This State',
  461: 'Unsupported Transport',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
  551: 'Option Not Supported',
}
const methods = 'OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, TEARDOWN, GET_PARAMETER, SET_PARAMETER'
/** Readers with a live connection send requests rarely: TCP tells us that they are there. */
const sessionTimeoutS = 60
const mostUnanswered = 16
const mostRefusals = 4
/** Answers to somebody who has shown no key yet are small; whoever leaves them lying only fills our memory. */
const mostUntakenBytes = 64 * 1024
/** More than pictures and answers to a reader of ours ever are. */
const mostUntakenByReaderBytes = 16 * 2 ** 20
/** A camera may wait for its next keyframe before it says what it sends. */
const formatMs = 10_000

/** One reader's connection, with at most one session. */
export class ViewerConnection {
  readonly #socket: Socket
  readonly #services: ViewerServices
  readonly #check: KeyCheck
  readonly #reader: MessageReader
  readonly #ended = new AbortController()
  #answering: Promise<void> = Promise.resolve()
  #unanswered = 0
  #refusals = 0
  #session: Session | null = null
  /** As the description told. */
  #sound: SoundFormat | null = null

  constructor(socket: Socket, services: ViewerServices) {
    this.#socket = socket
    this.#services = services
    this.#check = new KeyCheck(services.keys)
    this.#reader = new MessageReader({
      // Receiver reports: what the reader does not get, TCP sees to.
      packet: () => undefined,
      reply: () => undefined,
      request: (request) => this.#asked(request),
    })
    socket.on('data', (bytes: Buffer) => {
      try {
        this.#reader.push(bytes)
      } catch (error) {
        // What follows bytes that are no RTSP cannot be told apart.
        services.log.info({ err: error, rtspKey: this.username }, 'an RTSP reader speaks no RTSP')
        this.end()
      }
    })
    socket.on('error', () => undefined)
    socket.on('close', () => this.end())
  }

  /** Name of the key that opened it; null: none yet. */
  get username(): string | null {
    return this.#check.key?.username ?? null
  }

  get principal(): Principal | null {
    return this.#check.key?.principal ?? null
  }

  /** What it plays, or is about to. */
  get cameraId(): CameraId | null {
    return this.#session?.target.cameraId ?? null
  }

  get plays(): boolean {
    return this.#session !== null && this.#session.playing !== null
  }

  end(): void {
    if (this.#ended.signal.aborted) return
    this.#ended.abort()
    this.#leave()
    this.#socket.destroy()
  }

  /** One after another, because the next may need what this one sets up. */
  #asked(request: RtspRequest): void {
    const mostUntaken = this.username === null ? mostUntakenBytes : mostUntakenByReaderBytes
    if (++this.#unanswered > mostUnanswered || this.#socket.writableLength > mostUntaken) {
      this.end()
      return
    }
    this.#answering = this.#answering
      .then(async () => {
        const answer = await this.#answer(request).catch((error: unknown) => this.#failed(error))
        this.#unanswered--
        if (this.#ended.signal.aborted) return
        this.#write(request, answer)
        answer.written?.()
      })
      .catch((error: unknown) => {
        this.#services.log.error({ err: error }, 'an RTSP answer failed')
        this.end()
      })
  }

  #failed(error: unknown): Answer {
    const status = statusOf(error)
    if (status === 500) this.#services.log.error({ err: error }, 'an RTSP request failed')
    return { status }
  }

  #write(request: RtspRequest, { status, headers = [], body = '' }: Answer): void {
    const cseq = /^\d{1,10}$/.exec(request.headers.get('cseq')?.[0] ?? '')?.[0]
    const lines = [
      `RTSP/1.0 ${status} ${reasons[status] ?? ''}`,
      ...(cseq === undefined ? [] : [`CSeq: ${cseq}`]),
      'Server: Xueliang Gateway',
      ...headers,
      ...(body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
    ]
    this.#socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`)
  }

  async #answer(request: RtspRequest): Promise<Answer> {
    const { method, headers } = request
    if (!headers.has('cseq')) return { status: 400 }
    const required = headers.get('require')?.[0]
    // Such as ONVIF's back channel: whoever needs it must hear that it is not here (RFC 2326 12.32).
    if (required !== undefined) return { status: 551, headers: [`Unsupported: ${printable(required)}`] }
    if (method === 'OPTIONS') return { status: 200, headers: [`Public: ${methods}`] }
    const verdict = await this.#check.check(request)
    if (!verdict.allowed) {
      const authenticate = verdict.challenges.map((challenge) => `WWW-Authenticate: ${challenge}`)
      const last = ++this.#refusals >= mostRefusals
      return {
        status: 401,
        headers: authenticate,
        ...(last && { written: () => this.#socket.destroySoon() }),
      }
    }
    switch (method) {
      case 'DESCRIBE':
        return await this.#describe(request)
      case 'SETUP':
        return await this.#setup(request)
      case 'PLAY':
        return this.#inSession(request, (session) => this.#play(session))
      case 'PAUSE':
        return this.#inSession(request, (session) => {
          this.#pause(session)
          return { status: 200 }
        })
      case 'TEARDOWN':
        return this.#inSession(request, () => {
          this.#leave()
          return { status: 200 }
        })
      case 'GET_PARAMETER':
      case 'SET_PARAMETER':
        return headers.has('session') ? this.#inSession(request, () => ({ status: 200 })) : { status: 200 }
      default:
        return { status: 501 }
    }
  }

  async #describe(request: RtspRequest): Promise<Answer> {
    const target = targetOf(request.target)
    if (target === null || target.track !== null) return { status: 404 }
    const { cameraId, stream } = target
    await this.#requireLive(cameraId)
    await this.#services.source(cameraId, stream)
    // A camera must be asked to describe its stream: that takes a place like watching it.
    const lease = this.#admit(target)
    if (lease === null) return { status: 453 }
    const content = await this.#contentOf(cameraId, stream).finally(() => lease.release())
    if (content === null) return { status: 503 }
    this.#sound = content.sound
    const base = request.target.replace(/\/?$/, '/')
    return {
      status: 200,
      headers: [`Content-Base: ${base}`, 'Content-Type: application/sdp', 'Cache-Control: no-cache'],
      body: describe(content.pictures, content.sound),
    }
  }

  async #requireLive(cameraId: CameraId): Promise<void> {
    const places = await this.#services.places.ofCamera(cameraId)
    requireAllowedAt(this.principal, 'live', places, () => cameraNotThere(cameraId))
  }

  /** Null when the camera does not say in time what it sends, or cannot be reached. */
  #contentOf(cameraId: CameraId, stream: StreamName): Promise<Content | null> {
    const { signal } = this.#ended
    return new Promise((resolve) => {
      let handle: StreamHandle | null = null
      const settled = { yet: false }
      const settle = (content: Content | null) => {
        if (settled.yet) return
        settled.yet = true
        clearTimeout(late)
        signal.removeEventListener('abort', abort)
        resolve(content)
        handle?.close()
      }
      const abort = () => settle(null)
      const late = setTimeout(abort, formatMs)
      signal.addEventListener('abort', abort)
      if (signal.aborted) return abort()
      handle = this.#services.hub.open(cameraId, stream, {
        init: ({ bytes, sound }) => settle({ pictures: storedFormat(bytes), sound: sound?.format ?? null }),
        fragment: () => undefined,
        condition: (condition) => condition.state === 'offline' && settle(null),
        ended: abort,
      })
      if (settled.yet) handle.close()
    })
  }

  async #setup(request: RtspRequest): Promise<Answer> {
    const target = targetOf(request.target)
    if (target === null) return { status: 404 }
    const track = target.track ?? 'video'
    const known = this.#session
    if (known !== null && !mayJoin(known, target, track)) return { status: 455 }
    await this.#requireLive(target.cameraId)
    await this.#services.source(target.cameraId, target.stream)
    const channels = channelsOf(request.headers.get('transport')?.[0] ?? '', known?.channels.size ?? 0)
    // Readers that ask for UDP first come again with TCP.
    if (channels === null) return { status: 461 }
    const session = known ?? newSession(target)
    session.channels.set(track, channels)
    this.#session = session
    return {
      status: 200,
      headers: [
        `Transport: RTP/AVP/TCP;unicast;interleaved=${channels.join('-')}`,
        `Session: ${session.id};timeout=${sessionTimeoutS}`,
      ],
    }
  }

  #play(session: Session): Answer {
    if (session.playing !== null) return { status: 200 }
    if (!this.#services.hasRoom()) return { status: 453 }
    const { cameraId, stream: name } = session.target
    const lease = this.#admit(session.target)
    if (lease === null) return { status: 453 }
    const stream = new ViewerStream({
      socket: this.#socket,
      channels: session.channels,
      sound: this.#sound,
      over: () => this.end(),
    })
    let handle: StreamHandle
    try {
      handle = this.#services.hub.open(cameraId, name, stream)
    } catch (error) {
      lease.release()
      throw error
    }
    const { accountId = null, username = null } = this.principal ?? {}
    const endView = this.#services.views.begin({
      actor: { accountId, username, address: this.#socket.remoteAddress ?? null },
      ...{ act: 'live.watch', subject: cameraId, detail: { stream: name, rtspKey: this.username } },
    })
    session.playing = { stream, lease, handle, endView }
    // It may have ended while it was being opened: what was in hand then was let go before this.
    if (this.#ended.signal.aborted) this.#pause(session)
    this.#services.log.info({ cameraId, stream: name, rtspKey: this.username }, 'RTSP reader plays')
    return {
      status: 200,
      headers: ['Range: npt=now-', `RTP-Info: ${stream.info}`],
      written: () => stream.play(),
    }
  }

  /** Null: only the other stream could be had, which is not what the reader is told of. */
  #admit({ cameraId, stream }: Target): Lease | null {
    const lease = this.#services.admission.admit(cameraId, stream)
    if (lease.reduced === null) return lease
    lease.release()
    return null
  }

  #pause(session: Session): void {
    const { playing } = session
    if (playing === null) return
    session.playing = null
    playing.handle.close()
    playing.lease.release()
    playing.endView()
    playing.stream.end()
    const { sentPictures, droppedPictures } = playing.stream
    const { cameraId, stream } = session.target
    this.#services.log.info(
      { cameraId, stream, rtspKey: this.username, sentPictures, droppedPictures },
      'RTSP reader stops',
    )
    this.#services.dropped(droppedPictures)
  }

  #leave(): void {
    if (this.#session !== null) this.#pause(this.#session)
    this.#session = null
  }

  #inSession(request: RtspRequest, act: (session: Session) => Answer): Answer {
    const session = this.#session
    const named = request.headers.get('session')?.[0]?.split(';')[0]?.trim()
    if (session === null || named !== session.id) return { status: 454 }
    const answer = act(session)
    return { ...answer, headers: [...(answer.headers ?? []), `Session: ${session.id}`] }
  }
}

function newSession(target: Target): Session {
  return { id: randomBytes(8).toString('hex'), target, channels: new Map(), playing: null }
}

/** A further track of the same stream, before it plays. */
function mayJoin({ target, channels, playing }: Session, { cameraId, stream }: Target, track: TrackName) {
  const same = target.cameraId === cameraId && target.stream === stream
  return same && playing === null && !channels.has(track)
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200)
}
