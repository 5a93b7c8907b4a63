import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { CLOCK_FAULT_MS } from '../faults.ts'
import type { Feed } from '../rtp/feed.ts'
import { parseTransport, RtspReader, type RtspRequest, type TransportWish } from './request.ts'
import { describeStream, type SdpTrack } from './sdp.ts'
import type { RtspServer } from './server.ts'
import { interleavedWire, Sink, type SinkTrouble, udpWire, type Wire } from './sinks.ts'

interface Session {
  readonly id: string
  readonly stream: 'main' | 'sub'
  readonly sinks: Map<'video' | 'audio', Sink>
  /** Where this client's receiver reports come from, when it plays over UDP. */
  readonly rtcpSources: Set<string>
  playing: boolean
  heardMs: number
}

interface Answer {
  readonly status: number
  readonly headers?: readonly string[]
  readonly body?: string
}

const reasons: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  453: 'Not Enough Bandwidth',
  454: 'Session Not Found',
  455: 'Method Not Valid in This State',
  459: 'Aggregate Operation Not Allowed',
  461: 'Unsupported Transport',
  500: 'Internal Server Error',
  501: 'Not Implemented',
}
const METHODS = 'OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, TEARDOWN, GET_PARAMETER, SET_PARAMETER'
const MAX_SESSIONS = 4
const MAX_UNANSWERED = 32

/** One client's control connection. Its sessions end with it, those over UDP too. */
export class RtspConnection {
  readonly #socket: Socket
  readonly #server: RtspServer
  readonly #reader = new RtspReader()
  readonly #sessions = new Map<string, Session>()
  readonly #trouble: SinkTrouble
  #answering: Promise<void> = Promise.resolve()
  #unanswered = 0
  #heardMs = performance.now()

