import { randomBytes } from 'node:crypto'

/** A change of the motion alarm; `initialized` tells a new subscriber how things stand. */
export interface MotionMessage {
  readonly operation: 'Initialized' | 'Changed'
  readonly moving: boolean
  readonly utcMs: number
}

interface Subscription {
  readonly waiting: MotionMessage[]
  wake: (() => void) | null
  endMs: number
}

const MAX_SUBSCRIPTIONS = 10
const MAX_WAITING = 100

/** Pull-point subscriptions of one camera (ONVIF Core 9.1.3), and the motion that they tell of. */
export class PullPoints {
  readonly #subscriptions = new Map<string, Subscription>()
  readonly #nowUtcMs: () => number
  readonly #motionEveryMs: number
  #timer: NodeJS.Timeout | undefined
  #moving = false

  constructor(options: { readonly nowUtcMs: () => number; readonly motionEveryMs: number }) {
    this.#nowUtcMs = options.nowUtcMs
    this.#motionEveryMs = options.motionEveryMs
  }

  /** Null when there are as many as the camera can have. */
  subscribe(forMs: number): string | null {
    this.#expire()
    if (this.#subscriptions.size >= MAX_SUBSCRIPTIONS) return null
    const id = randomBytes(8).toString('hex')
    const subscription: Subscription = { waiting: [], wake: null, endMs: performance.now() + forMs }
    this.#subscriptions.set(id, subscription)
    this.#tell(subscription, 'Initialized')
    this.#timer ??= setInterval(() => {
      this.#change()
    }, this.#motionEveryMs)
    return id
  }

  /** False for a subscription that is not, or no longer, there. */
  renew(id: string, forMs: number): boolean {
    this.#expire()
    const subscription = this.#subscriptions.get(id)
    if (subscription === undefined) return false
    subscription.endMs = performance.now() + forMs
    return true
  }

  unsubscribe(id: string): boolean {
    this.#subscriptions.get(id)?.wake?.()
    return this.#subscriptions.delete(id)
  }

  /** ms that a subscription still has; undefined when it is not there. */
  remainingMs(id: string): number | undefined {
    this.#expire()
    const subscription = this.#subscriptions.get(id)
    return subscription === undefined ? undefined : subscription.endMs - performance.now()
  }

  /** Tells how things stand once more. */
  synchronise(id: string): boolean {
    const subscription = this.#subscriptions.get(id)
    if (subscription !== undefined) this.#tell(subscription, 'Initialized')
    return subscription !== undefined
  }

  /** What there is at once, else the first that comes within `waitMs`, else nothing. */
  async pull(id: string, waitMs: number, limit: number, gone: AbortSignal): Promise<MotionMessage[]> {
    const subscription = this.#subscriptions.get(id)
    if (subscription === undefined) return []
    if (subscription.waiting.length === 0) {
      // A second pull takes the place of the first, which then answers with nothing.
      subscription.wake?.()
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, waitMs)
        const wake = (): void => {
          clearTimeout(timer)
          resolve()
        }
        subscription.wake = wake
        gone.addEventListener('abort', wake, { once: true })
      })
      subscription.wake = null
    }
    return subscription.waiting.splice(0, limit)
  }

  stop(): void {
    clearInterval(this.#timer)
    for (const id of this.#subscriptions.keys()) this.unsubscribe(id)
  }

  #change(): void {
    this.#expire()
    this.#moving = !this.#moving
    for (const subscription of this.#subscriptions.values()) this.#tell(subscription, 'Changed')
  }

  #tell(subscription: Subscription, operation: MotionMessage['operation']): void {
    if (subscription.waiting.length >= MAX_WAITING) subscription.waiting.shift()
    subscription.waiting.push({ operation, moving: this.#moving, utcMs: this.#nowUtcMs() })
    subscription.wake?.()
  }

  #expire(): void {
    for (const [id, { endMs }] of this.#subscriptions) if (endMs <= performance.now()) this.unsubscribe(id)
    if (this.#subscriptions.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
