import { sql } from 'kysely'
import { type Calendar, dayAfter, hourMs, type KeptSince } from '../domain/rollup.ts'
import type { UtcMs } from '../domain/time.ts'
import type { Db } from '../platform/database.ts'
import { askForRollup } from './heat-rows.ts'

/** How long each level is kept. */
export interface KeptDays {
  readonly fiveMinutes: number
  readonly hours: number
  readonly days: number
}

/** Camera-hours summed up in one transaction. */
const batch = 500
const rowsPerDeletion = 5000
/** What the last seconds brought of an hour is still on its way when the hour ends. */
const graceMs = 60_000
const dayMs = 24 * hourMs
/** The part of rows that are summed up. */
const whole = '00000000-0000-0000-0000-000000000000'
/** What a cell's column holds: 248 objects for a day. */
const largest = 2 ** 31 - 1

export function keptSince(kept: KeptDays, nowUtcMs: UtcMs): KeptSince {
  return { fiveMinutes: nowUtcMs - kept.fiveMinutes * dayMs, hours: nowUtcMs - kept.hours * dayMs }
}

interface Due {
  readonly camera_id: string
  readonly bucket_start: Date
  readonly bucket_end: Date
}

/**
 * Hours and days of heat and counts, each made anew from the level below whenever something below it
 * changed: late frames and killed processes leave nothing out and nothing twice.
 */
export class Rollups {
  readonly #db: Db
  readonly #calendar: Calendar
  readonly #kept: KeptDays

  constructor({ db, calendar, kept }: { db: Db; calendar: Calendar; kept: KeptDays }) {
    this.#db = db
    this.#calendar = calendar
    this.#kept = kept
  }

  /** Sums up every hour and day that is over and due; answers how many. */
  async run(nowUtcMs: UtcMs): Promise<number> {
    let done = 0
    for (const span of ['hour', 'day'] as const) {
      for (;;) {
        const summed = await this.#sumUp(span, nowUtcMs - graceMs)
        done += summed
        if (summed < batch) break
      }
    }
    return done
  }

