const windowMs = 10_000
const mostTries = 100
/** Beyond so many addresses at once they are forgotten together: memory is bounded, and so is the harm. */
const mostAddresses = 20_000

/**
 * Who knocks at a socket without having signed in. Sockets are outside the rate limit of HTTP, and whoever
 * is let in that far holds a place until it is known who it is: from one address only so many may.
 */
export class Strangers {
  readonly #tries = new Map<string, number>()
  #sinceMs = Number.NEGATIVE_INFINITY

  mayTry(address: string | undefined, nowMs = performance.now()): boolean {
    if (nowMs - this.#sinceMs >= windowMs || this.#tries.size > mostAddresses) {
      this.#tries.clear()
      this.#sinceMs = nowMs
    }
    return (this.#tries.get(address ?? '') ?? 0) < mostTries
  }

  /** It came without a right to come; those who have one are not counted. */
  failed(address: string | undefined): void {
    this.#tries.set(address ?? '', (this.#tries.get(address ?? '') ?? 0) + 1)
  }
}
