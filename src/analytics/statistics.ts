import type { Places } from '../access/places.ts'
import type { CameraState } from '../domain/camera.ts'
import type { Inspection } from '../domain/frame.ts'
import type { CameraId } from '../domain/ids.ts'
import { calendarOf } from '../domain/rollup.ts'
import type { UtcMs } from '../domain/time.ts'
import type { Db } from '../platform/database.ts'
import type { HttpApp } from '../platform/http.ts'
import type { Log } from '../platform/log.ts'
import type { Metrics } from '../platform/metrics.ts'
import { readLines } from './counts-lines.ts'
import { countRoutes } from './counts-routes.ts'
import type { DensityBoard } from './density-board.ts'
import { OnlineSpans } from './heat-online.ts'
import { heatRoutes } from './heat-routes.ts'
import { HeatWriter } from './heat-writer.ts'
import { type KeptDays, keptSince, Rollups } from './rollups.ts'

export interface StatisticsOptions {
  readonly db: Db
  readonly log: Log
  readonly metrics: Metrics
  readonly kept?: KeptDays
  /** IANA name of the zone whose days are counted; the gateway's own unless said. */
  readonly timeZone?: string
}

export const usualKeptDays: KeptDays = { fiveMinutes: 31, hours: 92, days: 1830 }
const flushEveryMs = 10_000
const rollupEveryMs = 30_000
const retentionEveryMs = 3_600_000
const readAgainMs = 2_000

/** Heat maps and line counts at work: counted, stored, summed up, kept for their time, and asked for. */
export class Statistics {
  readonly #db: Db
  readonly #log: Log
  readonly #writer: HeatWriter
  readonly #online: OnlineSpans
  readonly #rollups: Rollups
  readonly #kept: KeptDays
  readonly #timeZone: string
  readonly #calendar: ReturnType<typeof calendarOf>
  readonly #timers: NodeJS.Timeout[] = []
  #linesRead: Promise<void> = Promise.resolve()
  #summing: Promise<void> | null = null
  #stopped = false

  constructor(options: StatisticsOptions) {
    const { db, log, kept = usualKeptDays } = options
    this.#db = db
    this.#log = log
    this.#kept = kept
    this.#timeZone = options.timeZone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone
    this.#calendar = calendarOf(this.#timeZone)
    this.#writer = new HeatWriter(options)
    this.#online = new OnlineSpans(db)
    this.#rollups = new Rollups({ db, calendar: this.#calendar, kept })
  }

  async start(): Promise<void> {
    await this.#online.start()
    for (const [cameraId, lines] of await readLines(this.#db)) this.#writer.watchLines(cameraId, lines)
    const every = (ms: number, act: () => void) => this.#timers.push(setInterval(act, ms).unref())
    every(flushEveryMs, () => void this.#flush())
    every(rollupEveryMs, () => void this.#sumUp())
    every(retentionEveryMs, () => void this.#removeOld())
    void this.#sumUp()
  }

  inspect(inspection: Inspection): void {
    this.#writer.add(inspection)
  }

  /** The tripwires of a camera anew: one was drawn, moved or removed. Tried again until the database answers. */
  linesChanged(cameraId: CameraId): Promise<void> {
    this.#linesRead = this.#linesRead.then(async () => {
      try {
        const lines = await readLines(this.#db, cameraId)
        this.#writer.watchLines(cameraId, lines.get(cameraId) ?? [])
      } catch (error) {
        if (this.#stopped) return
        this.#log.warn({ err: error, cameraId }, 'tripwires not read; trying again')
        setTimeout(() => void this.linesChanged(cameraId), readAgainMs).unref()
      }
    })
    return this.#linesRead
  }

  cameraState(cameraId: CameraId, state: CameraState, sinceUtcMs: UtcMs): void {
    this.#online.hear(cameraId, state, sinceUtcMs)
  }

  /** The camera is gone; what was counted of it stays. */
  forget(cameraId: CameraId): void {
    this.#writer.forget(cameraId)
    this.#online.hear(cameraId, 'offline', Date.now())
  }

  routes(
    app: HttpApp,
    { density, places }: { readonly density: DensityBoard; readonly places: Places },
  ): void {
    const levels = (nowUtcMs: UtcMs) => ({
      calendar: this.#calendar,
      kept: keptSince(this.#kept, nowUtcMs),
      timeZone: this.#timeZone,
    })
    heatRoutes(app, { db: this.#db, density, places, levels })
    countRoutes(app, { db: this.#db, places, levels })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    for (const timer of this.#timers) clearInterval(timer)
    await this.#summing
    await this.#linesRead
    await this.#writer.stop()
    await this.#online.stop(Date.now()).catch((error: unknown) => {
      this.#log.warn({ err: error }, 'times online not written')
    })
  }

  async #flush(): Promise<void> {
    await this.#writer.flush()
    await this.#online.flush(Date.now()).catch((error: unknown) => {
      this.#log.debug({ err: error }, 'times online not written now')
    })
  }

  #sumUp(): Promise<void> {
    this.#summing ??= this.#rollups
      .run(Date.now())
      .then(
        () => undefined,
        (error: unknown) => {
          this.#log.warn({ err: error }, 'counts not summed up; they will be')
        },
      )
      .finally(() => {
        this.#summing = null
      })
    return this.#summing
  }

  async #removeOld(): Promise<void> {
    try {
      await this.#rollups.removeOld(Date.now())
    } catch (error) {
      this.#log.warn({ err: error }, 'old counts not removed; they will be')
    }
  }
}
