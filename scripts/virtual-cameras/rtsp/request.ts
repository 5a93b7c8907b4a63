/** A request, or the length of an interleaved packet that was skipped (a client's RTCP). */
export type RtspInput =
  | { readonly kind: 'request'; readonly request: RtspRequest }
  | { readonly kind: 'interleaved' }

export interface RtspRequest {
  readonly method: string
  readonly url: string
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>
}

class RtspSyntaxError extends Error {}

const MAX_HEAD_BYTES = 16 * 1024
const MAX_BODY_BYTES = 64 * 1024
const MAX_HEADERS = 64

/** Cuts a connection's bytes into requests. Holds at most one head or one packet that is not yet complete. */
export class RtspReader {
  #rest: Buffer = Buffer.alloc(0)

  /** @throws RtspSyntaxError when the bytes are not RTSP or a limit is passed: the connection is then useless. */
  push(bytes: Buffer): RtspInput[] {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    const inputs: RtspInput[] = []
    for (let input = this.#take(); input; input = this.#take()) inputs.push(input)
    return inputs
  }

  #take(): RtspInput | undefined {
    if (this.#rest[0] === 0x24) {
      if (this.#rest.length < 4) return undefined
      const end = 4 + this.#rest.readUInt16BE(2)
      if (this.#rest.length < end) return undefined
      this.#rest = this.#rest.subarray(end)
      return { kind: 'interleaved' }
    }
    const headEnd = this.#rest.indexOf('\r\n\r\n')
    if (headEnd < 0 || headEnd > MAX_HEAD_BYTES) {
      if (this.#rest.length > MAX_HEAD_BYTES) throw new RtspSyntaxError('request head too long')
      return undefined
    }
    const request = parseHead(this.#rest.toString('utf8', 0, headEnd))
    const bodyBytes = Number(request.headers.get('content-length') ?? 0)
    if (!Number.isInteger(bodyBytes) || bodyBytes < 0 || bodyBytes > MAX_BODY_BYTES)
      throw new RtspSyntaxError('request body too long')
    const end = headEnd + 4 + bodyBytes
    if (this.#rest.length < end) return undefined
    this.#rest = this.#rest.subarray(end)
    return { kind: 'request', request }
  }
}

function parseHead(head: string): RtspRequest {
  const [first = '', ...lines] = head.replace(/^(\r\n)+/, '').split('\r\n')
  const [, method, url] = /^([A-Z_]{1,32}) (\S{1,2048}) RTSP\/1\.0$/.exec(first) ?? []
  if (!method || !url) throw new RtspSyntaxError('not an RTSP request')
  if (lines.length > MAX_HEADERS) throw new RtspSyntaxError('too many headers')
  const headers = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon < 1) throw new RtspSyntaxError('malformed header')
    headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim())
  }
  return { method, url, headers }
}

/** What a client asks for in its Transport header, first acceptable one of its list. */
export type TransportWish =
  | { readonly kind: 'tcp'; readonly channels?: readonly [number, number] }
  | { readonly kind: 'udp'; readonly ports: readonly [number, number] }

export function parseTransport(header: string): TransportWish | undefined {
  for (const offer of header.split(',')) {
    const parts = offer.split(';').map((part) => part.trim())
    const range = (name: string, highest: number): readonly [number, number] | undefined => {
      const [, low, high] =
        new RegExp(`;${name}=(\\d{1,5})(?:-(\\d{1,5}))?(?:;|$)`).exec(`;${parts.join(';')}`) ?? []
      if (low === undefined) return undefined
      const pair = [Number(low), Number(high ?? Number(low) + 1)] as const
      return Math.max(...pair) <= highest ? pair : undefined
    }
    if (parts[0] === 'RTP/AVP/TCP') {
      const channels = range('interleaved', 255)
      return channels ? { kind: 'tcp', channels } : { kind: 'tcp' }
    }
    const ports = range('client_port', 65_535)
    if (/^RTP\/AVP(\/UDP)?$/.test(parts[0] ?? '') && !parts.includes('multicast') && ports)
      return { kind: 'udp', ports }
  }
  return undefined
}
