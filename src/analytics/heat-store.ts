import { sql } from 'kysely'
import { Counter } from 'prom-client'
import type { CameraHeat } from '../contract/heatmaps.ts'
import { requireWindow } from '../contract/time-input.ts'
import { type ObjectClass, vehicleClasses } from '../domain/detection.ts'
import { GatewayError } from '../domain/errors.ts'
import type { Inspection } from '../domain/frame.ts'
import {
  bucketStart,
  HeatAccumulator,
  type HeatSums,
  heatBucketMs,
  heatColumns,
  heatRows,
} from '../domain/heat-grid.ts'
import type { CameraId } from '../domain/ids.ts'
import type { UtcMs } from '../domain/time.ts'
import type { Db } from '../platform/database.ts'
import type { Log } from '../platform/log.ts'
import type { Metrics } from '../platform/metrics.ts'
import { addHeat, type HeatTotal, type HeatWindow, readHeat } from './heat-rows.ts'

export type HeatClass = ObjectClass | 'vehicle' | 'all'

export interface HeatStoreOptions {
  readonly db: Db
  readonly log: Log
  readonly metrics: Metrics
  /** Camera-buckets kept while the database does not answer; one takes 9 KB for each class seen. */
  readonly mostKept?: number
}

const flushEveryMs = 10_000
const usualMostKept = 3000
const longestMs = 7 * 24 * 3_600_000
const usualMs = 3_600_000
const readTries = 3
const outOfRange = '22023'

/** A flush of which it is not known whether the database took it. */
interface OpenFlush {
  readonly sums: readonly HeatSums[]
  /** Null: it never came so far as to change anything. */
  xid: string | null
}

/**
 * Heat counts by camera, 5 minutes and class. They are added up in memory and stored every ten seconds
 * and at the stop: a gateway that is killed loses what it counted in the last ten seconds.
 */
export class HeatStore {
  readonly #db: Db
  readonly #log: Log
  readonly #mostKept: number
  readonly #counts = new HeatAccumulator()
  readonly #dropped: Counter
  #open: OpenFlush | null = null
  #flushing: Promise<void> | null = null
  /** Grows whenever sums leave the memory for the database. */
  #flushes = 0
  #timer: NodeJS.Timeout | null = null

