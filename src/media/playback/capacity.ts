import { GatewayError } from '../../domain/errors.ts'

export interface CapacityLimits {
  /** Under way at once. */
  readonly most: number
  /** Behind them, in order; the next one is refused. */
  readonly mostWaiting: number
}

/** Work that may be under way only so many times at once; what exceeds it is refused, and told so. */
export class Capacity {
  readonly #limits: CapacityLimits
  readonly #code: string
  readonly #waiting: (() => void)[] = []
  #busy = 0

  constructor(code: string, limits: CapacityLimits) {
    this.#code = code
    this.#limits = limits
  }

  /** Call what it returns when the work is done, once. Throws when there is no room. */
  async enter(): Promise<() => void> {
    if (this.#busy >= this.#limits.most) {
      if (this.#waiting.length >= this.#limits.mostWaiting)
        throw new GatewayError({
          kind: 'unavailable',
          code: this.#code,
          message: `${this.#limits.most} of them are under way already`,
        })
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve)
      })
    } else this.#busy++
    let left = false
    return () => {
      if (left) return
      left = true
      const next = this.#waiting.shift()
      // Whoever waited takes the place over.
      if (next === undefined) this.#busy--
      else next()
    }
  }
}
