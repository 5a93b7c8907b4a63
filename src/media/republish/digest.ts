import { createHash, timingSafeEqual } from 'node:crypto'

/** H(username:realm:password) as RFC 7616 3.4.2 calls it A1, hexadecimal. */
export interface KeySecrets {
  readonly md5: string
  readonly sha256: string
}

/** What a reader claims in its `Authorization` header. */
export interface DigestClaim {
  readonly username: string
  readonly realm: string
  readonly nonce: string
  readonly uri: string
  readonly response: string
  readonly hash: 'md5' | 'sha256'
  /** Null: the form of RFC 2069, as most RTSP readers use it. */
  readonly use: { readonly count: string; readonly cnonce: string } | null
}

const hashes: Readonly<Record<string, 'md5' | 'sha256'>> = { MD5: 'md5', 'SHA-256': 'sha256' }
const longest = 4096

/**
 * One header for each algorithm, the strongest first (RFC 7616 3.7). MD5 stands last also because
 * ffmpeg takes the last challenge that it reads, and does not know the other one.
 */
export function challenges(realm: string, nonce: string, stale: boolean): string[] {
  return ['SHA-256', 'MD5'].map(
    (name) =>
      `Digest realm="${realm}", nonce="${nonce}", algorithm=${name}, qop="auth"${stale ? ', stale=true' : ''}`,
  )
}

/** Null where it is no Digest that can be checked. */
export function readClaim(header: string): DigestClaim | null {
  if (header.length > longest || !/^Digest\s/i.test(header)) return null
  const field = new Map<string, string>()
  for (const match of header.slice(6).matchAll(/([a-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/gi))
    field.set((match[1] ?? '').toLowerCase(), match[2]?.replace(/\\(.)/g, '$1') ?? match[3] ?? '')
  const hash = hashes[(field.get('algorithm') ?? 'MD5').toUpperCase()]
  const [username, nonce, uri, response] = ['username', 'nonce', 'uri', 'response'].map((name) =>
    field.get(name),
  )
  if (hash === undefined || !username || !nonce || !uri || !response) return null
  const qop = field.get('qop')
  const [count, cnonce] = [field.get('nc'), field.get('cnonce')]
  if (qop !== undefined && (qop !== 'auth' || count === undefined || cnonce === undefined)) return null
  const use = qop === undefined ? null : { count: count ?? '', cnonce: cnonce ?? '' }
  return { username, realm: field.get('realm') ?? '', nonce, uri, response, hash, use }
}

/** Whether who made `claim` for a request of `method` knows the key. */
export function provesKey(claim: DigestClaim, method: string, secrets: KeySecrets): boolean {
  const hash = (...parts: string[]) => createHash(claim.hash).update(parts.join(':')).digest('hex')
  const request = hash(method, claim.uri)
  const secret = secrets[claim.hash]
  const expected =
    claim.use === null
      ? hash(secret, claim.nonce, request)
      : hash(secret, claim.nonce, claim.use.count, claim.use.cnonce, 'auth', request)
  const given = Buffer.from(claim.response.toLowerCase())
  return given.length === expected.length && timingSafeEqual(given, Buffer.from(expected))
}
