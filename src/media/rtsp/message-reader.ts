import { streamFault } from '../stream-fault.ts'

export interface RtspReply {
  readonly status: number
  readonly reason: string
  /** Names in lower case; a header that comes several times has several values. */
  readonly headers: ReadonlyMap<string, readonly string[]>
  readonly body: Buffer
}

export interface RtspRequest {
  readonly method: string
  /** The URL that it is about, or `*`. */
  readonly target: string
  readonly headers: ReadonlyMap<string, readonly string[]>
}

export interface MessageListener {
  /** An interleaved frame (RFC 2326 10.12); the payload is lent for the call. */
  packet(channel: number, payload: Buffer): void
  reply(reply: RtspReply): void
  request(request: RtspRequest): void
}

export const readerLimits = {
  headerBytes: 16_384,
  headers: 64,
  bodyBytes: 65_536,
  /** Bytes between two messages that belong to neither, before the peer is given up. */
  garbageBytes: 65_536,
  /** Channels above this cannot have been agreed on: such a frame is garbage. */
  highestChannel: 15,
}

const dollar = 0x24
/** A header says only when it ends how long it is: not byte by byte. */
const leastJoinedBytes = 1024
const starts = [
  'RTSP/1.',
  'OPTIONS ',
  'DESCRIBE ',
  'SETUP ',
  'PLAY ',
  'PAUSE ',
  'GET_PARAMETER ',
  'SET_PARAMETER ',
  'ANNOUNCE ',
  'REDIRECT ',
  'TEARDOWN ',
]
const startBytes = starts.map((start) => Buffer.from(start, 'latin1'))

/**
 * Cuts one TCP byte stream into RTSP messages and interleaved frames (RFC 2326 4 and 10.12). Whatever
 * stands between them is skipped and counted. Holds at most one unfinished message.
 */
export class MessageReader {
  readonly #listener: MessageListener
  #held: Buffer[] = []
  #heldBytes = 0
  #neededBytes = 0
  #garbageRun = 0
  /** All bytes skipped so far. */
  garbageBytes = 0

  constructor(listener: MessageListener) {
    this.#listener = listener
  }

  /**
   * @param chunk lent for the call
   * @throws GatewayError `garbage` or `bad-reply` when the peer does not speak RTSP within the limits
   */
  push(chunk: Buffer): void {
    let at = 0
    while (this.#heldBytes > 0 && at < chunk.length) {
      // What is held is completed by itself, so that the rest need not be copied behind it.
      const wanted = Math.max(this.#neededBytes - this.#heldBytes, leastJoinedBytes)
      const end = Math.min(chunk.length, at + wanted)
      this.#hold(chunk.subarray(at, end))
      at = end
      if (this.#heldBytes < this.#neededBytes) return
      const joined = Buffer.concat(this.#held, this.#heldBytes)
      this.#held = []
      this.#heldBytes = 0
      this.#read(joined)
    }
    if (at < chunk.length) this.#read(at === 0 ? chunk : chunk.subarray(at))
  }

  #read(bytes: Buffer): void {
    let at = 0
    while (at < bytes.length) {
      const next = bytes[at] === dollar ? this.#frame(bytes, at) : this.#text(bytes, at)
      if (next < 0) break
      at = next
    }
    if (at < bytes.length) this.#hold(bytes.subarray(at))
  }

  #hold(bytes: Buffer): void {
    this.#held.push(Buffer.from(bytes))
    this.#heldBytes += bytes.length
  }

  /** Returns where the next message starts, or -1 when more bytes are needed. */
  #frame(bytes: Buffer, at: number): number {
    const left = bytes.length - at
    if (left < 4) return this.#need(4)
    const channel = bytes.readUInt8(at + 1)
    if (channel > readerLimits.highestChannel) return this.#skip(bytes, at)
    const end = at + 4 + bytes.readUInt16BE(at + 2)
    if (end > bytes.length) return this.#need(end - at)
    this.#garbageRun = 0
    this.#listener.packet(channel, bytes.subarray(at + 4, end))
    return end
  }