  /** Removes what is older than its level is kept; answers how many rows. */
  async removeOld(nowUtcMs: UtcMs): Promise<number> {
    const { fiveMinutes, hours, days } = this.#kept
    let removed = 0
    for (const [span, keptDays] of [
      ['5min', fiveMinutes],
      ['hour', hours],
      ['day', days],
    ] as const) {
      const before = new Date(nowUtcMs - keptDays * dayMs)
      for (const table of ['heat_grids', 'heat_totals', 'line_counts'] as const)
        removed += await this.#remove(`${table}_${span}`, sql`bucket_start < ${before}`)
    }
    const before = new Date(nowUtcMs - days * dayMs)
    return removed + (await this.#remove('camera_online', sql`to_at < ${before}`))
  }

  async #sumUp(span: 'hour' | 'day', overByUtcMs: UtcMs): Promise<number> {
    return await this.#db.transaction().execute(async (transaction) => {
      const due = await this.#takeDue(transaction, span, overByUtcMs)
      if (due.length === 0) return 0
      const below = span === 'hour' ? '5min' : 'hour'
      const wanted = sql`unnest(
        ${due.map((each) => each.camera_id)}::text[],
        ${due.map((each) => each.bucket_start.toISOString())}::timestamptz[],
        ${due.map((each) => each.bucket_end.toISOString())}::timestamptz[]
      ) as due (camera_id, bucket_start, bucket_end)`
      for (const table of ['heat_grids', 'heat_totals', 'line_counts'] as const)
        await sql`delete from ${sql.table(table)} as old using ${wanted}
          where old.span = ${span} and old.camera_id = due.camera_id and old.bucket_start = due.bucket_start`.execute(
          transaction,
        )
      const source = (table: 'heat_grids' | 'heat_totals' | 'line_counts') => sql`${wanted}
        join ${sql.table(table)} as below on below.camera_id = due.camera_id and below.span = ${below}
          and below.bucket_start >= due.bucket_start and below.bucket_start < due.bucket_end`
      await sql`
        insert into heat_grids (camera_id, span, bucket_start, part, cells, dwell_cs, passages)
        select camera_id, ${span}, bucket_start, ${whole}::uuid,
          array_agg(cell order by cell), array_agg(dwell order by cell), array_agg(passages order by cell)
        from (
          select due.camera_id, due.bucket_start, cell,
            least(sum(dwell), ${largest})::integer as dwell, sum(stored.passages)::integer as passages
          from ${source('heat_grids')},
            unnest(below.cells, below.dwell_cs, below.passages) as stored (cell, dwell, passages)
          group by due.camera_id, due.bucket_start, cell
        ) as summed
        group by camera_id, bucket_start`.execute(transaction)
      await sql`
        insert into heat_totals
          (span, bucket_start, camera_id, part, inspected_frames, inspected_ms, dwell_cs, tracks)
        select ${span}, due.bucket_start, due.camera_id, ${whole}::uuid,
          sum(inspected_frames), sum(inspected_ms), ${byClass('dwell_cs', 'bigint')}, ${byClass('tracks', 'integer')}
        from ${source('heat_totals')}
        group by due.camera_id, due.bucket_start`.execute(transaction)
      await sql`
        insert into line_counts (camera_id, span, bucket_start, line_id, class, part, forward, backward)
        select due.camera_id, ${span}, due.bucket_start, line_id, class, ${whole}::uuid,
          sum(forward), sum(backward)
        from ${source('line_counts')}
        group by due.camera_id, due.bucket_start, line_id, class`.execute(transaction)
      if (span === 'hour') await askForRollup(transaction, this.#daysAbove(due))
      return due.length
    })
  }

  /** From here on the rows below are read: what is written to them later asks anew. */
  async #takeDue(db: Db, span: 'hour' | 'day', overByUtcMs: UtcMs): Promise<Due[]> {
    const latest = span === 'hour' ? overByUtcMs - hourMs : this.#calendar.dayStart(overByUtcMs) - 1
    const { rows } = await sql<{ camera_id: string; bucket_start: Date }>`
      delete from rollups_due as taken
      using (
        select span, bucket_start, camera_id from rollups_due
        where span = ${span} and bucket_start <= ${new Date(latest)}
        order by bucket_start limit ${batch} for update
      ) as first
      where taken.span = first.span and taken.bucket_start = first.bucket_start
        and taken.camera_id = first.camera_id
      returning taken.camera_id, taken.bucket_start`.execute(db)
    return rows.map(({ camera_id, bucket_start }) => {
      const startUtcMs = bucket_start.getTime()
      const end = span === 'hour' ? startUtcMs + hourMs : dayAfter(this.#calendar, startUtcMs)
      return { camera_id, bucket_start, bucket_end: new Date(end) }
    })
  }

  #daysAbove(hours: readonly Due[]) {
    const days = new Map(
      hours.map(({ camera_id, bucket_start }) => {
        const start = this.#calendar.dayStart(bucket_start.getTime())
        return [`${camera_id} ${start}`, { span: 'day' as const, bucket_start: new Date(start), camera_id }]
      }),
    )
    return [...days.values()]
  }

  /** Some at a time, so that nobody waits for a lock; of one partition, as `ctid` is unique in it alone. */
  async #remove(table: string, old: ReturnType<typeof sql>): Promise<number> {
    let removed = 0
    for (;;) {
      const { numAffectedRows = 0n } = await sql`
        delete from ${sql.table(table)} where ctid = any(array(
          select ctid from ${sql.table(table)} where ${old} limit ${rowsPerDeletion}))`.execute(this.#db)
      removed += Number(numAffectedRows)
      if (numAffectedRows < rowsPerDeletion) return removed
    }
  }
}

/** The sum of one column by class; null where nothing was there. */
function byClass(column: 'dwell_cs' | 'tracks', type: 'bigint' | 'integer') {
  const sums = [1, 2, 3, 4, 5, 6, 7].map(
    (position) => sql`coalesce(sum(${sql.ref(column)}[${sql.lit(position)}]), 0)::${sql.raw(type)}`,
  )
  return sql`case when count(${sql.ref(column)}) > 0 then array[${sql.join(sums)}] end`
}
