import { createConnection, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Fault, FaultHop } from '../domain/camera.ts'
import { GatewayError } from '../domain/errors.ts'
import { answerChallenge, chooseChallenge } from './onvif/http-digest.ts'
import type { StreamSource } from './stream-source.ts'

interface Reply {
  readonly status: number
  readonly challenges: readonly string[]
  readonly body: string
}

const longestReplyBytes = 64 * 1024
const usualTimeoutMs = 5000

/**
 * Asks a camera to describe its stream (RTSP DESCRIBE, RFC 2326 10.2) and takes nothing: whether it is
 * reachable, knows the stream, has a picture in it and accepts the password. Null: all is well.
 */
export async function checkStream(source: StreamSource, timeoutMs = usualTimeoutMs): Promise<Fault | null> {
  const url = new URL(source.url)
  const socket = connect(url)
  const timer = setTimeout(() => {
    const code = socket.connecting ? 'unreachable' : 'no-answer'
    socket.destroy(new GatewayError({ kind: 'upstream', code, message: 'no answer in time' }))
  }, timeoutMs)
  try {
    const replies = readReplies(socket)
    let reply = await ask(socket, replies, source.url, 1, null)
    if (reply.status === 401 && source.username !== undefined) {
      const authorization = authorizationFor(reply.challenges, source)
      if (authorization !== null) reply = await ask(socket, replies, source.url, 2, authorization)
    }
    if (reply.status === 401 && source.username === undefined) return passwordNeeded
    return faultOfReply(reply)
  } catch (error) {
    return faultOfLine(error)
  } finally {
    clearTimeout(timer)
    socket.destroy()
  }
}

function connect(url: URL): Socket {
  const secure = url.protocol === 'rtsps:'
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const port = url.port === '' ? (secure ? 322 : 554) : Number(url.port)
  // Cameras come with certificates of their own making; the address is checked, the name cannot be.
  const options = { host, port, ...(isIP(host) === 0 ? { servername: host } : {}) }
  return secure ? connectTls({ ...options, rejectUnauthorized: false }) : createConnection(options)
}

async function ask(
  socket: Socket,
  replies: AsyncGenerator<Reply, void>,
  url: string,
  sequence: number,
  authorization: string | null,
): Promise<Reply> {
  const lines = [
    `DESCRIBE ${url} RTSP/1.0`,
    `CSeq: ${sequence}`,
    'Accept: application/sdp',
    'User-Agent: xueliang-gateway',
    ...(authorization === null ? [] : [`Authorization: ${authorization}`]),
  ]
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  const { value } = await replies.next()
  if (value !== undefined) return value
  throw new GatewayError({ kind: 'upstream', code: 'connection-lost', message: 'the camera hung up' })
}

/** The replies of one connection. Throws what the socket throws, and `bad-reply` for anything else. */
async function* readReplies(socket: Socket): AsyncGenerator<Reply, void> {
  let held = Buffer.alloc(0)
  for await (const part of socket as AsyncIterable<Buffer>) {
    held = Buffer.concat([held, part])
    for (;;) {
      const end = held.indexOf('\r\n\r\n')
      if (end === -1) break
      const head = held.toString('latin1', 0, end)
      const bodyBytes = Number(/^content-length:\s*(\d{1,9})\s*$/im.exec(head)?.[1] ?? 0)
      const whole = end + 4 + bodyBytes
      if (whole > longestReplyBytes) throw badReply()
      if (held.length < whole) break
      yield parseReply(head, held.toString('utf8', end + 4, whole))
      held = held.subarray(whole)
    }
    if (
      held.length > longestReplyBytes ||
      !held.toString('latin1', 0, 5).startsWith('RTSP/'.slice(0, held.length))
    )
      throw badReply()
  }
}

function parseReply(head: string, body: string): Reply {
  const status = /^RTSP\/1\.\d (\d{3})(?: |\r|$)/.exec(head)?.[1]
  if (status === undefined) throw badReply()
  const challenges = [...head.matchAll(/^www-authenticate:[ \t]*(.*)$/gim)].map((match) => match[1] ?? '')
  return { status: Number(status), challenges, body }
}

function authorizationFor(challenges: readonly string[], source: StreamSource): string | null {
  const credentials = { username: source.username ?? '', password: source.password ?? '' }
  const challenge = chooseChallenge(challenges)
  if (challenge !== null)
    return answerChallenge(challenge, { method: 'DESCRIBE', uri: source.url, ...credentials })
  if (!challenges.some((each) => /^basic\b/i.test(each))) return null
  return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`
}

const passwordNeeded = fault('password', 'password-needed', 'The camera asks for a user name and password.')

/** The codes are those of a pull (src/media), so that a state does not change with who looks. */
function faultOfReply({ status, body }: Reply): Fault | null {
  if (status === 200) {
    if (/^m=video /m.test(body)) return null
    return /^m=audio /m.test(body)
      ? fault('camera', 'audio-only', 'The camera offers sound but no picture.')
      : fault('camera', 'no-video', 'The camera offers no picture.')
  }
  if (status === 401)
    return fault('password', 'password-refused', 'The camera refuses the user name or password.')
  if (status === 403) return fault('password', 'access-denied', 'The camera denies this account the stream.')
  if (status === 404) return fault('camera', 'stream-not-found', 'The camera has no stream at this address.')
  if (status === 453 || status === 503)
    return fault('camera', 'camera-busy', 'The camera has no room for another viewer.')
  return fault('camera', 'request-refused', `The camera refuses DESCRIBE: ${status}`)
}

const lineFaults: Readonly<Record<string, readonly [hop: FaultHop, code: string, text: string]>> = {
  ECONNREFUSED: ['network', 'connection-refused', 'The camera refuses connections on this port.'],
  ECONNRESET: ['network', 'connection-lost', 'The connection to the camera broke.'],
  EPIPE: ['network', 'connection-lost', 'The connection to the camera broke.'],
  'connection-lost': ['network', 'connection-lost', 'The camera hung up.'],
  'no-answer': ['camera', 'no-answer', 'The camera does not answer DESCRIBE.'],
  'bad-reply': ['camera', 'bad-reply', 'The camera does not speak RTSP on this port.'],
  'address-refused': [
    'network',
    'address-refused',
    'The address is outside the networks where cameras may be.',
  ],
  'host-unknown': ['network', 'host-unknown', 'The host name has no address.'],
}

/** What kept us from asking, told as a camera's fault. */
export function faultOfLine(error: unknown): Fault {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const known = Object.hasOwn(lineFaults, code) ? lineFaults[code] : undefined
  return known === undefined
    ? fault('network', 'unreachable', 'There is no way to the camera.')
    : fault(...known)
}

function fault(hop: FaultHop, code: string, text: string): Fault {
  return { hop, code, text }
}

function badReply(): GatewayError {
  return new GatewayError({ kind: 'upstream', code: 'bad-reply', message: 'no RTSP reply' })
}
