import { Counter } from 'prom-client'
import type { Shortfall } from '../../contract/system.ts'
import { type Backoff, backoffMs } from '../../domain/backoff.ts'
import type { AlertId } from '../../domain/ids.ts'
import type { Db } from '../../platform/database.ts'
import type { Log } from '../../platform/log.ts'
import type { Metrics } from '../../platform/metrics.ts'
import type { AlertStore } from '../alert-store.ts'
import type { Courier } from './courier.ts'
import { DeliveryFailure } from './failure.ts'
import type { Target, TargetStore } from './target-store.ts'

export interface OutboxOptions {
  readonly db: Db
  readonly log: Log
  readonly metrics: Metrics
  readonly alerts: AlertStore
  readonly targets: TargetStore
  readonly courier: Courier
  /** Of a target that cannot be reached. */
  readonly patience?: Backoff
}

interface Lane {
  /** In a row. */
  failures: number
  notBeforeUtcMs: number
  working: Promise<void> | null
}

interface Due {
  readonly id: number
  readonly alert_id: string
  readonly attempts: number
  readonly created_at: Date
}

const lookEveryMs = 2_000
const atOnce = 20
const usualPatience: Backoff = { firstMs: 2_000, longestMs: 10 * 60_000 }
/** A message that its target refuses. */
const messagePatience: Backoff = { firstMs: 5_000, longestMs: 10 * 60_000 }
const mostRefusals = 5
/** What could not be delivered for so long is given up, and shown. */
const giveUpMs = 24 * 3_600_000
const forgetDeadMs = 14 * 24 * 3_600_000
const pruneEveryMs = 3_600_000
const stopWithinMs = 3_000

/**
 * Delivers what was written into the outbox with the alerts: each target in a lane of its own, so that
 * one that is down holds up no other. A delivery is removed once it has arrived; a gateway that ends in
 * between sends it again, under the same id.
 */
export class Outbox {
  readonly #options: OutboxOptions
  readonly #log: Log
  readonly #patience: Backoff
  readonly #lanes = new Map<string, Lane>()
  readonly #sent: Counter<'how'>
  readonly #stop = new AbortController()
  #timer: NodeJS.Timeout | null = null
  #looking: Promise<void> | null = null
  #lookAgain = false
  #prunedUtcMs = 0
  #dead = 0

