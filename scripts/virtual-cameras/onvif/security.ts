import { createHash, timingSafeEqual } from 'node:crypto'
import type { Credentials } from '../digest.ts'
import type { XmlNode } from './xml.ts'

export type TokenVerdict = 'right' | 'wrong' | 'expired'

/** How far a signature's time may be from the camera's: cameras allow from 5 s to some minutes. */
const CREATED_WITHIN_MS = 60_000
const MAX_NONCES = 10_000

/**
 * WS-UsernameToken with a digest (OASIS UsernameToken Profile 1.0; ONVIF Core 5.9.1). Every pair of nonce
 * and time serves once, and only around the time that the camera's own clock shows.
 */
export class UsernameTokens {
  readonly #credentials: Credentials
  readonly #now: () => number
  /** Nonces that were used, with the time until which they would pass, oldest first. */
  readonly #used = new Map<string, number>()

  /** @param now the camera's clock */
  constructor(credentials: Credentials, now: () => number) {
    this.#credentials = credentials
    this.#now = now
  }

  verify(token: XmlNode): TokenVerdict {
    const created = token.text('Created')
    const nonce = token.text('Nonce')
    const given = Buffer.from(token.text('Password'), 'base64')
    const digest = createHash('sha1')
      .update(Buffer.from(nonce, 'base64'))
      .update(created, 'utf8')
      .update(this.#credentials.password, 'utf8')
      .digest()
    const isDigest = /#PasswordDigest$/.test(token.at('Password')?.attribute('Type') ?? '')
    if (token.text('Username') !== this.#credentials.username || !isDigest) return 'wrong'
    if (given.length !== digest.length || !timingSafeEqual(given, digest)) return 'wrong'
    const offMs = Math.abs(Date.parse(created) - this.#now())
    if (!(offMs <= CREATED_WITHIN_MS)) return 'expired'
    return this.#isFirstUse(`${nonce} ${created}`) ? 'right' : 'expired'
  }

  #isFirstUse(key: string): boolean {
    const nowMs = performance.now()
    for (const [old, untilMs] of this.#used) {
      if (untilMs > nowMs && this.#used.size < MAX_NONCES) break
      this.#used.delete(old)
    }
    if (this.#used.has(key)) return false
    this.#used.set(key, nowMs + 2 * CREATED_WITHIN_MS)
    return true
  }
}
