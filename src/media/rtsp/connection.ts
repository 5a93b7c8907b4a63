import { randomBytes } from 'node:crypto'
import { connect as connectTcp, type Socket, type TcpNetConnectOpts } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { streamFault } from '../stream-fault.ts'
import type { RtspAddress } from './address.ts'
import { authorizationFor, type Challenge, type Credentials, strongestChallenge } from './authorization.ts'
import { MessageReader, type RtspReply, type RtspRequest } from './message-reader.ts'
import { oneReadBytes, TurnReading } from './read-turns.ts'
import { openTunnel } from './tunnel.ts'

export interface RtspConnectionOptions {
  readonly address: RtspAddress
  readonly credentials: Credentials | null
  readonly connectMs: number
  readonly answerMs: number
  readonly onPacket: (channel: number, payload: Buffer) => void
  /** Gives up while the connection is being made; what is open is for its user to end. */
  readonly signal: AbortSignal
}

interface Waiting {
  readonly resolve: (reply: RtspReply) => void
  readonly reject: (error: unknown) => void
  readonly sentMs: number
  readonly late: NodeJS.Timeout | null
}

/** Patient: no answer is no fault, as with a sign of life that a camera takes without a word. */
export type Patience = 'usual' | 'patient'

const mostUnanswered = 16
const mostUnsentBytes = 65_536
const ourMethods = 'OPTIONS, GET_PARAMETER, SET_PARAMETER'

/**
 * One TCP or TLS connection to a camera: requests with their answers, authentication, interleaved
 * packets. Whatever ends it, ends it for good: `failed` rejects with the reason.
 */
export class RtspConnection {
  /** Never resolves. */
  readonly failed: Promise<never>
  readonly #options: RtspConnectionOptions
  readonly #socket: Socket
  /** Where requests go: the same, or the other half of a tunnel. */
  readonly #writing: Socket
  readonly #reader: MessageReader
  readonly #waiting = new Map<number, Waiting>()
  #reading: TurnReading | null = null
  readonly #cnonce = randomBytes(8).toString('hex')
  #fail: (error: unknown) => void = () => undefined
  #ended = false
  #cseq = 0
  #challenge: Challenge | null = null
  #nonceUses = 0
  /** All bytes that came. */
  receivedBytes = 0
  /** Of the quickest answer so far. */
  roundTripMs = Infinity

