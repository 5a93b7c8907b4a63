import { promisify } from 'node:util'
import { deflateRaw, inflateRaw } from 'node:zlib'
import { sql } from 'kysely'
import { Counter } from 'prom-client'
import type { Inspection } from '../domain/frame.ts'
import type { CameraId } from '../domain/ids.ts'
import { GrowingRecord, type InspectionRecord, inspectionsOf } from '../domain/inspection-record.ts'
import type { UtcMs } from '../domain/time.ts'
import type { Db } from '../platform/database.ts'
import type { Log } from '../platform/log.ts'
import type { Metrics } from '../platform/metrics.ts'

export interface InspectionLogOptions {
  readonly db: Db
  readonly log: Log
  readonly metrics: Metrics
}

/** A rule is tried on the last hour; a while longer, so that whoever tries it has time to think. */
export const loggedMs = 3 * 3600_000
/** A row holds so much of a camera; a gateway that is killed forgets no more than that. */
const rowMs = 20_000
const lookEveryMs = 2_000
const rowsAtOnce = 200
/** What is made of one reading is made at a stretch: short, as live work waits meanwhile. */
const rowsRead = 5
/** Rows that wait for the database: half a minute of a thousand cameras. */
const mostWaiting = 1_500
const tidyEveryMs = 60_000

const pack = promisify(deflateRaw)
const unpack = promisify(inflateRaw)

/**
 * Remembers for some hours what live analysis found, in the order in which rules saw it, so that a rule
 * can be tried on just that. What the database does not take in time is lost, and counted.
 */
export class InspectionLog {
  readonly #db: Db
  readonly #log: Log
  /** What has no row yet. */
  readonly #growing = new Map<CameraId, { readonly record: GrowingRecord; readonly sinceMs: number }>()
  #waiting: GrowingRecord[] = []
  readonly #lost: Counter
  readonly #timer: NodeJS.Timeout
  #writing: Promise<void> = Promise.resolve()
  #tidiedMs = -Infinity

  constructor({ db, log, metrics }: InspectionLogOptions) {
    this.#db = db
    this.#log = log.child({ part: 'inspection log' })
    this.#lost = new Counter({
      name: 'inspection_log_lost_total',
      help: 'Inspections that were not kept for trying rules on them, because the database did not take them',
      registers: [metrics.registry],
    })
    this.#timer = setInterval(() => this.#look(), lookEveryMs)
    this.#timer.unref()
  }

  add(inspection: Inspection): void {
    const { cameraId } = inspection.frame
    const growing = this.#growing.get(cameraId)
    if (growing?.record.fits(inspection.frame, rowMs) === true) growing.record.add(inspection)
    else {
      if (growing !== undefined) this.#close(growing.record)
      this.#growing.set(cameraId, { record: new GrowingRecord(inspection), sinceMs: performance.now() })
    }
  }

  /** Of one camera, in the order in which they were found. */
  async *between(cameraId: CameraId, fromUtcMs: UtcMs, toUtcMs: UtcMs): AsyncGenerator<Inspection> {
    // Looked at first: what gets its row meanwhile is then found once and not never.
    const growing = this.#growing.get(cameraId)
    const unwritten = [...this.#waiting, ...(growing === undefined ? [] : [growing.record])]
      .filter((record) => record.cameraId === cameraId)
      .map((record) => record.record())
    let lastUtcMs = -Infinity
    const wanted = ({ frame: { programmeUtcMs: at } }: Inspection) =>
      at >= fromUtcMs && at < toUtcMs && at > lastUtcMs
    let after = fromUtcMs - rowMs
    for (;;) {
      const rows = await this.#db
        .selectFrom('inspection_log')
        .select(['from_at', 'frames'])
        .where('camera_id', '=', cameraId)
        .where('from_at', '>', new Date(after))
        .where('from_at', '<', new Date(toUtcMs))
        .orderBy('from_at')
        .limit(rowsRead)
        .execute()
      for (const { frames } of rows) {
        const record = JSON.parse((await unpack(frames)).toString('utf8')) as InspectionRecord
        for (const inspection of inspectionsOf(record, cameraId).filter(wanted)) yield inspection
        lastUtcMs = Math.max(lastUtcMs, record.fromUtcMs + (record.frames.at(-1)?.[0] ?? 0))
      }
      const last = rows.at(-1)
      if (last === undefined) break
      after = last.from_at.getTime()
    }
    for (const record of unwritten)
      for (const inspection of inspectionsOf(record, cameraId).filter(wanted)) yield inspection
  }

  /** Writes what has no row yet, if the database takes it now. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    for (const { record } of this.#growing.values()) this.#close(record)
    this.#growing.clear()
    await this.#writing
    await this.#write()
  }

  #close(record: GrowingRecord): void {
    this.#waiting.push(record)
    const tooMany = this.#waiting.length - mostWaiting
    if (tooMany <= 0) return
    for (const lost of this.#waiting.splice(0, tooMany)) this.#lost.inc(lost.frames)
  }

  #look(): void {
    const nowMs = performance.now()
    for (const [cameraId, { record, sinceMs }] of this.#growing) {
      if (nowMs - sinceMs < rowMs) continue
      this.#growing.delete(cameraId)
      this.#close(record)
    }
    this.#writing = this.#writing.then(async () => {
      await this.#write()
      await this.#tidy()
    })
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const taken = this.#waiting.slice(0, rowsAtOnce)
      try {
        const rows = await Promise.all(taken.map(packed))
        await this.#db
          .insertInto('inspection_log')
          .values(rows)
          .onConflict((conflict) =>
            conflict.columns(['camera_id', 'from_at']).doUpdateSet({ frames: sql<Buffer>`excluded.frames` }),
          )
          .execute()
      } catch (error) {
        this.#log.debug({ err: error, waiting: this.#waiting.length }, 'inspections not logged; trying again')
        return
      }
      const written = new Set(taken)
      this.#waiting = this.#waiting.filter((row) => !written.has(row))
    }
  }

  async #tidy(): Promise<void> {
    if (performance.now() - this.#tidiedMs < tidyEveryMs) return
    try {
      await this.#db
        .deleteFrom('inspection_log')
        .where('from_at', '<', new Date(Date.now() - loggedMs))
        .execute()
      this.#tidiedMs = performance.now()
    } catch (error) {
      this.#log.debug({ err: error }, 'old inspections not removed; trying again')
    }
  }
}

async function packed(growing: GrowingRecord) {
  const record = growing.record()
  return {
    camera_id: growing.cameraId,
    from_at: new Date(record.fromUtcMs),
    frames: await pack(JSON.stringify(record)),
  }
}