  constructor(options: OutboxOptions) {
    this.#options = options
    this.#log = options.log.child({ part: 'outbox' })
    this.#patience = options.patience ?? usualPatience
    this.#sent = new Counter({
      name: 'alert_deliveries_total',
      help: 'Tries to deliver an alert to another system: arrived, failed (to be tried again), dead (given up)',
      labelNames: ['how'],
      registers: [options.metrics.registry],
    })
  }

  start(): void {
    this.#timer = setInterval(() => this.wake(), lookEveryMs).unref()
    this.wake()
  }

  /** There may be something to deliver. */
  wake(): void {
    if (this.#stop.signal.aborted) return
    if (this.#looking !== null) {
      this.#lookAgain = true
      return
    }
    this.#looking = this.#look().finally(() => {
      this.#looking = null
      if (!this.#lookAgain) return
      this.#lookAgain = false
      this.wake()
    })
  }

  /** It was changed: what went wrong before says nothing. */
  changed(targetId: string): void {
    this.#options.courier.forget(targetId)
    const lane = this.#lanes.get(targetId)
    if (lane !== undefined) Object.assign(lane, { failures: 0, notBeforeUtcMs: 0 })
    this.wake()
  }

  shortfalls(): Shortfall[] {
    const down = [...this.#lanes.values()].filter(({ failures }) => failures >= 3).length
    return [
      ...(down === 0
        ? []
        : [
            {
              code: 'alert-targets-unreachable',
              text: `${down} systems that are to be told of alerts cannot be reached`,
              remedy: 'See Alerts, Delivery: each target shows its last error.',
            },
          ]),
      ...(this.#dead === 0
        ? []
        : [
            {
              code: 'alert-deliveries-dead',
              text: `${this.#dead} alerts could not be delivered to another system and were given up`,
              remedy: 'See Alerts, Delivery: they can be tried again there.',
            },
          ]),
    ]
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    if (this.#timer !== null) clearInterval(this.#timer)
    const late = new Promise<void>((resolve) => setTimeout(resolve, stopWithinMs).unref())
    const working = [...this.#lanes.values()].map((lane) => lane.working)
    await Promise.race([Promise.allSettled([this.#looking, ...working]), late])
    this.#options.courier.stop()
  }

  async #look(): Promise<void> {
    try {
      for (const targetId of await this.#targetsWithWork()) this.#work(targetId)
      await this.#prune()
    } catch (error) {
      this.#log.debug({ err: error }, 'the outbox cannot be read now')
    }
  }

  async #targetsWithWork(): Promise<string[]> {
    const rows = await this.#options.db
      .selectFrom('alert_deliveries')
      .innerJoin('alert_targets', 'alert_targets.id', 'target_id')
      .select('target_id')
      .distinct()
      .where('dead_at', 'is', null)
      .where('next_at', '<=', new Date())
      .where('enabled', '=', true)
      .execute()
    return rows.map(({ target_id }) => target_id)
  }

  #work(targetId: string): void {
    const lane = this.#lanes.get(targetId) ?? { failures: 0, notBeforeUtcMs: 0, working: null }
    this.#lanes.set(targetId, lane)
    if (lane.working !== null || Date.now() < lane.notBeforeUtcMs) return
    lane.working = this.#deliverAll(targetId, lane)
      .catch((error: unknown) => {
        this.#log.warn({ err: error, targetId }, 'alerts not delivered')
        this.#rest(lane)
      })
      .finally(() => {
        lane.working = null
      })
  }

  async #deliverAll(targetId: string, lane: Lane): Promise<void> {
    const target = await this.#options.targets.open(targetId)
    for (let due = await this.#due(targetId); due.length > 0; due = await this.#due(targetId)) {
      for (const each of due) if (!(await this.#deliver(target, each, lane))) return
    }
  }

  async #due(targetId: string): Promise<Due[]> {
    return await this.#options.db
      .selectFrom('alert_deliveries')
      .select(['id', 'alert_id', 'attempts', 'created_at'])
      .where('target_id', '=', targetId)
      .where('dead_at', 'is', null)
      .where('next_at', '<=', new Date())
      .orderBy('id')
      .limit(atOnce)
      .execute()
  }

  /** Whether the lane may go on. */
  async #deliver(target: Target, due: Due, lane: Lane): Promise<boolean> {
    const { alerts, courier } = this.#options
    if (this.#isStopped()) return false
    try {
      const alert = await alerts.find(due.alert_id as AlertId)
      await courier.carry(target, { deliveryId: String(due.id), alert }, this.#stop.signal)
    } catch (error) {
      if (!(error instanceof DeliveryFailure)) throw error
      // Cut off by the stop: it counts as not tried.
      if (this.#isStopped()) return false
      await this.#failed(target, due, error)
      if (error.of === 'target') this.#rest(lane)
      return error.of === 'message'
    }
    lane.failures = 0
    this.#sent.inc({ how: 'arrived' })
    await this.#arrived(target.id, due.id)
    return true
  }

  async #arrived(targetId: string, id: number): Promise<void> {
    await this.#options.db.transaction().execute(async (transaction) => {
      await transaction.deleteFrom('alert_deliveries').where('id', '=', id).execute()
      await transaction
        .updateTable('alert_targets')
        .set((columns) => ({
          delivered: columns('delivered', '+', 1),
          delivered_at: new Date(),
          error: null,
          error_at: null,
        }))
        .where('id', '=', targetId)
        .execute()
    })
  }

  async #failed(target: Target, { id, attempts, created_at }: Due, failure: DeliveryFailure): Promise<void> {
    const tried = attempts + 1
    const tooOld = Date.now() - created_at.getTime() > giveUpMs
    const dead = tooOld || (failure.of === 'message' && tried >= mostRefusals)
    const waitMs = failure.of === 'message' ? backoffMs(messagePatience, tried, Math.random()) : 0
    this.#sent.inc({ how: dead ? 'dead' : 'failed' })
    this.#log[dead ? 'warn' : 'debug']({ targetId: target.id, error: failure.message }, 'alert not delivered')
    const { db } = this.#options
    await db
      .updateTable('alert_deliveries')
      .set({
        attempts: tried,
        error: failure.message,
        next_at: new Date(Date.now() + waitMs),
        dead_at: dead ? new Date() : null,
      })
      .where('id', '=', id)
      .execute()
    await db
      .updateTable('alert_targets')
      .set({ error: failure.message, error_at: new Date() })
      .where('id', '=', target.id)
      .execute()
    if (dead) this.#prunedUtcMs = 0
  }

  /** Asked anew after every wait. */
  #isStopped(): boolean {
    return this.#stop.signal.aborted
  }

  #rest(lane: Lane): void {
    lane.failures += 1
    const waitMs = backoffMs(this.#patience, lane.failures, Math.random())
    lane.notBeforeUtcMs = Date.now() + waitMs
    setTimeout(() => this.wake(), waitMs).unref()
  }

  /** Those given up long ago go; how many are left is said. */
  async #prune(): Promise<void> {
    if (Date.now() - this.#prunedUtcMs < pruneEveryMs) return
    this.#prunedUtcMs = Date.now()
    const { db } = this.#options
    await db
      .deleteFrom('alert_deliveries')
      .where('dead_at', '<', new Date(Date.now() - forgetDeadMs))
      .execute()
    const { dead } = await db
      .selectFrom('alert_deliveries')
      .select((column) => column.fn.count<number>('dead_at').as('dead'))
      .executeTakeFirstOrThrow()
    this.#dead = dead
  }
}
