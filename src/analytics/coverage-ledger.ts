import { sql } from 'kysely'
import { Counter, type Registry } from 'prom-client'
import type { CoverageSpan } from '../domain/coverage.ts'
import type { CameraId } from '../domain/ids.ts'
import type { UtcMs } from '../domain/time.ts'
import type { Db } from '../platform/database.ts'
import type { Log } from '../platform/log.ts'

const writeEveryMs = 1_000
const aliveEveryMs = 5_000
const tidyEveryMs = 3_600_000
const keptMs = 400 * 86_400_000
/** Spans that wait while the database does not answer. */
const mostWaiting = 100_000
const mostTogether = 5_000

interface Entry extends CoverageSpan {
  readonly cameraId: CameraId
}

export interface CoverageLedgerOptions {
  readonly db: Db
  readonly log: Log
  readonly registry: Registry
}

/** When each camera was inspected and when it was not, on its way into the database. */
export class CoverageLedger {
  readonly #db: Db
  readonly #log: Log
  readonly #lost: Counter
  /** By camera and beginning: what is said of a span later takes the place of what was said before. */
  #waiting = new Map<string, Entry>()
  #writing: Promise<void> | null = null
  #timers: NodeJS.Timeout[] = []

  constructor({ db, log, registry }: CoverageLedgerOptions) {
    this.#db = db
    this.#log = log
    this.#lost = new Counter({
      name: 'analysis_coverage_lost_total',
      help: 'Spans of inspected or not inspected time given up because the database was away too long',
      registers: [registry],
    })
  }

  /** What the last run of the gateway left open ended when it was last alive; since then nothing was inspected. */
  async start(nowUtcMs: UtcMs): Promise<void> {
    await this.#db.transaction().execute(async (transaction) => {
      const alive = await transaction.selectFrom('inspection_alive').select('at').executeTakeFirst()
      const now = new Date(nowUtcMs)
      const at = alive === undefined || alive.at > now ? now : alive.at
      const { rows: ended } = await sql<{ camera_id: string; to_at: Date }>`
        update inspection_intervals set to_at = greatest(from_at, ${at}) where to_at is null
        returning camera_id, to_at
      `.execute(transaction)
      // A statement of its own: where nothing was alive since a span began, the two are one row.
      await sql`
        insert into inspection_intervals (camera_id, from_at, to_at, reason)
        select camera_id, max(to_at), ${now}, 'gateway-stopped'
        from unnest(
          ${ended.map(({ camera_id }) => camera_id)}::text[],
          ${ended.map(({ to_at }) => to_at)}::timestamptz[]
        ) as ended (camera_id, to_at)
        where to_at < ${now} group by camera_id
        on conflict (camera_id, from_at) do update set to_at = excluded.to_at, reason = excluded.reason
      `.execute(transaction)
    })
    await this.#alive(nowUtcMs)
    this.#timers = [
      setInterval(() => void this.flush(), writeEveryMs),
      setInterval(() => void this.#quietly(() => this.#alive(Date.now())), aliveEveryMs),
      setInterval(() => void this.#quietly(() => this.#tidy(Date.now())), tidyEveryMs),
    ]
  }

  add(cameraId: CameraId, span: CoverageSpan): void {
    const key = `${cameraId} ${span.fromUtcMs}`
    // Last said, last written: an end never comes before its beginning is known.
    this.#waiting.delete(key)
    this.#waiting.set(key, { cameraId, ...span })
    for (const oldest of this.#waiting.keys()) {
      if (this.#waiting.size <= mostWaiting) break
      this.#waiting.delete(oldest)
      this.#lost.inc()
    }
  }

  /** Stores what waits; what cannot be stored now goes on waiting. Never rejects. */
  flush(): Promise<void> {
    this.#writing ??= this.#quietly(() => this.#write()).finally(() => {
      this.#writing = null
    })
    return this.#writing
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    this.#timers = []
    await this.#writing
    await this.flush()
    await this.#quietly(() => this.#alive(Date.now()))
  }

  async #write(): Promise<void> {
    while (this.#waiting.size > 0) {
      const entries = [...this.#waiting].slice(0, mostTogether)
      const rows = entries.map(([, entry]) => entry)
      const time = (utcMs: UtcMs | null) => (utcMs === null ? null : new Date(utcMs))
      await sql`
        insert into inspection_intervals (camera_id, from_at, to_at, reason)
        select * from unnest(
          ${rows.map(({ cameraId }) => cameraId)}::text[],
          ${rows.map(({ fromUtcMs }) => time(fromUtcMs))}::timestamptz[],
          ${rows.map(({ toUtcMs }) => time(toUtcMs))}::timestamptz[],
          ${rows.map(({ reason }) => reason)}::text[])
        on conflict (camera_id, from_at) do update set to_at = excluded.to_at, reason = excluded.reason
      `.execute(this.#db)
      // What was said meanwhile is still to be written.
      for (const [key, entry] of entries) if (this.#waiting.get(key) === entry) this.#waiting.delete(key)
    }
  }

  async #alive(nowUtcMs: UtcMs): Promise<void> {
    const at = new Date(nowUtcMs)
    await this.#db
      .insertInto('inspection_alive')
      .values({ at })
      .onConflict((row) => row.column('only_row').doUpdateSet({ at }))
      .execute()
  }

  async #tidy(nowUtcMs: UtcMs): Promise<void> {
    await this.#db
      .deleteFrom('inspection_intervals')
      .where('to_at', '<', new Date(nowUtcMs - keptMs))
      .execute()
  }

  async #quietly(act: () => Promise<void>): Promise<void> {
    await act().catch((error: unknown) => {
      this.#log.warn({ err: error }, 'inspected time cannot be stored now')
    })
  }
}
