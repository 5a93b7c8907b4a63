import { isDeepStrictEqual } from 'node:util'
import type { Readiness, Shortfall, SystemStatus } from '../contract/system.ts'
import { GatewayError } from '../domain/errors.ts'

export interface StatusBoardOptions {
  readonly version: string
  readonly demo: boolean
  /** What nothing works without: rejects with a GatewayError while it does not answer. */
  readonly database: () => Promise<void>
  /** What analysis does not work without. */
  readonly queue: () => Promise<void>
  readonly shortfalls: readonly (() => readonly Shortfall[])[]
  readonly analysis: () => SystemStatus['analysis']
  readonly streams: () => SystemStatus['streams']
  /** Whoever shows the status; told when it has changed. */
  readonly tell: (status: SystemStatus) => void
}

const lookEveryMs = 2_000
const { timeZone } = new Intl.DateTimeFormat().resolvedOptions()
const remedies: Readonly<Record<string, string>> = {
  'database-unreachable': 'See that PostgreSQL runs (DATABASE_URL) and that the disk is not full.',
  'queue-unreachable': 'See that Redis runs (REDIS_URL); analysis goes on by itself when it answers.',
}

/** How the gateway is, put together from its parts: for the wall's status bar, `/readyz` and scrapers. */
export class StatusBoard {
  readonly #options: StatusBoardOptions
  readonly #timer: NodeJS.Timeout
  #told: SystemStatus | null = null
  #unreachable: readonly Shortfall[] = []

  constructor(options: StatusBoardOptions) {
    this.#options = options
    this.#timer = setInterval(() => void this.#look(), lookEveryMs)
    this.#timer.unref()
  }

  now(): SystemStatus {
    const { version, demo, analysis, streams } = this.#options
    const shortfalls = this.#shortfalls()
    return { version, demo, timeZone, shortfalls, analysis: analysis(), streams: streams() }
  }

  /** Asks anew what it depends on. Without the database nothing can be served; without the queue much can. */
  async readiness(): Promise<Readiness> {
    await this.#ask()
    const ready = this.#unreachable.every(({ code }) => code !== 'database-unreachable')
    return { ready, version: this.#options.version, shortfalls: this.#shortfalls() }
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #shortfalls(): Shortfall[] {
    return [...this.#unreachable, ...this.#options.shortfalls.flatMap((ask) => ask())]
  }

  async #look(): Promise<void> {
    await this.#ask()
    const status = this.now()
    if (isDeepStrictEqual(status, this.#told)) return
    this.#told = status
    this.#options.tell(status)
  }

  async #ask(): Promise<void> {
    const { database, queue } = this.#options
    const asked = await Promise.allSettled([database(), queue()])
    this.#unreachable = asked.flatMap((each) =>
      each.status === 'rejected' ? [shortfallOf(each.reason)] : [],
    )
  }
}

function shortfallOf(reason: unknown): Shortfall {
  const code = reason instanceof GatewayError ? reason.code : 'dependency-failed'
  const text = reason instanceof Error ? reason.message : String(reason)
  return { code, text, remedy: remedies[code] ?? 'See the log.' }
}
