import { Counter, Gauge, Histogram } from 'prom-client'
import { v7 as uuidv7 } from 'uuid'
import type { Alert } from '../contract/alerts.ts'
import { AlertFlow } from '../domain/alert-flow.ts'
import { type Backoff, backoffMs } from '../domain/backoff.ts'
import type { FrameRef } from '../domain/frame.ts'
import type { AlertId, RuleId } from '../domain/ids.ts'
import type { Db } from '../platform/database.ts'
import type { Log } from '../platform/log.ts'
import type { Metrics } from '../platform/metrics.ts'
import { isRefused } from '../platform/refused.ts'
import { insertAlerts, type NewAlert, type Stored } from './alert-insert.ts'
import type { WatchFiring } from './camera-watch.ts'
import { caption, drawSnapshot, type Still } from './snapshot.ts'

export interface AlertWriterOptions {
  readonly db: Db
  readonly log: Log
  readonly metrics: Metrics
  /** After the commit, once for each alert, in the order of their sequence. */
  readonly onStored: (alert: Alert) => void
  /** A delivered alert under which more were folded. */
  readonly onGrown: (alert: Alert) => void
  /** Alerts kept while the database does not answer; a snapshot takes about 50 KB. */
  readonly mostWaiting?: number
}

/** Pixels that wait to become a JPEG take 0.7 MB each at 640 x 360. */
const mostUndrawn = 64
const usualMostWaiting = 1000
const perTransaction = 32
const retry: Backoff = { firstMs: 200, longestMs: 5_000 }
const stopWithinMs = 3_000

export interface WriterFigures {
  readonly waiting: number
  readonly oldestWaitsSinceUtcMs: number | null
  /** Fired, and never to be stored. */
  readonly lost: number
  readonly lastLostUtcMs: number | null
}

/** Of the frame that fired it, or of now where there was none. */
export type Moment = Pick<FrameRef, 'programmeUtcMs' | 'arrivedUtcMs'>

interface Waiting {
  readonly sinceUtcMs: number
  /** Null: its snapshot could not be drawn. */
  readonly drawn: Promise<NewAlert | null>
}

/** Draws, stores and announces alerts one after the other; keeps them while the database is away. */
export class AlertWriter {
  readonly #options: AlertWriterOptions
  readonly #mostWaiting: number
  readonly #waiting: Waiting[] = []
  /** Of the alerts at hand: a try that fails in the middle is made again from its beginning. */
  readonly #announced = new Set<string>()
  readonly #flow = new AlertFlow()
  #undrawn = 0
  #lost = 0
  #lastLostUtcMs: number | null = null
  #work: Promise<void> | null = null
  readonly #stop = new AbortController()
  readonly #stored: Counter<'how'>
  readonly #losses: Counter<'why'>
  readonly #delay: Histogram