  constructor(socket: Socket, server: RtspServer) {
    this.#socket = socket
    this.#server = server
    const fault = server.options.fault
    this.#trouble = {
      muted: (kind) => fault() === 'hang' || (fault() === 'audio-only' && kind === 'video'),
      garbage: () => fault() === 'garbage',
      clockOffMs: () => (fault() === 'clock' ? CLOCK_FAULT_MS : 0),
    }
  }

  receive(bytes: Buffer): void {
    this.#heardMs = performance.now()
    try {
      for (const input of this.#reader.push(bytes)) {
        if (input.kind === 'interleaved') this.#heardFromAll()
        else this.#queue(input.request)
      }
    } catch {
      // Whatever follows bytes that are not RTSP cannot be told apart: say so and hang up.
      this.#socket.end('RTSP/1.0 400 Bad Request\r\n\r\n')
    }
  }

  /** A receiver report came from this address over UDP. */
  heard(address: string, port: number): void {
    for (const session of this.#sessions.values())
      if (session.rtcpSources.has(`${address}:${port}`)) session.heardMs = performance.now()
  }

  /** Ends sessions that fell silent, and the connection with the last of them or when it never had one. */
  expire(nowMs: number): void {
    const timeoutMs = this.#server.options.sessionTimeoutS * 1000
    for (const session of this.#sessions.values()) if (nowMs - session.heardMs > timeoutMs) this.#end(session)
    // A client that has frozen would never close its half of the connection.
    if (this.#sessions.size === 0 && nowMs - this.#heardMs > timeoutMs) this.#socket.destroySoon()
  }

  /** The encoder of this stream was asked for a keyframe. */
  synchronise(stream: 'main' | 'sub'): void {
    for (const session of this.#sessions.values())
      if (session.stream === stream) session.sinks.get('video')?.synchronise()
  }

  close(): void {
    for (const session of this.#sessions.values()) this.#end(session)
  }

  #heardFromAll(): void {
    for (const session of this.#sessions.values()) session.heardMs = performance.now()
  }

  /** Requests are answered one after another; SETUP over UDP has to wait for a port. */
  #queue(request: RtspRequest): void {
    if (++this.#unanswered > MAX_UNANSWERED) {
      this.#socket.destroy()
      return
    }
    this.#answering = this.#answering.then(async () => {
      const answer = await this.#answer(request).catch((): Answer => ({ status: 500 }))
      this.#unanswered--
      this.#write(request, answer)
      if (request.method === 'PLAY' && answer.status === 200) this.#start(request)
    })
  }

  #write(request: RtspRequest, { status, headers = [], body }: Answer): void {
    if (this.#server.options.fault() === 'garbage') {
      this.#socket.write(randomBytes(512))
      return
    }
    const lines = [
      `RTSP/1.0 ${status} ${reasons[status] ?? ''}`,
      `CSeq: ${/^\d{1,10}$/.exec(request.headers.get('cseq') ?? '')?.[0] ?? '0'}`,
      'Server: Xueliang virtual camera',
      ...headers,
      ...(body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
    ]
    this.#socket.write(`${lines.join('\r\n')}\r\n\r\n${body ?? ''}`)
  }

  async #answer(request: RtspRequest): Promise<Answer> {
    if (request.method === 'OPTIONS') {
      this.#sessionOf(request)
      return { status: 200, headers: [`Public: ${METHODS}`] }
    }
    const refusal = this.#refusal(request)
    if (refusal) return refusal
    switch (request.method) {
      case 'DESCRIBE':
        return this.#describe(request)
      case 'SETUP':
        return await this.#setup(request)
      case 'PLAY':
        return this.#inSession(request, (session) => ({
          status: session.sinks.size > 0 ? 200 : 455,
          headers: ['Range: npt=now-', `RTP-Info: ${this.#rtpInfo(session)}`],
        }))
      case 'PAUSE':
        return this.#inSession(request, (session) => {
          for (const sink of session.sinks.values()) sink.pause()
          session.playing = false
          return { status: 200 }
        })
      case 'TEARDOWN':
        return this.#inSession(request, (session) => {
          this.#end(session)
          return { status: 200 }
        })
      case 'GET_PARAMETER':
      case 'SET_PARAMETER':
        return this.#sessionOf(request) || !request.headers.has('session')
          ? { status: 200, headers: this.#sessionHeader(this.#sessionOf(request)) }
          : { status: 454 }
      default:
        return { status: 501 }
    }
  }

  #refusal(request: RtspRequest): Answer | undefined {
    const { digest, fault } = this.#server.options
    if (!digest) return undefined
    const verdict =
      fault() === 'wrong-password'
        ? 'wrong'
        : digest.verify(request.method, request.headers.get('authorization'))
    if (verdict === 'right') return undefined
    const challenges = digest.challenges(verdict === 'stale')
    return { status: 401, headers: challenges.map((challenge) => `WWW-Authenticate: ${challenge}`) }
  }

  #describe(request: RtspRequest): Answer {
    const target = parseTarget(request.url)
    if (!target || target.track) return { status: 404 }
    const { name } = this.#server.options
    const tracks = [...this.#tracksOf(target.stream)].map(
      ([id, feed]): SdpTrack => ({ id, sdp: feed.track.sdp }),
    )
    const host = this.#socket.localAddress ?? this.#server.options.address
    return {
      status: 200,
      headers: [
        `Content-Base: rtsp://${host}:${this.#server.port}/${target.stream}/`,
        'Content-Type: application/sdp',
        'Cache-Control: no-cache',
      ],
      body: describeStream(name, host, tracks),
    }
  }

  #tracksOf(stream: 'main' | 'sub'): Map<'video' | 'audio', Feed> {
    const { streams, fault } = this.#server.options
    const { video, audio } = streams[stream]
    const tracks = new Map<'video' | 'audio', Feed>()
    if (fault() !== 'audio-only') tracks.set('video', video)
    if (audio) tracks.set('audio', audio)
    return tracks
  }

  async #setup(request: RtspRequest): Promise<Answer> {
    const target = parseTarget(request.url)
    const feeds = target && this.#tracksOf(target.stream)
    // A URL without a track is the only track of a stream that has one (RFC 2326 appendix C.3).
    const id = target?.track ?? (feeds?.size === 1 ? [...feeds.keys()][0] : undefined)
    const feed = id && feeds?.get(id)
    if (!target || !id || !feed) return { status: target && !id ? 459 : 404 }
    const wish = parseTransport(request.headers.get('transport') ?? '')
    if (!wish) return { status: 461 }
    const known = this.#sessionOf(request)
    if (request.headers.has('session') && !known) return { status: 454 }
    if (known && (known.playing || known.stream !== target.stream)) return { status: 455 }
    if (!known && this.#sessions.size >= MAX_SESSIONS) return { status: 453 }
    const session = known ?? newSession(target.stream)
    const wire = await this.#wire(wish, feed, session)
    this.#sessions.set(session.id, session)
    session.sinks.set(id, new Sink(feed, wire, this.#trouble))
    return { status: 200, headers: [`Transport: ${wire.transport}`, ...this.#sessionHeader(session)] }
  }

  async #wire(wish: TransportWish, feed: Feed, session: Session): Promise<Wire> {
    if (wish.kind === 'tcp') {
      const channel = session.sinks.size * 2
      return interleavedWire(this.#socket, wish.channels ?? [channel, channel + 1], feed.ssrc)
    }
    const { rtp, rtcp, ports } = await this.#server.udpPair()
    // Only ever to the address the request came from: a camera must not be a tool to flood a third party.
    const clientAddress = this.#socket.remoteAddress ?? '127.0.0.1'
    session.rtcpSources.add(`${clientAddress}:${wish.ports[1]}`)
    return udpWire({ rtp, rtcp, serverPorts: ports, clientAddress, clientPorts: wish.ports }, feed.ssrc)
  }

  #rtpInfo(session: Session): string {
    const base = `rtsp://${this.#socket.localAddress ?? ''}:${this.#server.port}/${session.stream}`
    const tracks = [...session.sinks].map(([id, sink]) => {
      const { sequence, stamp } = sink.first(this.#server.options.beginsWith)
      return `url=${base}/${id};seq=${sequence};rtptime=${stamp}`
    })
    return tracks.join(',')
  }

  /** After the answer to PLAY is written, so that no packet comes before it. */
  #start(request: RtspRequest): void {
    const session = this.#sessionOf(request)
    if (!session) return
    session.playing = true
    for (const sink of session.sinks.values()) sink.play(this.#server.options.beginsWith)
  }

  #inSession(request: RtspRequest, act: (session: Session) => Answer): Answer {
    const session = this.#sessionOf(request)
    if (!session) return { status: 454 }
    const answer = act(session)
    return { ...answer, headers: [...(answer.headers ?? []), ...this.#sessionHeader(session)] }
  }

  #sessionHeader(session: Session | undefined): string[] {
    return session ? [`Session: ${session.id};timeout=${this.#server.options.sessionTimeoutS}`] : []
  }

  /** Any request that names a session keeps it alive. */
  #sessionOf(request: RtspRequest): Session | undefined {
    const session = this.#sessions.get(request.headers.get('session')?.split(';')[0] ?? '')
    if (session) session.heardMs = performance.now()
    return session
  }

  #end(session: Session): void {
    for (const sink of session.sinks.values()) sink.pause()
    this.#sessions.delete(session.id)
  }
}

function newSession(stream: 'main' | 'sub'): Session {
  const id = randomBytes(8).toString('hex').toUpperCase()
  const heardMs = performance.now()
  return { id, stream, sinks: new Map(), rtcpSources: new Set(), playing: false, heardMs }
}

interface Target {
  readonly stream: 'main' | 'sub'
  readonly track?: 'video' | 'audio'
}

/** `/main`, `/sub`, `/main/video`, ...; a query is ignored. */
function parseTarget(url: string): Target | undefined {
  const path = /^rtsps?:\/\/[^/]*\/([^?]*)/i.exec(url)?.[1]
  const [, stream, track] = /^(main|sub)(?:\/(video|audio))?\/?$/.exec(path ?? '') ?? []
  if (stream !== 'main' && stream !== 'sub') return undefined
  return track === 'video' || track === 'audio' ? { stream, track } : { stream }
}