  private constructor(options: RtspConnectionOptions, socket: Socket, writing: Socket = socket) {
    this.#options = options
    this.#socket = socket
    this.#writing = writing
    this.failed = new Promise((_, reject) => {
      this.#fail = reject
    })
    // Whoever waits for it hears of it; nobody has to.
    this.failed.catch(() => undefined)
    this.#reader = new MessageReader({
      packet: options.onPacket,
      reply: (reply) => this.#answered(reply),
      request: (request) => this.#asked(request),
    })
    for (const each of new Set([socket, writing])) {
      each.on('error', (error) => this.end(error))
      each.on('close', () =>
        this.end(streamFault('network', 'connection-lost', 'The camera closed the connection.')),
      )
    }
  }

  static open(options: RtspConnectionOptions): Promise<RtspConnection> {
    return options.address.tunnelled
      ? RtspConnection.#openTunnelled(options)
      : RtspConnection.#openPlain(options)
  }

  static async #openTunnelled(options: RtspConnectionOptions): Promise<RtspConnection> {
    let connection: RtspConnection | null = null
    const early: Buffer[] = []
    const { reading, writing } = await openTunnel({
      ...options,
      took: (bytes) => {
        if (connection === null) early.push(Buffer.from(bytes))
        else connection.#took(bytes)
      },
    })
    connection = new RtspConnection(options, reading, writing)
    for (const bytes of early) connection.#took(bytes)
    return connection
  }

  static async #openPlain(options: RtspConnectionOptions): Promise<RtspConnection> {
    const { address, connectMs, signal } = options
    signal.throwIfAborted()
    const to = { host: address.host, port: address.port, noDelay: true }
    const took = (chunk: Buffer) => connection.#took(chunk)
    // Cameras' certificates are their own: there is no authority that could have signed them.
    const socket = address.secure
      ? connectTls({ ...to, rejectUnauthorized: false })
      : connectTcp(inPlace(to, took))
    if (address.secure) socket.on('data', took)
    const connection: RtspConnection = new RtspConnection(options, socket)
    const abort = () => connection.end(signal.reason)
    signal.addEventListener('abort', abort)
    const late = setTimeout(
      () => connection.end(streamFault('network', 'unreachable', 'The camera does not answer.')),
      connectMs,
    )
    try {
      const open = new Promise<void>((resolve) => {
        socket.once(address.secure ? 'secureConnect' : 'connect', () => resolve())
      })
      await Promise.race([open, connection.failed])
    } finally {
      clearTimeout(late)
      signal.removeEventListener('abort', abort)
    }
    return connection
  }

  /** Where the camera really is: packets on other ways come from there too. */
  get cameraAddress(): string {
    return (this.#socket.remoteAddress ?? '').replace(/^::ffff:/, '')
  }

  get garbageBytes(): number {
    return this.#reader.garbageBytes
  }

  /** From now on what comes may lie unread for so long; 0: not at all. */
  readInTurns(patienceMs: () => number): void {
    this.#reading ??= new TurnReading(this.#socket, patienceMs)
  }

  /** The answer, whatever its status; a challenge is met once with the credentials at hand. */
  async request(
    method: string,
    url: string,
    headers: Readonly<Record<string, string>> = {},
    patience: Patience = 'usual',
  ): Promise<RtspReply> {
    const first = await this.#send(method, url, headers, patience)
    if (first.status !== 401) return first
    const { credentials } = this.#options
    if (credentials === null) {
      throw streamFault('password', 'password-needed', 'The camera asks for a user name and password.')
    }
    const challenge = strongestChallenge(first.headers.get('www-authenticate') ?? [])
    if (challenge === null) {
      throw streamFault('camera', 'authentication-unknown', 'The camera asks for an unknown authentication.')
    }
    const stale = challenge.scheme === 'digest' && challenge.stale
    if (this.#challenge !== null && !stale && this.#sameChallenge(challenge)) throw passwordRefused()
    this.#challenge = challenge
    this.#nonceUses = 0
    const second = await this.#send(method, url, headers, patience)
    if (second.status === 401) throw passwordRefused()
    return second
  }

  /** Without waiting: receiver reports. A camera that reads nothing gets none. */
  sendPacket(channel: number, payload: Buffer): void {
    if (this.#ended || this.#writing.writableLength > mostUnsentBytes) return
    const head = Buffer.from([0x24, channel, 0, 0])
    head.writeUInt16BE(payload.length, 2)
    this.#write(Buffer.concat([head, payload]))
  }

  /** A last word without waiting for the answer, then the end. */
  leave(method: string, url: string, headers: Readonly<Record<string, string>>): void {
    if (!this.#ended) this.#write(this.#requestText(method, url, headers))
    this.end(streamFault('network', 'connection-lost', 'The gateway closed the connection.'))
  }

  end(reason: unknown): void {
    if (this.#ended) return
    this.#ended = true
    this.#reading?.end()
    this.#fail(reason)
    for (const { reject, late } of this.#waiting.values()) {
      if (late !== null) clearTimeout(late)
      reject(reason)
    }
    this.#waiting.clear()
    for (const socket of new Set([this.#socket, this.#writing])) {
      socket.destroySoon()
      // A peer that never closes its side must not keep the descriptor.
      setTimeout(() => socket.destroy(), 1000).unref()
    }
  }

  #write(bytes: string | Buffer): void {
    const tunnelled = this.#writing !== this.#socket
    this.#writing.write(tunnelled ? Buffer.from(bytes).toString('base64') : bytes)
  }

  #took(chunk: Buffer): void {
    if (this.#ended) return
    this.receivedBytes += chunk.length
    try {
      this.#reader.push(chunk)
    } catch (error) {
      this.end(error)
    }
    this.#reading?.took(chunk.length)
  }

  #sameChallenge(challenge: Challenge): boolean {
    const before = this.#challenge
    if (before?.scheme !== 'digest' || challenge.scheme !== 'digest')
      return before?.scheme === challenge.scheme
    return before.nonce === challenge.nonce
  }

  #send(
    method: string,
    url: string,
    headers: Readonly<Record<string, string>>,
    patience: Patience,
  ): Promise<RtspReply> {
    const text = this.#requestText(method, url, headers)
    const cseq = this.#cseq
    return new Promise<RtspReply>((resolve, reject) => {
      if (this.#ended || this.#waiting.size >= mostUnanswered) {
        this.end(noAnswer(method))
        this.failed.catch(reject)
        return
      }
      const late =
        patience === 'patient' ? null : setTimeout(() => this.end(noAnswer(method)), this.#options.answerMs)
      this.#waiting.set(cseq, { resolve, reject, sentMs: performance.now(), late })
      this.#write(text)
    })
  }

  #requestText(method: string, url: string, headers: Readonly<Record<string, string>>): string {
    const { credentials } = this.#options
    const challenge = this.#challenge
    const authorization =
      challenge === null || credentials === null
        ? null
        : authorizationFor(challenge, credentials, {
            method,
            uri: url,
            count: ++this.#nonceUses,
            cnonce: this.#cnonce,
          })
    const lines = [
      `${method} ${url} RTSP/1.0`,
      `CSeq: ${++this.#cseq}`,
      'User-Agent: Xueliang Gateway',
      ...(authorization === null ? [] : [`Authorization: ${authorization}`]),
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ]
    return `${lines.join('\r\n')}\r\n\r\n`
  }

  #answered(reply: RtspReply): void {
    const text = reply.headers.get('cseq')?.[0] ?? ''
    // Some cameras forget the CSeq of an error: then it answers the oldest question.
    const cseq = /^\d{1,9}$/.test(text) ? Number(text) : this.#waiting.keys().next().value
    const waiting = cseq === undefined ? undefined : this.#waiting.get(cseq)
    if (cseq === undefined || waiting === undefined || reply.status < 200) return
    this.#waiting.delete(cseq)
    if (waiting.late !== null) clearTimeout(waiting.late)
    this.roundTripMs = Math.min(this.roundTripMs, performance.now() - waiting.sentMs)
    waiting.resolve(reply)
  }

  /** Cameras ask too: some send OPTIONS and leave when nobody answers. */
  #asked({ method, headers }: RtspRequest): void {
    if (method === 'REDIRECT' || method === 'TEARDOWN') {
      this.end(streamFault('camera', 'session-ended', 'The camera ended the session.'))
      return
    }
    if (this.#writing.writableLength > mostUnsentBytes) return
    const cseq = /^\d{1,9}$/.exec(headers.get('cseq')?.[0] ?? '')?.[0]
    const known = ourMethods.includes(method)
    const status = known ? '200 OK' : '501 Not Implemented'
    this.#write(
      `RTSP/1.0 ${status}\r\n${cseq === undefined ? '' : `CSeq: ${cseq}\r\n`}Public: ${ourMethods}\r\n\r\n`,
    )
  }
}

/** Every camera is read into the same memory: what a read brings is dealt with before the next one. */
const readInto = Buffer.allocUnsafeSlow(oneReadBytes)

function inPlace(to: TcpNetConnectOpts, took: (chunk: Buffer) => void): TcpNetConnectOpts {
  const callback = (bytes: number) => {
    took(readInto.subarray(0, bytes))
    return true
  }
  return { ...to, onread: { buffer: readInto, callback } }
}

function passwordRefused(): Error {
  return streamFault('password', 'password-refused', 'The camera refuses the user name or password.')
}

function noAnswer(method: string): Error {
  return streamFault('camera', 'no-answer', `The camera does not answer ${method}.`)
}
