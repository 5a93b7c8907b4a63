import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { requireAllowed } from '../../access/authorise.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { RtspRequest } from '../rtsp/message-reader.ts'
import { challenges, type DigestClaim, provesKey, readClaim } from './digest.ts'
import { type FoundKey, type RtspKeys, realm } from './rtsp-keys.ts'

export type KeyVerdict =
  | { readonly allowed: true; readonly key: FoundKey }
  /** Values of the `WWW-Authenticate` headers. */
  | { readonly allowed: false; readonly challenges: readonly string[] }

/**
 * A key's secret has 144 random bits, so no number of tries finds it and nobody has to be locked out, as
 * with passwords that people choose (a wall opens all its tiles at once); they only must not cost us much.
 */
const wrongMs = 500

/** Of the same length and shape as a key's, for names that are none. */
const nobodys = { md5: '0'.repeat(32), sha256: '0'.repeat(64) }

/**
 * Checks the requests of one connection. Its nonce is its own, so that nothing overheard on another
 * connection opens anything here.
 */
export class KeyCheck {
  readonly #keys: RtspKeys
  readonly #nonce = randomBytes(16).toString('hex')
  #key: FoundKey | null = null
  #lastCount = 0

  constructor(keys: RtspKeys) {
    this.#keys = keys
  }

  /** Who was let in last on this connection. */
  get key(): FoundKey | null {
    return this.#key
  }

  /** @throws GatewayError `not-allowed` */
  async check(request: RtspRequest): Promise<KeyVerdict> {
    const claim = readClaim(request.headers.get('authorization')?.[0] ?? '')
    if (claim === null) return this.#refused(false)
    if (claim.nonce !== this.#nonce) return this.#refused(true)
    const known = this.#key?.username === claim.username ? this.#key : null
    const key = known ?? (await this.#keys.find(claim.username))
    const proven = provesKey(claim, request.method, key?.secrets ?? nobodys)
    if (key === null || !proven || !fits(claim, request)) {
      await sleep(wrongMs)
      return this.#refused(false)
    }
    if (!this.#isNew(claim)) return this.#refused(true)
    requireAllowed(key.principal, 'live')
    this.#key = key
    return { allowed: true, key }
  }

  #refused(stale: boolean): KeyVerdict {
    return { allowed: false, challenges: challenges(realm, this.#nonce, stale) }
  }

  /** A count that was used already is a request said again by somebody else (RFC 7616 3.4). */
  #isNew({ use }: DigestClaim): boolean {
    if (use === null) return true
    const count = /^[0-9a-f]{8}$/i.test(use.count) ? Number.parseInt(use.count, 16) : 0
    if (count <= this.#lastCount) return false
    this.#lastCount = count
    return true
  }
}

/** The proof must be one for this very request; some readers name only the path. */
function fits(claim: DigestClaim, { target }: RtspRequest): boolean {
  return claim.realm === realm && (claim.uri === target || claim.uri === pathOf(target))
}

function pathOf(target: string): string {
  return target.replace(/^rtsps?:\/\/[^/]*/i, '')
}

/** The status that an error is answered with. */
export function statusOf(error: unknown): number {
  if (!(error instanceof GatewayError)) return 500
  if (error.details.hop === 'capacity') return 453
  switch (error.kind) {
    case 'not-found':
      return 404
    case 'denied':
    case 'unauthenticated':
    case 'rate-limited':
      return 403
    case 'too-large':
      return 453
    case 'invalid':
      return 400
    case 'internal':
      return 500
    default:
      return 503
  }
}