  constructor(options: AlertWriterOptions) {
    this.#options = options
    this.#mostWaiting = options.mostWaiting ?? usualMostWaiting
    const registers = [options.metrics.registry]
    this.#stored = new Counter({
      name: 'alerts_stored_total',
      help: 'Alerts stored: delivered to whoever watches, or folded under one that was',
      labelNames: ['how'],
      registers,
    })
    this.#losses = new Counter({
      name: 'alerts_lost_total',
      help: 'Alerts that fired and were not stored: full (more waited than are kept), snapshot, refused (by the database), stop',
      labelNames: ['why'],
      registers,
    })
    this.#delay = new Histogram({
      name: 'alert_delay_seconds',
      help: "From the frame's arrival to the stored alert",
      buckets: [0.1, 0.25, 0.5, 1, 2, 5, 30],
      registers,
    })
    const waiting = this.#waiting
    new Gauge({
      name: 'alerts_waiting',
      help: 'Alerts that fired and are not stored yet',
      registers,
      collect() {
        this.set(waiting.length)
      },
    })
  }

  figures(): WriterFigures {
    return {
      waiting: this.#waiting.length,
      oldestWaitsSinceUtcMs: this.#waiting[0]?.sinceUtcMs ?? null,
      lost: this.#lost,
      lastLostUtcMs: this.#lastLostUtcMs,
    }
  }

  /** @param still null where there was no picture */
  add(fired: WatchFiring, moment: Moment, still: Still | null): void {
    if (this.#stop.signal.aborted) return this.#lose(1, 'stop')
    if (this.#waiting.length >= this.#mostWaiting || this.#undrawn >= mostUndrawn)
      return this.#lose(1, 'full')
    this.#waiting.push({ sinceUtcMs: Date.now(), drawn: this.#draw(fired, moment, still) })
    this.#work ??= this.#run()
  }

  /** Somebody has handled it: what its object does next is delivered again. */
  handled({ ruleId, groupId }: Alert): void {
    this.#flow.close(ruleId as RuleId, groupId as AlertId)
  }

  /** Stores what waits, if the database takes it now. */
  async stop(): Promise<void> {
    this.#stop.abort()
    const late = new Promise<void>((resolve) => setTimeout(resolve, stopWithinMs).unref())
    await Promise.race([this.#work, late])
    if (this.#waiting.length > 0) this.#lose(this.#waiting.length, 'stop')
  }

  async #draw(fired: WatchFiring, moment: Moment, still: Still | null): Promise<NewAlert | null> {
    const { rule, firing, zone } = fired
    const { programmeUtcMs, arrivedUtcMs } = moment
    this.#undrawn += 1
    try {
      const text = caption(firing.class ?? rule.kind, firing.score, programmeUtcMs)
      const jpeg = still === null ? null : await drawSnapshot(still, { zone, box: firing.box, caption: text })
      const id = uuidv7() as AlertId
      return { ...fired, id, occurredUtcMs: programmeUtcMs, arrivedUtcMs, jpeg }
    } catch (error) {
      this.#lose(1, 'snapshot', error)
      return null
    } finally {
      this.#undrawn -= 1
    }
  }

  async #run(): Promise<void> {
    try {
      for (let failures = 0; this.#waiting.length > 0; ) {
        const stored = await this.#storeNext(failures)
        failures = stored ? 0 : failures + 1
        if (!stored && this.#stop.signal.aborted) return
        if (!stored) await this.#pause(backoffMs(retry, failures, Math.random()))
      }
    } finally {
      // At once, not in a later turn: an alert that is added in between starts the work anew.
      this.#work = null
    }
  }

  async #storeNext(failures: number): Promise<boolean> {
    const { log } = this.#options
    const taken = this.#waiting.slice(0, perTransaction)
    const drawn = await Promise.all(taken.map((waiting) => waiting.drawn))
    try {
      await this.#store(drawn.filter((alert) => alert !== null))
    } catch (error) {
      log[failures === 0 ? 'warn' : 'debug'](
        { err: error, waiting: this.#waiting.length },
        'alerts cannot be stored now',
      )
      return false
    }
    this.#waiting.splice(0, taken.length)
    this.#announced.clear()
    if (failures > 0) log.info({ waiting: this.#waiting.length }, 'alerts are stored again')
    return true
  }

  /** All at once; where the database refuses the lot for what is in it, one by one. */
  async #store(alerts: readonly NewAlert[]): Promise<void> {
    if (alerts.length === 0) return
    try {
      this.#announce(await insertAlerts(this.#options.db, alerts, (arrivals) => this.#flow.plan(arrivals)))
    } catch (error) {
      if (!isRefused(error)) throw error
      if (alerts.length === 1) return this.#lose(1, 'refused', error)
      for (const alert of alerts) await this.#store([alert])
    }
  }

  #announce({ alerts, grown }: Stored): void {
    for (const { alert, arrival } of alerts) {
      if (this.#announced.has(alert.id)) continue
      this.#announced.add(alert.id)
      this.#flow.note(arrival, alert.groupId as AlertId)
      this.#stored.inc({ how: alert.folded ? 'folded' : 'delivered' })
      this.#delay.observe((Date.now() - Date.parse(alert.arrivedAt)) / 1000)
      this.#options.onStored(alert)
    }
    for (const alert of grown) this.#options.onGrown(alert)
  }

  #lose(count: number, why: 'full' | 'snapshot' | 'refused' | 'stop', error?: unknown): void {
    this.#lost += count
    this.#lastLostUtcMs = Date.now()
    this.#losses.inc({ why }, count)
    this.#options.log.error({ count, why, ...(error === undefined ? {} : { err: error }) }, 'alerts lost')
  }

  async #pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#stop.signal.addEventListener('abort', () => {
        clearTimeout(timer)
        resolve()
      })
    })
  }
}
