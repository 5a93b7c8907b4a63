import { createHash, randomBytes } from 'node:crypto'

/** A `WWW-Authenticate: Digest` challenge (RFC 7616), as far as cameras use it. */
export interface DigestChallenge {
  readonly realm: string
  readonly nonce: string
  readonly opaque: string | null
  readonly algorithm: 'MD5' | 'SHA-256'
  /** false: the form of RFC 2069, without `qop` */
  readonly qop: boolean
}

/** The strongest challenge that we can answer; null when there is none. Each header holds one challenge. */
export function chooseChallenge(headers: readonly string[]): DigestChallenge | null {
  const known = headers
    .map(parseChallenge)
    .filter((challenge): challenge is DigestChallenge => challenge !== null)
  return known.find((challenge) => challenge.algorithm === 'SHA-256') ?? known[0] ?? null
}

function parseChallenge(header: string): DigestChallenge | null {
  if (header.length > 4096 || !/^digest\s/i.test(header)) return null
  const fields = new Map<string, string>()
  for (const [, name = '', quoted, plain] of header
    .slice(7)
    .matchAll(/([a-z]{1,16})\s{0,4}=\s{0,4}(?:"([^"]*)"|([^\s,"]+))/gi)) {
    fields.set(name.toLowerCase(), quoted ?? plain ?? '')
  }
  const algorithm = (fields.get('algorithm') ?? 'MD5').toUpperCase()
  const qop = fields.get('qop')
  const nonce = fields.get('nonce')
  if (nonce === undefined || (algorithm !== 'MD5' && algorithm !== 'SHA-256')) return null
  if (qop !== undefined && !qop.split(',').some((value) => value.trim().toLowerCase() === 'auth')) return null
  return {
    realm: fields.get('realm') ?? '',
    nonce,
    opaque: fields.get('opaque') ?? null,
    algorithm,
    qop: qop !== undefined,
  }
}

/** The `Authorization` header that answers a challenge. */
export function answerChallenge(
  challenge: DigestChallenge,
  request: {
    readonly method: string
    readonly uri: string
    readonly username: string
    readonly password: string
  },
  cnonce: string = randomBytes(8).toString('hex'),
): string {
  const hash = (text: string): string =>
    createHash(challenge.algorithm === 'MD5' ? 'md5' : 'sha256')
      .update(text, 'utf8')
      .digest('hex')
  const secret = hash(`${request.username}:${challenge.realm}:${request.password}`)
  const what = hash(`${request.method}:${request.uri}`)
  // One request a nonce: the count is always one.
  const count = '00000001'
  const response = challenge.qop
    ? hash(`${secret}:${challenge.nonce}:${count}:${cnonce}:auth:${what}`)
    : hash(`${secret}:${challenge.nonce}:${what}`)
  // Control characters are left out: no header can hold them, and a line break would begin another.
  const quote = (text: string): string => `"${text.replace(/\p{Cc}/gu, '').replace(/[\\"]/g, '\\$&')}"`
  return [
    `Digest username=${quote(request.username)}`,
    `realm=${quote(challenge.realm)}`,
    `nonce=${quote(challenge.nonce)}`,
    `uri=${quote(request.uri)}`,
    `algorithm=${challenge.algorithm}`,
    ...(challenge.qop ? ['qop=auth', `nc=${count}`, `cnonce=${quote(cnonce)}`] : []),
    `response=${quote(response)}`,
    ...(challenge.opaque === null ? [] : [`opaque=${quote(challenge.opaque)}`]),
  ].join(', ')
}
