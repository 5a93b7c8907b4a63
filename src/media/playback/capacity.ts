import { GatewayError } from '../../domain/errors.ts'

export interface CapacityLimits {
  /** Under way at once. */
  readonly most: number
  /** Behind them, in order; the next one is refused. */
  readonly mostWaiting: number
  /** Under way and waiting of one account: nobody takes the others' places. */
  readonly mostEach: number
}

export interface Asker {
  readonly account: string
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal
}

/** Work that may be under way only so many times at once; what exceeds it is refused, and told so. */
export class Capacity {
  readonly #limits: CapacityLimits
  readonly #code: string
  readonly #waiting = new Set<() => void>()
  readonly #places = new Map<string, number>()
  #busy = 0

  constructor(code: string, limits: CapacityLimits) {
    this.#code = code
    this.#limits = limits
  }

  /**
   * Call what it returns when the work is done, once.
   * @throws GatewayError with the code of this work when there is no room; another error when the signal aborts
   */
  async enter({ account, signal }: Asker): Promise<() => void> {
    signal.throwIfAborted()
    const { most, mostWaiting, mostEach } = this.#limits
    const isFull = this.#busy >= most
    if ((this.#places.get(account) ?? 0) >= mostEach || (isFull && this.#waiting.size >= mostWaiting))
      throw this.#noRoom()
    this.#count(account, 1)
    try {
      if (isFull) await this.#turn(signal)
      else this.#busy++
    } catch (error) {
      this.#count(account, -1)
      throw error
    }
    let left = false
    return () => {
      if (left) return
      left = true
      this.#count(account, -1)
      const [next] = this.#waiting
      // Whoever waited takes the place over.
      if (next === undefined) this.#busy--
      else next()
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const come = () => {
        this.#waiting.delete(come)
        signal.removeEventListener('abort', gone)
        resolve()
      }
      const gone = () => {
        this.#waiting.delete(come)
        reject(new Error('nobody waits for it any more', { cause: signal.reason }))
      }
      signal.addEventListener('abort', gone, { once: true })
      this.#waiting.add(come)
    })
  }

  #count(account: string, by: number): void {
    const places = (this.#places.get(account) ?? 0) + by
    if (places === 0) this.#places.delete(account)
    else this.#places.set(account, places)
  }

  #noRoom(): GatewayError {
    return new GatewayError({
      kind: 'unavailable',
      code: this.#code,
      message: `${this.#limits.most} of them are under way already, or ${this.#limits.mostEach} of this account`,
    })
  }
}
