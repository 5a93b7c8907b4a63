import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

export interface Credentials {
  readonly username: string
  readonly password: string
}

export type DigestVerdict = 'right' | 'wrong' | 'stale'

const NONCE_LIFE_MS = 5 * 60_000
const algorithms = [
  // Strongest first by RFC 7616 §3.7; MD5 last also because ffmpeg uses the last challenge it reads.
  { name: 'SHA-256', hash: 'sha256' },
  { name: 'MD5', hash: 'md5' },
] as const

/** Digest authentication (RFC 7616, and its RFC 2069 form without `qop`), for RTSP and for HTTP. */
export class Digest {
  readonly #realm: string
  readonly #credentials: Credentials
  readonly #qop: boolean
  readonly #key = randomBytes(32)

  /** @param options.qop offer `qop="auth"`: usual over HTTP, rare in cameras' RTSP. */
  constructor(realm: string, credentials: Credentials, options: { readonly qop: boolean }) {
    this.#realm = realm
    this.#credentials = credentials
    this.#qop = options.qop
  }

  /** Values of the WWW-Authenticate headers, one for each algorithm. */
  challenges(stale: boolean): string[] {
    const nonce = this.#nonce(Date.now())
    return algorithms.map(({ name }) => {
      const qop = this.#qop ? ', qop="auth"' : ''
      return `Digest realm="${this.#realm}", nonce="${nonce}", algorithm=${name}${qop}${stale ? ', stale=true' : ''}`
    })
  }

  verify(method: string, authorization: string | undefined): DigestVerdict {
    if (!authorization || authorization.length > 4096 || !/^Digest\s/i.test(authorization)) return 'wrong'
    const field = parameters(authorization)
    const algorithm = algorithms.find(({ name }) => name === (field.get('algorithm') ?? 'MD5').toUpperCase())
    const nonce = field.get('nonce') ?? ''
    if (!algorithm || field.get('username') !== this.#credentials.username) return 'wrong'
    const hash = (...parts: readonly (string | undefined)[]): string =>
      createHash(algorithm.hash)
        .update(parts.map((part) => part ?? '').join(':'))
        .digest('hex')
    const secret = hash(this.#credentials.username, this.#realm, this.#credentials.password)
    const request = hash(method, field.get('uri'))
    const expected = field.has('qop')
      ? hash(secret, nonce, field.get('nc'), field.get('cnonce'), field.get('qop'), request)
      : hash(secret, nonce, request)
    const given = Buffer.from((field.get('response') ?? '').toLowerCase())
    if (given.length !== expected.length || !timingSafeEqual(given, Buffer.from(expected))) return 'wrong'
    return this.#isFresh(nonce) ? 'right' : 'stale'
  }

  /** Carries its own time and seal, so that no list of nonces has to be kept. */
  #nonce(utcMs: number): string {
    const time = utcMs.toString(16)
    return `${time}x${createHmac('sha256', this.#key).update(time).digest('hex').slice(0, 32)}`
  }

  #isFresh(nonce: string): boolean {
    const utcMs = Number.parseInt(nonce.split('x')[0] ?? '', 16)
    return this.#nonce(utcMs) === nonce && Date.now() - utcMs < NONCE_LIFE_MS
  }
}

function parameters(authorization: string): Map<string, string> {
  const pairs = authorization.slice(7).matchAll(/([a-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/gi)
  return new Map(
    [...pairs].map(([, name = '', quoted, plain]) => [name.toLowerCase(), quoted ?? plain ?? '']),
  )
}
