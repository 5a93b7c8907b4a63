import { randomBytes } from 'node:crypto'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { streamFault } from '../stream-fault.ts'
import type { RtspAddress } from './address.ts'
import { authorizationFor, type Challenge, type Credentials, strongestChallenge } from './authorization.ts'

/** RTSP inside two HTTP connections: the camera speaks on one, we on the other, in base64. */
export interface Tunnel {
  readonly reading: Socket
  readonly writing: Socket
}

export interface TunnelOptions {
  readonly address: RtspAddress
  readonly credentials: Credentials | null
  /** What comes through; the bytes are lent for the call. */
  readonly took: (bytes: Buffer) => void
  readonly connectMs: number
  readonly signal: AbortSignal
}

/** Every connection that was begun, so that giving up ends them all. */
type Sockets = Socket[]

const mime = 'application/x-rtsp-tunnelled'
const longestHeadBytes = 16_384

/**
 * As QuickTime does it, and since then every camera that knows it: a GET that is answered without end, and
 * a POST that is never answered, with one cookie. @throws GatewayError `tunnel-refused`, or of hop `password`
 */
export async function openTunnel(options: TunnelOptions): Promise<Tunnel> {
  const { connectMs, signal } = options
  signal.throwIfAborted()
  const sockets: Sockets = []
  const giveUp = (reason: unknown) => {
    for (const socket of sockets) socket.destroy(reason instanceof Error ? reason : undefined)
  }
  const unreachable = streamFault('network', 'unreachable', 'The camera does not answer.')
  const late = setTimeout(() => giveUp(unreachable), connectMs)
  const abort = () => giveUp(signal.reason)
  signal.addEventListener('abort', abort)
  try {
    return await opened(options, sockets)
  } catch (error) {
    giveUp(error)
    throw error
  } finally {
    clearTimeout(late)
    signal.removeEventListener('abort', abort)
  }
}

async function opened(options: TunnelOptions, sockets: Sockets): Promise<Tunnel> {
  const cookie = randomBytes(11).toString('hex')
  let challenge: Challenge | null = null
  for (;;) {
    const reading = await connected(options, sockets)
    reading.write(head(options, 'GET', cookie, challenge, [`Accept: ${mime}`]))
    const { status, challenges, rest } = await answerTo(reading)
    if (status === 200) {
      const writing = await connected(options, sockets)
      // Answers on it say nothing: what the camera has to say comes on the other one.
      writing.resume()
      const length = ['Content-Length: 32767', 'Expires: Sun, 9 Jan 1972 00:00:00 GMT']
      writing.write(head(options, 'POST', cookie, challenge, [`Content-Type: ${mime}`, ...length]))
      reading.on('data', options.took)
      if (rest.length > 0) options.took(rest)
      return { reading, writing }
    }
    reading.destroy()
    if (status !== 401) throw refused(status)
    const asked = strongestChallenge(challenges)
    if (options.credentials === null)
      throw streamFault('password', 'password-needed', 'The camera asks for a user name and password.')
    if (challenge !== null || asked === null)
      throw streamFault('password', 'password-refused', 'The camera refuses the user name or password.')
    challenge = asked
  }
}

async function connected({ address }: TunnelOptions, sockets: Sockets): Promise<Socket> {
  const to = { host: address.host, port: address.port, noDelay: true }
  const socket = address.secure ? connectTls({ ...to, rejectUnauthorized: false }) : connectTcp(to)
  sockets.push(socket)
  // Whoever waits hears of it below.
  socket.on('error', () => undefined)
  await new Promise<void>((resolve, reject) => {
    socket.once(address.secure ? 'secureConnect' : 'connect', () => resolve())
    socket.once('error', reject)
    socket.once('close', () => reject(refused(0)))
  })
  return socket
}

function head(
  { address, credentials }: TunnelOptions,
  method: 'GET' | 'POST',
  cookie: string,
  challenge: Challenge | null,
  headers: readonly string[],
): string {
  const path = address.url.replace(/^rtsps?:\/\/[^/]*/i, '') || '/'
  const authorization =
    challenge === null || credentials === null
      ? []
      : [
          `Authorization: ${authorizationFor(challenge, credentials, { method, uri: path, count: method === 'GET' ? 1 : 2, cnonce: cookie })}`,
        ]
  const lines = [
    `${method} ${path} HTTP/1.0`,
    `Host: ${address.host}:${address.port}`,
    `x-sessioncookie: ${cookie}`,
    'Pragma: no-cache',
    'Cache-Control: no-cache',
    ...headers,
    ...authorization,
  ]
  return `${lines.join('\r\n')}\r\n\r\n`
}

interface HttpAnswer {
  readonly status: number
  readonly challenges: readonly string[]
  /** What came behind the answer's head. */
  readonly rest: Buffer
}

function answerTo(socket: Socket): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    let held = Buffer.alloc(0)
    const ended = () => reject(refused(0))
    socket.once('error', reject)
    const take = (bytes: Buffer) => {
      held = Buffer.concat([held, bytes])
      const end = held.indexOf('\r\n\r\n')
      if (end < 0 && held.length < longestHeadBytes) return
      socket.off('data', take)
      socket.off('close', ended)
      const [first = '', ...lines] = held.toString('latin1', 0, Math.max(0, end)).split('\r\n')
      const status = Number(/^HTTP\/1\.\d (\d{3})/.exec(first)?.[1] ?? 0)
      const challenges = lines.flatMap((line) => /^www-authenticate:\s*(.*)$/i.exec(line)?.[1] ?? [])
      resolve({ status, challenges, rest: held.subarray(end + 4) })
    }
    socket.on('data', take)
    socket.once('close', ended)
  })
}

function refused(status: number): Error {
  const why = status === 0 ? 'no answer' : `status ${status}`
  return streamFault('camera', 'tunnel-refused', `The camera gives no RTSP over HTTP: ${why}.`)
}
