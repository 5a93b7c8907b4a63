import { Counter } from 'prom-client'
import { CameraHeat, countCrossing } from '../domain/bucket-sums.ts'
import type { Inspection } from '../domain/frame.ts'
import type { CameraId } from '../domain/ids.ts'
import { type CountedLine, LineCrossings } from '../domain/line-crossings.ts'
import type { Db } from '../platform/database.ts'
import type { Log } from '../platform/log.ts'
import type { Metrics } from '../platform/metrics.ts'
import { OpenBuckets } from './heat-buckets.ts'
import { writeBuckets } from './heat-rows.ts'

export interface HeatWriterOptions {
  readonly db: Db
  readonly log: Log
  readonly metrics: Metrics
  /** Camera-buckets kept while the database does not answer; one takes some KB. */
  readonly mostKept?: number
}

const usualMostKept = 20_000
/** A camera's clock may be wrong by less than this; by more, the gateway's own time counts. */
const wrongClockMs = 24 * 3_600_000

interface Watched {
  readonly heat: CameraHeat
  readonly lines: LineCrossings
}

/**
 * Counts what analysis finds, by camera and 5 minutes: dwell and passages by cell, crossings by line. The
 * buckets stay in memory until they are over and are written whole every few seconds: a gateway that is
 * killed loses what it counted since, and nothing is ever counted twice.
 */
export class HeatWriter {
  readonly #db: Db
  readonly #log: Log
  readonly #mostKept: number
  readonly #buckets = new OpenBuckets()
  readonly #cameras = new Map<CameraId, Watched>()
  readonly #lines = new Map<CameraId, readonly CountedLine[]>()
  readonly #lost: Counter
  #flushing: Promise<void> | null = null

  constructor({ db, log, metrics, mostKept = usualMostKept }: HeatWriterOptions) {
    this.#db = db
    this.#log = log
    this.#mostKept = mostKept
    this.#lost = new Counter({
      name: 'heat_buckets_lost_total',
      help: 'Camera-buckets of counts that were given up because the database was away too long',
      registers: [metrics.registry],
    })
  }

  add({ frame, objects }: Inspection): void {
    const { cameraId, programmeUtcMs, arrivedUtcMs } = frame
    const wrong = Math.abs(programmeUtcMs - arrivedUtcMs) > wrongClockMs
    const atUtcMs = wrong ? arrivedUtcMs : programmeUtcMs
    const { heat, lines } = this.#watched(cameraId)
    const sums = this.#buckets.at(cameraId, atUtcMs, Date.now())
    heat.add(sums, atUtcMs, objects)
    for (const crossing of lines.follow(objects, atUtcMs)) countCrossing(sums, crossing)
  }

  /** The tripwires that a camera has from now on. */
  watchLines(cameraId: CameraId, lines: readonly CountedLine[]): void {
    if (lines.length === 0) this.#lines.delete(cameraId)
    else this.#lines.set(cameraId, lines)
    this.#cameras.get(cameraId)?.lines.change(lines)
  }

  /** The camera is gone; what was counted of it stays. */
  forget(cameraId: CameraId): void {
    this.#cameras.delete(cameraId)
    this.#lines.delete(cameraId)
  }

  /** Stores what is counted; what cannot be stored now is kept. Never rejects. */
  flush(): Promise<void> {
    this.#flushing ??= this.#flush().finally(() => {
      this.#flushing = null
    })
    return this.#flushing
  }

  async stop(): Promise<void> {
    await this.#flushing
    await this.flush()
  }

  async #flush(): Promise<void> {
    const buckets = this.#buckets.unstored().map((bucket) => ({ bucket, changes: bucket.changes }))
    try {
      if (buckets.length > 0) {
        await this.#db.transaction().execute((transaction) =>
          writeBuckets(
            transaction,
            buckets.map(({ bucket }) => bucket),
          ),
        )
      }
      for (const { bucket, changes } of buckets) bucket.storedChanges = changes
      this.#buckets.close(Date.now())
    } catch (error) {
      this.#log.warn({ err: error }, 'counts cannot be stored now')
    }
    const lost = this.#buckets.trim(this.#mostKept)
    if (lost === 0) return
    this.#lost.inc(lost)
    this.#log.error({ lost }, 'counts lost: the database was away too long')
  }

  #watched(cameraId: CameraId): Watched {
    let watched = this.#cameras.get(cameraId)
    if (watched === undefined) {
      watched = { heat: new CameraHeat(), lines: new LineCrossings(this.#lines.get(cameraId) ?? []) }
      this.#cameras.set(cameraId, watched)
    }
    return watched
  }
}
