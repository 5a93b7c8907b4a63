import { isIPv6 } from 'node:net'
import { GatewayError } from '../domain/errors.ts'
import type { UtcMs } from '../domain/time.ts'

interface Tries {
  count: number
  untilUtcMs: UtcMs
}

const windowMs = 5 * 60_000
/** For one account from one address. Nobody elsewhere is locked out by it. */
const mostPerAccount = 5
/** For one address whatever the account: many operators may sit behind one. */
const mostPerAddress = 30
const mostKept = 10_000

/**
 * Counts tries at passwords. A try counts before the password is looked at, so that many at once
 * get no further than one after another; one that succeeds is taken back.
 */
export class SignInGuard {
  readonly #now: () => UtcMs
  readonly #tries = new Map<string, Tries>()

  constructor(now: () => UtcMs = Date.now) {
    this.#now = now
  }

  /** Throws `too-many-attempts` with the seconds to wait. */
  begin(username: string, address: string): void {
    const [account, everyone] = keys(username, address)
    const waitMs = Math.max(this.#waitMs(account, mostPerAccount), this.#waitMs(everyone, mostPerAddress))
    if (waitMs > 0)
      throw new GatewayError({
        kind: 'rate-limited',
        code: 'too-many-attempts',
        message: 'too many wrong passwords',
        details: { retryAfterS: Math.ceil(waitMs / 1000) },
      })
    this.#count(account)
    this.#count(everyone)
  }

  succeeded(username: string, address: string): void {
    const [account, everyone] = keys(username, address)
    this.#tries.delete(account)
    const others = this.#tries.get(everyone)
    if (others !== undefined) others.count -= 1
  }

  /** The try found nothing out: the password could not be looked at. */
  takeBack(username: string, address: string): void {
    for (const key of keys(username, address)) {
      const tries = this.#tries.get(key)
      if (tries !== undefined) tries.count -= 1
    }
  }

  #waitMs(key: string, most: number): number {
    const tries = this.#tries.get(key)
    if (tries === undefined) return 0
    const leftMs = tries.untilUtcMs - this.#now()
    if (leftMs <= 0) this.#tries.delete(key)
    return tries.count >= most ? Math.max(0, leftMs) : 0
  }

  #count(key: string): void {
    const tries = this.#tries.get(key)
    if (tries !== undefined) {
      tries.count += 1
      return
    }
    const [oldest] = this.#tries.keys()
    if (oldest !== undefined && this.#tries.size >= mostKept) this.#tries.delete(oldest)
    this.#tries.set(key, { count: 1, untilUtcMs: this.#now() + windowMs })
  }
}

function keys(username: string, address: string): [account: string, everyone: string] {
  const network = networkOf(address)
  return [`${network} ${username}`, network]
}

/** One IPv6 customer has a /64 of addresses (RFC 6177). */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address
  const [head = '', tail = ''] = address.split('::')
  const left = head.split(':')
  const right = tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0')
  return [...left, ...zeros, ...right].slice(0, 4).join(':')
}
