import { randomBytes } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'
import { GatewayError } from '../domain/errors.ts'

/** argon2id (the package's default variant), RFC 9106's second recommended choice: 64 MiB, 3 passes. */
const cost = { memoryCost: 64 * 1024, timeCost: 3, parallelism: 1 }
const mostAtOnce = 2
const mostWaiting = 32
/** Without 0, 1, i, l, o, u: it is read from a terminal and typed. 20 of 30 symbols: 98 bits. */
const alphabet = '23456789abcdefghjkmnpqrstvwxyz'
const groups = 4
const groupLength = 5

/**
 * Hashes and checks passwords, a bounded number at a time: each takes a core for a tenth of a second and
 * 64 MiB, which a flood of sign-ins must not multiply.
 */
export class Passwords {
  #running = 0
  readonly #waiting: (() => void)[] = []
  #nobodys: Promise<string> | null = null

  hash(password: string): Promise<string> {
    return this.#bounded(() => hash(password, cost))
  }

  /** @param stored null where there is no such account: takes as long, and is never right */
  async matches(stored: string | null, password: string): Promise<boolean> {
    const against = stored ?? (await (this.#nobodys ??= this.hash(oneTimePassword())))
    const right = await this.#bounded(() => verify(against, password))
    return stored !== null && right
  }

  async #bounded<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= mostAtOnce) {
      if (this.#waiting.length >= mostWaiting) throw busy()
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    } else this.#running += 1
    try {
      return await work()
    } finally {
      // The place is handed over rather than freed, so that no newcomer slips in between.
      const next = this.#waiting.shift()
      if (next === undefined) this.#running -= 1
      else next()
    }
  }
}

export function oneTimePassword(): string {
  const symbols: string[] = []
  while (symbols.length < groups * groupLength) {
    for (const byte of randomBytes(32)) {
      // 240 = 8 x 30: the bytes above would favour the first symbols.
      if (byte < 240) symbols.push(alphabet.charAt(byte % alphabet.length))
    }
  }
  return Array.from({ length: groups }, (_, group) =>
    symbols.slice(group * groupLength, (group + 1) * groupLength).join(''),
  ).join('-')
}

function busy(): GatewayError {
  return new GatewayError({
    kind: 'rate-limited',
    code: 'sign-in-busy',
    message: 'too many sign-ins at this moment',
    details: { retryAfterS: 3 },
  })
}
