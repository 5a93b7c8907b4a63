import type { StreamSource } from '../registry/stream-source.ts'
import type { ChannelListener, Feeder } from './channel.ts'
import type { StreamHandle, StreamSubscriber } from './subscriber.ts'

export interface SharedFeederOptions {
  readonly source: () => Promise<StreamSource>
  readonly listener: ChannelListener
  readonly isOwn: (source: StreamSource) => boolean
  readonly pull: (listener: ChannelListener) => Feeder
  readonly share: (subscriber: StreamSubscriber) => StreamHandle
}

/**
 * Feeds a substream. A camera without one gives its main stream instead: then the main stream's own
 * pull is shared, so that the camera is still connected to once.
 */
export class SharedFeeder implements Feeder {
  readonly #options: SharedFeederOptions
  #own: Feeder | null = null
  #shared: StreamHandle | null = null
  #stopped = false
  #patienceMs = 0
  /** Only the latest look-up counts. */
  #turn = 0

  constructor(options: SharedFeederOptions) {
    this.#options = options
    void this.#choose()
  }

  restart(): void {
    void this.#choose()
  }

  setPatience(ms: number): void {
    this.#patienceMs = ms
    this.#own?.setPatience?.(ms)
    this.#shared?.setPatience(ms)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#turn++
    this.#shared?.close()
    await this.#own?.stop()
  }

  async #choose(): Promise<void> {
    const turn = ++this.#turn
    const { source, isOwn, pull, share } = this.#options
    // An error is for the pull to meet, report and retry.
    const own = await source().then(isOwn, () => true)
    if (turn !== this.#turn || this.#stopped) return
    if (own) {
      this.#shared?.close()
      this.#shared = null
      if (this.#own === null) this.#own = pull(this.#options.listener)
      else this.#own.restart()
      this.#own.setPatience?.(this.#patienceMs)
      return
    }
    const before = this.#own
    this.#own = null
    this.#shared ??= share(this.#subscriber())
    this.#shared.setPatience(this.#patienceMs)
    await before?.stop()
  }

  #subscriber(): StreamSubscriber {
    const { listener } = this.#options
    let first = true
    return {
      init: (segment) => listener.init(segment),
      fragment: (fragment) => {
        // The main stream's time line is another one than that of a substream that came before it.
        listener.fragment(first ? { ...fragment, discontinuity: true } : fragment)
        first = false
      },
      condition: (condition) => listener.condition(condition),
    }
  }
}
