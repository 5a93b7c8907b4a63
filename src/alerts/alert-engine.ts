import type { PictureWatch } from '../analytics/picture-watch.ts'
import type { Alert } from '../contract/alerts.ts'
import type { Shortfall } from '../contract/system.ts'
import type { Inspection } from '../domain/frame.ts'
import type { CameraId } from '../domain/ids.ts'
import type { PlanarPicture } from '../domain/picture.ts'
import type { Db } from '../platform/database.ts'
import type { Log } from '../platform/log.ts'
import type { Metrics } from '../platform/metrics.ts'
import type { Conditions } from '../registry/conditions.ts'
import { AlertWriter, type Moment, type WriterFigures } from './alert-writer.ts'
import { CameraWatch, type WatchFiring } from './camera-watch.ts'
import { PictureRules } from './picture-rules.ts'
import { readResting, writeResting } from './resting-store.ts'
import { type Still, takeStill } from './snapshot.ts'
import { readWatches, type Watch } from './watches.ts'

export interface AlertEngineOptions {
  readonly db: Db
  readonly log: Log
  readonly metrics: Metrics
  readonly pictures: Pick<PictureWatch, 'want' | 'onMeasures'>
  readonly conditions: Pick<Conditions, 'of' | 'onChange'>
  /** Alerts kept while the database does not answer. */
  readonly mostWaiting?: number
}

const rememberEveryMs = 30_000
const reloadAgainMs = 2_000
const waitsLongMs = 10_000
const lossToldMs = 15 * 60_000
/** A fault that lasts is looked at, and a group that grows is told, so often. */
const tickMs = 1_000

/** Holds the rules against what analysis finds, and has what fires stored and announced. */
export class AlertEngine {
  readonly #db: Db
  readonly #log: Log
  readonly #pictures: AlertEngineOptions['pictures']
  readonly #conditions: AlertEngineOptions['conditions']
  readonly #cameras = new Map<CameraId, CameraWatch>()
  readonly #pictureRules = new Map<CameraId, PictureRules>()
  /** Those whose signal is lost, or has just come back. */
  readonly #uneasy = new Set<CameraId>()
  readonly #writer: AlertWriter
  readonly #newListeners = new Set<(alert: Alert) => void>()
  readonly #growthListeners = new Set<(alert: Alert) => void>()
  readonly #grown = new Map<string, Alert>()
  readonly #ends: (() => void)[] = []
  #reloading: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(options: AlertEngineOptions) {
    this.#db = options.db
    this.#log = options.log
    this.#pictures = options.pictures
    this.#conditions = options.conditions
    this.#writer = new AlertWriter({
      ...options,
      onStored: (alert) => this.#announce(alert),
      onGrown: (alert) => this.#grown.set(alert.id, alert),
    })
  }

  /** Takes up the rules, and what rested in their zones when the gateway was stopped. */
  async start(): Promise<void> {
    const resting = await readResting(this.#db)
    const watches = Map.groupBy(await readWatches(this.#db), ({ rule }) => rule.cameraId)
    for (const [cameraId, own] of watches) {
      this.#cameras.set(cameraId, new CameraWatch(own, resting))
      this.#watchPicture(cameraId, own)
    }
    const remembering = setInterval(() => {
      this.#remember().catch((error: unknown) => {
        this.#log.debug({ err: error }, 'resting objects not written')
      })
    }, rememberEveryMs).unref()
    const ticking = setInterval(() => this.#tick(), tickMs).unref()
    this.#ends.push(
      () => clearInterval(remembering),
      () => clearInterval(ticking),
      this.#pictures.onMeasures((measures, frame, picture) => {
        const rules = this.#pictureRules.get(frame.cameraId)
        const fired = rules?.measured(measures, frame.arrivedUtcMs) ?? []
        if (fired.length > 0) this.#add(fired, frame, takeStill(picture))
      }),
      this.#conditions.onChange(({ cameraId }) => this.#heedSignal(cameraId as CameraId)),
    )
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

  /** Delivered alerts under which others were folded, about once a second each. */
  onGrown(listener: (alert: Alert) => void): () => void {
    this.#growthListeners.add(listener)
    return () => this.#growthListeners.delete(listener)
  }

  /** Somebody has handled a delivered alert. */
  handled(alert: Alert): void {
    this.#grown.delete(alert.id)
    this.#writer.handled(alert)
  }

  /** One inspected frame; the picture is copied before it returns, where it is needed. */
  inspect(inspection: Inspection, picture: PlanarPicture): void {
    const fired = this.#cameras.get(inspection.frame.cameraId)?.inspect(inspection) ?? []
    if (fired.length > 0) this.#add(fired, inspection.frame, takeStill(picture))
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
    for (const end of this.#ends) end()
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
    this.#watchPicture(cameraId, watches)
  }

  #watchPicture(cameraId: CameraId, watches: readonly Watch[]): void {
    const rules = this.#pictureRules.get(cameraId) ?? new PictureRules()
    rules.change(watches)
    this.#pictures.want(cameraId, rules.wantsMeasures)
    if (rules.wantsMeasures || rules.wantsSignal) this.#pictureRules.set(cameraId, rules)
    else this.#pictureRules.delete(cameraId)
    this.#heedSignal(cameraId)
  }

  #heedSignal(cameraId: CameraId): void {
    const rules = this.#pictureRules.get(cameraId)
    if (rules === undefined || !rules.wantsSignal) {
      this.#uneasy.delete(cameraId)
      return
    }
    const nowUtcMs = Date.now()
    const moment = { programmeUtcMs: nowUtcMs, arrivedUtcMs: nowUtcMs }
    this.#add(rules.signal(this.#conditions.of(cameraId), nowUtcMs), moment, null)
    if (rules.isUneasy) this.#uneasy.add(cameraId)
    else this.#uneasy.delete(cameraId)
  }

  #tick(): void {
    for (const cameraId of [...this.#uneasy]) this.#heedSignal(cameraId)
    const grown = [...this.#grown.values()]
    this.#grown.clear()
    for (const alert of grown) for (const tell of this.#growthListeners) tell(alert)
  }

  #add(fired: readonly WatchFiring[], moment: Moment, still: Still | null): void {
    if (this.#stopped) return
    for (const each of fired) this.#writer.add(each, moment, still)
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
