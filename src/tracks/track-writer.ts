import { Counter, Gauge } from 'prom-client'
import { zoneOf } from '../alerts/zone-store.ts'
import { type Backoff, backoffMs } from '../domain/backoff.ts'
import type { CameraId, TrackId } from '../domain/ids.ts'
import type { UtcMs } from '../domain/time.ts'
import type { Zone } from '../domain/zone.ts'
import type { Db } from '../platform/database.ts'
import type { Log } from '../platform/log.ts'
import type { Metrics } from '../platform/metrics.ts'
import { isRefused } from '../platform/refused.ts'
import type { TrackRecord } from './open-track.ts'
import { writeTracks } from './track-rows.ts'
import { ensureWeeks, weekStart } from './track-weeks.ts'

export interface TrackWriterOptions {
  readonly db: Db
  readonly log: Log
  readonly metrics: Metrics
  /** Tracks that wait while the database does not answer; one takes about 20 KB with its picture. */
  readonly mostWaiting?: number
}

const usualMostWaiting = 5_000
const perTransaction = 200
/** Records that come close together are written in one go. */
const gatherMs = 1_000
const retry: Backoff = { firstMs: 500, longestMs: 10_000 }
const stopWithinMs = 3_000

/** Writes tracks in batches; keeps the newest word on each while the database is away, up to a limit. */
export class TrackWriter {
  readonly #options: TrackWriterOptions
  readonly #mostWaiting: number
  readonly #waiting = new Map<TrackId, TrackRecord>()
  readonly #weeks = new Set<UtcMs>()
  readonly #written: Counter
  readonly #lost: Counter<'why'>
  readonly #stop = new AbortController()
  #work: Promise<void> | null = null

  constructor(options: TrackWriterOptions) {
    this.#options = options
    this.#mostWaiting = options.mostWaiting ?? usualMostWaiting
    const registers = [options.metrics.registry]
    this.#written = new Counter({
      name: 'tracks_written_total',
      help: 'Tracks written, once for each time',
      registers,
    })
    this.#lost = new Counter({
      name: 'tracks_lost_total',
      help: 'Tracks not written: full (more waited than are kept), refused (by the database), stop',
      labelNames: ['why'],
      registers,
    })
    const waiting = this.#waiting
    new Gauge({
      name: 'tracks_waiting',
      help: 'Tracks that wait to be written',
      registers,
      collect() {
        this.set(waiting.size)
      },
    })
  }

  add(record: TrackRecord): void {
    const { trackId } = record.summary
    const before = this.#waiting.get(trackId)
    // A word on a track that waits is replaced by a newer one; its pictures are not.
    const kinds = new Set(record.stills.map(({ kind }) => kind))
    const stills = [...(before?.stills ?? []).filter(({ kind }) => !kinds.has(kind)), ...record.stills]
    if (before === undefined && this.#waiting.size >= this.#mostWaiting) {
      this.#lost.inc({ why: 'full' })
      return
    }
    this.#waiting.set(trackId, { ...record, stills })
    this.#work ??= this.#run()
  }

  /** Writes what waits, if the database takes it now. */
  async stop(): Promise<void> {
    this.#stop.abort()
    const late = new Promise<void>((resolve) => setTimeout(resolve, stopWithinMs).unref())
    await Promise.race([this.#work, late])
    if (this.#waiting.size > 0) this.#lost.inc({ why: 'stop' }, this.#waiting.size)
  }

  async #run(): Promise<void> {
    try {
      await this.#pause(gatherMs)
      for (let failures = 0; this.#waiting.size > 0; ) {
        const written = await this.#writeNext(failures)
        failures = written ? 0 : failures + 1
        if (!written && this.#stop.signal.aborted) return
        if (!written) await this.#pause(backoffMs(retry, failures, Math.random()))
      }
    } finally {
      this.#work = null
    }
  }

  async #writeNext(failures: number): Promise<boolean> {
    const { log } = this.#options
    const taken = [...this.#waiting.values()].slice(0, perTransaction)
    try {
      await this.#write(taken)
    } catch (error) {
      log[failures === 0 ? 'warn' : 'debug'](
        { err: error, waiting: this.#waiting.size },
        'tracks not written',
      )
      return false
    }
    for (const record of taken) {
      const { trackId } = record.summary
      // Not a word that came meanwhile.
      if (this.#waiting.get(trackId) === record) this.#waiting.delete(trackId)
    }
    if (failures > 0) log.info({ waiting: this.#waiting.size }, 'tracks are written again')
    return true
  }

  /** All at once; where the database refuses the lot for what is in it, one by one. */
  async #write(records: readonly TrackRecord[], anew = false): Promise<void> {
    const { db, log } = this.#options
    await this.#prepareWeeks(records)
    const zones = await readZones(db, records)
    try {
      await db.transaction().execute((transaction) => writeTracks(transaction, records, zones))
      this.#written.inc(records.length)
    } catch (error) {
      if (!isRefused(error)) throw error
      const [first] = records
      if (!anew) {
        // Perhaps a week was dropped meanwhile, and is to be made again.
        this.#weeks.clear()
        await this.#write(records, true)
      } else if (records.length > 1) for (const record of records) await this.#write([record], true)
      else {
        this.#lost.inc({ why: 'refused' })
        log.error({ err: error, trackId: first?.summary.trackId }, 'track refused by the database')
      }
    }
  }

  async #prepareWeeks(records: readonly TrackRecord[]): Promise<void> {
    const weeks = new Set(records.map(({ summary }) => weekStart(summary.firstSeenUtcMs)))
    const missing = [...weeks].filter((week) => !this.#weeks.has(week))
    await ensureWeeks(this.#options.db, missing)
    for (const week of missing) this.#weeks.add(week)
  }

  async #pause(ms: number): Promise<void> {
    if (this.#stop.signal.aborted) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#stop.signal.addEventListener('abort', () => {
        clearTimeout(timer)
        resolve()
      })
    })
  }
}

/** Of the cameras whose tracks have ended: which zones they went into is told at the end. */
async function readZones(
  db: Db,
  records: readonly TrackRecord[],
): Promise<ReadonlyMap<CameraId, readonly Zone[]>> {
  const cameraIds = new Set(records.filter(({ ended }) => ended).map(({ summary }) => summary.cameraId))
  const byCamera = new Map<CameraId, Zone[]>([...cameraIds].map((cameraId) => [cameraId, []]))
  if (cameraIds.size === 0) return byCamera
  const rows = await db
    .selectFrom('zones')
    .selectAll()
    .where('camera_id', 'in', [...cameraIds])
    .execute()
  for (const zone of rows.map(zoneOf)) byCamera.get(zone.cameraId)?.push(zone)
  return byCamera
}
