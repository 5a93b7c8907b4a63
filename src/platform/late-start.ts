import type { Log } from './log.ts'

/** In the form in which the status tells it. */
export interface StartShortfall {
  readonly code: string
  readonly text: string
  readonly remedy: string
}

export interface LateStartOptions {
  readonly log: Log
  /** May be called again after it has rejected. */
  readonly start: () => Promise<void>
  /** What is told until it has started. */
  readonly shortfall: StartShortfall
  /** For tests that cannot wait. */
  readonly againMs?: number
}

const usualAgainMs = 5000

/** Starts a part that the rest of the gateway can do without for a while, and tries until it has. */
export class LateStart {
  readonly #options: LateStartOptions
  #trying: Promise<void> = Promise.resolve()
  #failed = false
  #stopped = false
  #again: NodeJS.Timeout | null = null

  constructor(options: LateStartOptions) {
    this.#options = options
  }

  /** Resolves after the first try, whatever came of it. */
  begin(): Promise<void> {
    this.#trying = this.#try()
    return this.#trying
  }

  shortfalls(): StartShortfall[] {
    return this.#failed ? [this.#options.shortfall] : []
  }

  /** Tries no more; a try that is under way has ended when it resolves. */
  async stop(): Promise<void> {
    this.#stopped = true
    if (this.#again !== null) clearTimeout(this.#again)
    await this.#trying
  }

  async #try(): Promise<void> {
    const { log, start, shortfall, againMs = usualAgainMs } = this.#options
    try {
      await start()
      if (this.#failed) log.info({ code: shortfall.code }, 'started after all')
      this.#failed = false
    } catch (error) {
      this.#failed = true
      log.error({ err: error, code: shortfall.code }, shortfall.text)
      if (!this.#stopped) this.#again = setTimeout(() => void this.begin(), againMs)
    }
  }
}
