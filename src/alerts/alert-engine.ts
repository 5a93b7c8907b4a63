import type { Alert } from '../contract/alerts.ts'
import type { Shortfall } from '../contract/system.ts'
import type { Inspection } from '../domain/frame.ts'
import type { CameraId } from '../domain/ids.ts'
import type { PlanarPicture } from '../domain/picture.ts'
import type { Db } from '../platform/database.ts'
import type { Log } from '../platform/log.ts'
import type { Metrics } from '../platform/metrics.ts'
import { AlertWriter, type WriterFigures } from './alert-writer.ts'
import { CameraWatch } from './camera-watch.ts'
import { readResting, writeResting } from './resting-store.ts'
import { takeStill } from './snapshot.ts'
import { readWatches, type Watch } from './watches.ts'

export interface AlertEngineOptions {
  readonly db: Db
  readonly log: Log
  readonly metrics: Metrics
  /** Alerts kept while the database does not answer. */
  readonly mostWaiting?: number
}

const rememberEveryMs = 30_000
const reloadAgainMs = 2_000
const waitsLongMs = 10_000
const lossToldMs = 15 * 60_000

/** Holds the rules against what analysis finds, and has what fires stored and announced. */
export class AlertEngine {
  readonly #db: Db
  readonly #log: Log
  readonly #cameras = new Map<CameraId, CameraWatch>()
  readonly #writer: AlertWriter
  readonly #newListeners = new Set<(alert: Alert) => void>()
  #reloading: Promise<void> = Promise.resolve()
  #remembering: NodeJS.Timeout | null = null
  #stopped = false

  constructor(options: AlertEngineOptions) {
    this.#db = options.db
    this.#log = options.log
    this.#writer = new AlertWriter({ ...options, onStored: (alert) => this.#announce(alert) })
  }

  /** Takes up the rules, and what rested in their zones when the gateway was stopped. */
  async start(): Promise<void> {
    const resting = await readResting(this.#db)
    const watches = Map.groupBy(await readWatches(this.#db), ({ rule }) => rule.cameraId)
    for (const [cameraId, own] of watches) this.#cameras.set(cameraId, new CameraWatch(own, resting))
    this.#remembering = setInterval(() => {
      this.#remember().catch((error: unknown) => {
        this.#log.debug({ err: error }, 'resting objects not written')
      })
    }, rememberEveryMs)
    this.#remembering.unref()
  }

  /**
   * The camera's rules anew: after a zone or rule was changed, or the camera removed. In effect when it
   * resolves; where the database does not answer it is tried again until it does.
   */
  reload(cameraId: CameraId): Promise<void> {
    const read = this.#reloading.then(() => this.#reload(cameraId))
    this.#reloading = read
    return read
  }

  /** Alerts as they are stored, after the commit, in the order of their sequence. */
  onNew(listener: (alert: Alert) => void): () => void {
    this.#newListeners.add(listener)
    return () => this.#newListeners.delete(listener)
  }

  /** One inspected frame; the picture is copied before it returns, where it is needed. */
  inspect(inspection: Inspection, picture: PlanarPicture): void {
    const fired = this.#cameras.get(inspection.frame.cameraId)?.inspect(inspection) ?? []
    if (fired.length === 0 || this.#stopped) return
    const still = takeStill(picture)
    for (const each of fired) this.#writer.add(each, inspection.frame, still)
  }

  figures(): WriterFigures {
    return this.#writer.figures()
  }

  shortfalls(): Shortfall[] {
    const { waiting, oldestWaitsSinceUtcMs, lost, lastLostUtcMs } = this.#writer.figures()
    const found: Shortfall[] = []
    if (oldestWaitsSinceUtcMs !== null && Date.now() - oldestWaitsSinceUtcMs > waitsLongMs) {
      found.push({
        code: 'alerts-waiting',
        text: `${waiting} alerts wait for the database to take them`,
        remedy: 'See that the database runs and has room; they are stored and pushed as soon as it answers.',
      })
    }
    if (lastLostUtcMs !== null && Date.now() - lastLostUtcMs < lossToldMs) {
      found.push({
        code: 'alerts-lost',
        text: `${lost} alerts fired since the start and could not be stored`,
        remedy: 'See the log ("alerts lost") for the cause; narrow rules that fire without end.',
      })
    }
    return found
  }

  async stop(): Promise<void> {
    this.#stopped = true
    if (this.#remembering !== null) clearInterval(this.#remembering)
    await this.#writer.stop()
    try {
      await this.#remember()
    } catch (error) {
      this.#log.warn({ err: error }, 'resting objects not written')
    }
  }

  async #reload(cameraId: CameraId): Promise<void> {
    let watches: Watch[]
    try {
      watches = await readWatches(this.#db, cameraId)
    } catch (error) {
      if (this.#stopped) return
      this.#log.warn({ err: error, cameraId }, 'rules not read; trying again')
      setTimeout(() => void this.reload(cameraId), reloadAgainMs).unref()
      return
    }
    const camera = this.#cameras.get(cameraId)
    if (watches.length === 0) this.#cameras.delete(cameraId)
    else if (camera === undefined) this.#cameras.set(cameraId, new CameraWatch(watches))
    else camera.change(watches)
  }

  async #remember(): Promise<void> {
    await writeResting(
      this.#db,
      [...this.#cameras.values()].flatMap((camera) => camera.resting()),
    )
  }

  #announce(alert: Alert): void {
    for (const tell of this.#newListeners) {
      try {
        tell(alert)
      } catch (error) {
        // It is stored; whoever could not be told reads it later.
        this.#log.error({ err: error, alertId: alert.id }, 'alert not announced')
      }
    }
  }
}
