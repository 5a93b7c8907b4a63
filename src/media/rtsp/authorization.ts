import { createHash } from 'node:crypto'

/** One `WWW-Authenticate` challenge (RFC 7235 2.1, RFC 7616 3.3). */
export type Challenge =
  | { readonly scheme: 'basic' }
  | {
      readonly scheme: 'digest'
      readonly realm: string
      readonly nonce: string
      readonly opaque: string | null
      readonly hash: 'md5' | 'sha256'
      /** `-sess`: the nonce and cnonce are part of the secret. */
      readonly session: boolean
      /** The algorithm as the server wrote it, to be echoed; null: not named. */
      readonly algorithm: string | null
      readonly qopAuth: boolean
      readonly stale: boolean
    }

export interface Credentials {
  readonly username: string
  readonly password: string
}

const algorithms: Readonly<Record<string, { hash: 'md5' | 'sha256'; session: boolean }>> = {
  md5: { hash: 'md5', session: false },
  'md5-sess': { hash: 'md5', session: true },
  'sha-256': { hash: 'sha256', session: false },
  'sha-256-sess': { hash: 'sha256', session: true },
}

/** The strongest challenge that can be met: SHA-256, then MD5, then Basic; null when there is none. */
export function strongestChallenge(headers: readonly string[]): Challenge | null {
  const challenges = headers.flatMap((header) => parseChallenge(header) ?? [])
  const rank = (challenge: Challenge) => (challenge.scheme === 'basic' ? 0 : challenge.hash === 'md5' ? 1 : 2)
  return challenges.toSorted((a, b) => rank(b) - rank(a))[0] ?? null
}

export function parseChallenge(header: string): Challenge | null {
  const scheme = /^\s*(\w+)/.exec(header)?.[1]?.toLowerCase()
  if (scheme === 'basic') return { scheme }
  if (scheme !== 'digest') return null
  const fields = new Map<string, string>()
  for (const match of header.slice(0, 4096).matchAll(/([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g)) {
    fields.set((match[1] ?? '').toLowerCase(), match[2]?.replace(/\\(.)/g, '$1') ?? match[3] ?? '')
  }
  const algorithm = fields.get('algorithm') ?? null
  const known = algorithms[(algorithm ?? 'md5').toLowerCase()]
  const nonce = fields.get('nonce')
  if (known === undefined || nonce === undefined) return null
  const qop = fields.get('qop')
  const qopAuth = qop?.split(',').some((option) => option.trim().toLowerCase() === 'auth') ?? false
  if (qop !== undefined && qop !== '' && !qopAuth) return null
  return {
    scheme,
    realm: fields.get('realm') ?? '',
    nonce,
    opaque: fields.get('opaque') ?? null,
    ...known,
    algorithm,
    qopAuth,
    stale: fields.get('stale')?.toLowerCase() === 'true',
  }
}

export interface DigestUse {
  readonly method: string
  readonly uri: string
  /** How often this nonce was used, from 1. */
  readonly count: number
  readonly cnonce: string
}

/** Value of the `Authorization` header. */
export function authorizationFor(challenge: Challenge, credentials: Credentials, use: DigestUse): string {
  const { username, password } = credentials
  if (challenge.scheme === 'basic') {
    return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`
  }
  const digest = (text: string) => createHash(challenge.hash).update(text, 'utf8').digest('hex')
  const { realm, nonce, opaque, algorithm, qopAuth } = challenge
  const plain = digest(`${username}:${realm}:${password}`)
  const secret = challenge.session ? digest(`${plain}:${nonce}:${use.cnonce}`) : plain
  const target = digest(`${use.method}:${use.uri}`)
  const count = use.count.toString(16).padStart(8, '0')
  const response = qopAuth
    ? digest(`${secret}:${nonce}:${count}:${use.cnonce}:auth:${target}`)
    : digest(`${secret}:${nonce}:${target}`)
  const fields = [
    `username="${quoted(username)}"`,
    `realm="${quoted(realm)}"`,
    `nonce="${quoted(nonce)}"`,
    `uri="${use.uri}"`,
    `response="${response}"`,
  ]
  if (algorithm !== null) fields.push(`algorithm=${algorithm}`)
  if (opaque !== null) fields.push(`opaque="${quoted(opaque)}"`)
  if (qopAuth) fields.push('qop=auth', `nc=${count}`)
  if (qopAuth || challenge.session) fields.push(`cnonce="${use.cnonce}"`)
  return `Digest ${fields.join(', ')}`
}

/** Control characters are left out: a line break in a name would begin a header, or a request, of its own. */
function quoted(text: string): string {
  return text.replace(/\p{Cc}/gu, '').replace(/["\\]/g, '\\$&')
}