  #text(bytes: Buffer, at: number): number {
    const byte = bytes[at]
    if (byte === 0x0d || byte === 0x0a) return at + 1
    const likeness = likenessOf(bytes, at)
    if (likeness === 'none') return this.#skip(bytes, at)
    const end = likeness === 'short' ? null : headerEnd(bytes, at)
    if (end === null) {
      if (bytes.length - at > readerLimits.headerBytes) throw badReply('its header is too long')
      return this.#need(bytes.length - at + 1)
    }
    if (end - at > readerLimits.headerBytes) throw badReply('its header is too long')
    const { first, headers } = parseHead(bytes.toString('latin1', at, end))
    const bodyBytes = contentLength(headers)
    if (end + bodyBytes > bytes.length) return this.#need(end + bodyBytes - at)
    this.#garbageRun = 0
    const status = /^RTSP\/1\.\d (\d{3})(?: (.*))?$/.exec(first)
    if (status !== null) {
      const body = Buffer.from(bytes.subarray(end, end + bodyBytes))
      this.#listener.reply({
        status: Number(status[1]),
        reason: (status[2] ?? '').slice(0, 80),
        headers,
        body,
      })
    } else {
      const [, method, target] = /^([A-Z_]+) (\S+) RTSP\/1\.\d$/.exec(first) ?? []
      if (method === undefined || target === undefined) throw badReply('its first line is malformed')
      this.#listener.request({ method, target, headers })
    }
    return end + bodyBytes
  }

  #need(bytes: number): number {
    this.#neededBytes = bytes
    return -1
  }

  #skip(bytes: Buffer, at: number): number {
    let next = at + 1
    while (next < bytes.length && !plausible(bytes, next)) next++
    this.garbageBytes += next - at
    this.#garbageRun += next - at
    if (this.#garbageRun > readerLimits.garbageBytes) {
      throw streamFault('camera', 'garbage', 'The camera sends bytes that are no RTSP.')
    }
    return next
  }
}

/** After garbage a frame is believed only if an RTP or RTCP packet (version 2) seems to be in it. */
function plausible(bytes: Buffer, at: number): boolean {
  if (bytes[at] !== dollar) return likenessOf(bytes, at) !== 'none'
  if (bytes.length - at < 5) return true
  const channel = bytes[at + 1] ?? 255
  const size = bytes.readUInt16BE(at + 2)
  return channel <= readerLimits.highestChannel && size >= 8 && (bytes.readUInt8(at + 4) & 0xc0) === 0x80
}

function likenessOf(bytes: Buffer, at: number): 'whole' | 'short' | 'none' {
  const first = bytes[at]
  const left = bytes.length - at
  for (const start of startBytes) {
    if (start[0] !== first) continue
    const length = Math.min(left, start.length)
    if (bytes.compare(start, 0, length, at, at + length) !== 0) continue
    return length === start.length ? 'whole' : 'short'
  }
  return 'none'
}

/** RFC 2326 wants CRLF; some cameras send bare LF. */
function headerEnd(bytes: Buffer, at: number): number | null {
  const limit = Math.min(bytes.length, at + readerLimits.headerBytes + 4)
  for (let i = at; i < limit; i++) {
    if (bytes[i] !== 0x0a) continue
    if (bytes[i + 1] === 0x0a) return i + 2
    if (bytes[i + 1] === 0x0d && bytes[i + 2] === 0x0a) return i + 3
  }
  return null
}

function parseHead(text: string): { first: string; headers: Map<string, string[]> } {
  const [first = '', ...lines] = text.split(/\r?\n/)
  if (lines.length > readerLimits.headers + 2) throw badReply('it has too many headers')
  const headers = new Map<string, string[]>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon <= 0) continue
    const name = line.slice(0, colon).trim().toLowerCase()
    const values = headers.get(name) ?? []
    values.push(line.slice(colon + 1).trim())
    headers.set(name, values)
  }
  return { first, headers }
}

function contentLength(headers: ReadonlyMap<string, readonly string[]>): number {
  const text = headers.get('content-length')?.[0]
  if (text === undefined) return 0
  if (!/^\d{1,9}$/.test(text)) throw badReply('its Content-Length is no number')
  const length = Number(text)
  if (length > readerLimits.bodyBytes) throw badReply('its body is too long')
  return length
}

export function badReply(why: string): Error {
  return streamFault('camera', 'bad-reply', `The camera's RTSP reply cannot be used: ${why}.`)
}