  constructor({ db, log, metrics, mostKept = usualMostKept }: HeatStoreOptions) {
    this.#db = db
    this.#log = log
    this.#mostKept = mostKept
    this.#dropped = new Counter({
      name: 'heat_buckets_lost_total',
      help: 'Camera-buckets of heat counts that were given up because the database was away too long',
      registers: [metrics.registry],
    })
  }

  start(): void {
    this.#timer = setInterval(() => void this.flush(), flushEveryMs)
    this.#timer.unref()
  }

  add({ frame, objects }: Inspection): void {
    this.#counts.add(frame.cameraId, frame.programmeUtcMs, objects)
  }

  /** Stores what is counted; what cannot be stored now is kept. Never rejects. */
  flush(): Promise<void> {
    this.#flushing ??= this.#flush()
    return this.#flushing
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer)
    await this.#flushing
    await this.flush()
  }

  /** Stored counts and those of the last seconds together. Throws `window-empty`, `window-too-long`. */
  async camera(
    cameraId: CameraId,
    { fromUtcMs, toUtcMs }: { fromUtcMs?: UtcMs | undefined; toUtcMs?: UtcMs | undefined },
    name: HeatClass,
    nowUtcMs: UtcMs,
  ): Promise<CameraHeat> {
    const end = toUtcMs ?? nowUtcMs
    const window = wholeBuckets(fromUtcMs ?? end - usualMs, end)
    const classes = classesOf(name)
    const { cells, inspectedFrames } = await this.#total(cameraId, window, classes)
    return {
      cameraId,
      from: new Date(window.fromUtcMs).toISOString(),
      to: new Date(window.toUtcMs).toISOString(),
      class: name,
      columns: heatColumns,
      rows: heatRows,
      cells,
      maximum: cells.reduce((most, count) => Math.max(most, count), 0),
      inspectedFrames,
    }
  }

  async #total(cameraId: CameraId, window: HeatWindow, classes: readonly ObjectClass[]): Promise<HeatTotal> {
    for (let tries = 0; tries < readTries; tries++) {
      await this.#flushing
      if (this.#open !== null) await this.flush()
      const flushes = this.#flushes
      const total = await readHeat(this.#db, cameraId, window, classes)
      // Sums that were on their way meanwhile may be in both places, or in neither.
      if (this.#open !== null || this.#flushes !== flushes) continue
      for (const sums of this.#counts.of(cameraId)) addTo(total, sums, window, classes)
      return total
    }
    throw new GatewayError({
      kind: 'unavailable',
      code: 'heat-unsettled',
      message: 'counts are being stored; ask again',
    })
  }

  async #flush(): Promise<void> {
    try {
      await this.#settle()
      this.#bound()
      const sums = this.#counts.drain()
      if (sums.length === 0) return
      this.#flushes += 1
      await this.#write({ sums, xid: null })
    } catch (error) {
      this.#log.warn({ err: error }, 'heat counts cannot be stored now')
      this.#bound()
    } finally {
      this.#flushing = null
    }
  }

  #bound(): void {
    const lost = this.#counts.trim(this.#mostKept)
    if (lost === 0) return
    this.#dropped.inc(lost)
    this.#log.error({ lost }, 'heat counts lost: the database was away too long')
  }

  async #write(open: OpenFlush): Promise<void> {
    this.#open = open
    await this.#db.transaction().execute(async (transaction) => {
      const { rows } = await sql<{ xid: string }>`select pg_current_xact_id()::text as xid`.execute(
        transaction,
      )
      await addHeat(transaction, open.sums)
      // From here on the commit may succeed without our hearing of it.
      open.xid = rows[0]?.xid ?? null
    })
    this.#open = null
  }

  /**
   * Where the answer to a commit was lost, asks the database what became of the transaction: sums that
   * it took must not be added again, sums that it did not take must not be lost.
   */
  async #settle(): Promise<void> {
    const open = this.#open
    if (open === null) return
    const status = open.xid === null ? 'aborted' : await this.#statusOf(open.xid)
    if (status === 'in progress') {
      throw new GatewayError({
        kind: 'unavailable',
        code: 'heat-unsettled',
        message: 'the last flush is still under way in the database',
      })
    }
    if (status === 'aborted') this.#counts.restore(open.sums)
    this.#open = null
  }

  /** Null: so long ago that the database has forgotten. */
  async #statusOf(xid: string): Promise<string | null> {
    try {
      const { rows } = await sql<{
        status: string | null
      }>`select pg_xact_status(${xid}::xid8) as status`.execute(this.#db)
      return rows[0]?.status ?? null
    } catch (error) {
      // A crash took the number back before anything with it was on disk.
      if ((error as { code?: unknown }).code === outOfRange) return 'aborted'
      throw error
    }
  }
}

function classesOf(name: HeatClass): readonly ObjectClass[] {
  if (name === 'vehicle') return vehicleClasses
  return name === 'all' ? ['person', ...vehicleClasses] : [name]
}

function wholeBuckets(fromUtcMs: UtcMs, toUtcMs: UtcMs): HeatWindow {
  requireWindow({ fromUtcMs, toUtcMs }, longestMs, 'window-too-long')
  return { fromUtcMs: bucketStart(fromUtcMs), toUtcMs: bucketStart(toUtcMs - 1) + heatBucketMs }
}

function addTo(total: HeatTotal, sums: HeatSums, window: HeatWindow, classes: readonly ObjectClass[]): void {
  if (sums.bucketStartUtcMs < window.fromUtcMs || sums.bucketStartUtcMs >= window.toUtcMs) return
  total.inspectedFrames += sums.inspectedFrames
  for (const name of classes) {
    sums.cells.get(name)?.forEach((count, cell) => {
      total.cells[cell] = (total.cells[cell] ?? 0) + count
    })
  }
}
