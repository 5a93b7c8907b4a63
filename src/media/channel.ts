import type { CameraCondition } from '../domain/camera.ts'
import type { Fragment, InitSegment } from './fragment.ts'
import { KeptPictures } from './kept-pictures.ts'
import type { ProgrammeClock } from './programme-clock.ts'
import type { StreamHandle, StreamSubscriber } from './subscriber.ts'

/** What delivers a channel's stream: a pull, or another channel that has the same one. */
export interface Feeder {
  restart(): void
  /** How late what comes may be; 0 until it is said. Absent: it cannot be any later. */
  setPatience?(ms: number): void
  stop(): Promise<void>
}

export interface ChannelListener {
  fragment(fragment: Fragment): void
  init(segment: InitSegment): void
  condition(condition: CameraCondition): void
}

export interface ChannelOptions {
  /** Starts what delivers; called when the first subscriber comes, and again after a rest. */
  readonly feed: (listener: ChannelListener) => Feeder
  readonly lingerMs: number
  /** Nobody is left and the linger is over. */
  readonly idle: () => void
  readonly subscriberFailed: (error: unknown) => void
}

interface Subscription {
  readonly subscriber: StreamSubscriber
  /** Has got an independent fragment, so everything that follows makes sense to it. */
  begun: boolean
  initVersion: number
  patienceMs: number
  closed: boolean
}

/** Of who waits for no picture at all: a fifth of a second is what one fragment takes anyway. */
export const longestPatienceMs = 200

/** One stream and everybody who uses it. */
export class Channel {
  readonly #options: ChannelOptions
  readonly #feeder: Feeder
  readonly #kept = new KeptPictures()
  readonly #subscriptions = new Set<Subscription>()
  #init: InitSegment | null = null
  #condition: CameraCondition = { state: 'connecting', sinceUtcMs: Date.now() }
  #linger: NodeJS.Timeout | null = null
  #patienceMs = 0
  #clock: ProgrammeClock | null = null
  #ended = false

  constructor(options: ChannelOptions) {
    this.#options = options
    this.#feeder = options.feed({
      init: (segment) => this.#renew(segment),
      fragment: (fragment) => this.#spread(fragment),
      condition: (condition) => {
        this.#condition = condition
        this.#each((subscription) => subscription.subscriber.condition?.(condition))
      },
    })
  }

  /** How sure programme time is; null: no picture has come. */
  get clock(): ProgrammeClock | null {
    return this.#clock
  }

  get subscribers(): number {
    return this.#subscriptions.size
  }

  open(subscriber: StreamSubscriber): StreamHandle {
    if (this.#linger !== null) clearTimeout(this.#linger)
    this.#linger = null
    const subscription: Subscription = {
      subscriber,
      begun: false,
      initVersion: 0,
      patienceMs: 0,
      closed: false,
    }
    this.#subscriptions.add(subscription)
    this.#agreePatience()
    const condition = () => this.#condition
    const init = () => this.#init
    const handle: StreamHandle = {
      get condition() {
        return condition()
      },
      get init() {
        return init()
      },
      setPatience: (ms) => {
        subscription.patienceMs = ms
        this.#agreePatience()
      },
      close: () => this.#close(subscription),
    }
    this.#guard(subscription, () => {
      subscriber.condition?.(this.#condition)
      if (this.#init !== null) this.#introduce(subscription, this.#init)
      for (const fragment of this.#kept.fragments) this.#give(subscription, fragment)
    })
    return handle
  }

  restart(): void {
    this.#feeder.restart()
  }

  async end(): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    if (this.#linger !== null) clearTimeout(this.#linger)
    for (const subscription of [...this.#subscriptions]) this.#cutOff(subscription)
    this.#kept.clear()
    await this.#feeder.stop()
  }

  /** A stream that lingers need not hurry either. */
  #agreePatience(): void {
    let agreedMs = longestPatienceMs
    for (const { patienceMs } of this.#subscriptions) agreedMs = Math.min(agreedMs, patienceMs)
    if (agreedMs === this.#patienceMs) return
    this.#patienceMs = agreedMs
    this.#feeder.setPatience?.(agreedMs)
  }

  #renew(segment: InitSegment): void {
    this.#init = segment
    // Pictures in the old format are of no use to whoever comes now.
    this.#kept.clear()
    this.#each((subscription) => this.#introduce(subscription, segment))
  }

  #spread(fragment: Fragment): void {
    this.#kept.add(fragment)
    this.#clock = fragment.clock ?? this.#clock
    this.#each((subscription) => this.#give(subscription, fragment))
  }

  #introduce(subscription: Subscription, segment: InitSegment): void {
    if (subscription.closed || subscription.initVersion === segment.version) return
    subscription.initVersion = segment.version
    subscription.subscriber.init(segment)
  }

  #give(subscription: Subscription, fragment: Fragment): void {
    if (subscription.closed || (!subscription.begun && !fragment.independent)) return
    subscription.begun = true
    subscription.subscriber.fragment(fragment)
  }

  #each(act: (subscription: Subscription) => void): void {
    for (const subscription of [...this.#subscriptions]) this.#guard(subscription, () => act(subscription))
  }

  /** One subscriber's error must reach neither the others nor the camera's connection. */
  #guard(subscription: Subscription, act: () => void): void {
    try {
      act()
    } catch (error) {
      this.#options.subscriberFailed(error)
      this.#cutOff(subscription)
    }
  }

  #cutOff(subscription: Subscription): void {
    if (subscription.closed) return
    this.#close(subscription)
    try {
      subscription.subscriber.ended?.()
    } catch (error) {
      this.#options.subscriberFailed(error)
    }
  }

  #close(subscription: Subscription): void {
    subscription.closed = true
    if (!this.#subscriptions.delete(subscription) || this.#ended) return
    this.#agreePatience()
    if (this.#subscriptions.size > 0) return
    this.#linger = setTimeout(this.#options.idle, this.#options.lingerMs)
  }
}
