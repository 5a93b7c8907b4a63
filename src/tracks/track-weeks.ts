import { sql } from 'kysely'
import type { UtcMs } from '../domain/time.ts'
import type { Db } from '../platform/database.ts'

const dayMs = 86_400_000
const weekMs = 7 * dayMs
/** 1 January 1970 was a Thursday. */
const firstMondayUtcMs = 4 * dayMs
const tables = ['tracks', 'track_stills'] as const
/** Two gateways on one database make or drop weeks one after the other. */
const advisoryLock = 7_309_115_405
const perDelete = 5_000

/** Monday 00:00 UTC. */
export function weekStart(utcMs: UtcMs): UtcMs {
  return Math.floor((utcMs - firstMondayUtcMs) / weekMs) * weekMs + firstMondayUtcMs
}

/** Makes the parts of both tables that hold these weeks; those that are there already are fine. */
export async function ensureWeeks(db: Db, weeks: Iterable<UtcMs>): Promise<void> {
  for (const startUtcMs of weeks) {
    await db.transaction().execute(async (transaction) => {
      await sql`select pg_advisory_xact_lock(${advisoryLock})`.execute(transaction)
      for (const table of tables) {
        await sql`create table if not exists ${sql.table(partName(table, startUtcMs))}
          partition of ${sql.table(table)}
          for values from (${sql.lit(isoOf(startUtcMs))}) to (${sql.lit(isoOf(startUtcMs + weekMs))})`.execute(
          transaction,
        )
      }
    })
  }
}

/** Drops weeks that are wholly over, and deletes what else was first seen before. */
export async function forgetBefore(db: Db, beforeUtcMs: UtcMs): Promise<void> {
  const parts = await sql<{ name: string }>`
    select inhrelid::regclass::text as name from pg_inherits where inhparent = 'tracks'::regclass
  `.execute(db)
  for (const { name } of parts.rows) {
    const startUtcMs = weekOfPart(name)
    if (startUtcMs === null || startUtcMs + weekMs > beforeUtcMs) continue
    await db.transaction().execute(async (transaction) => {
      await sql`select pg_advisory_xact_lock(${advisoryLock})`.execute(transaction)
      for (const table of tables) {
        await sql`drop table if exists ${sql.table(partName(table, startUtcMs))}`.execute(transaction)
      }
    })
  }
  const before = new Date(beforeUtcMs)
  for (const table of tables) await deleteInSteps(db, table, before)
}

/** A single statement would hold its locks for minutes; the bound on time keeps each to the oldest week. */
async function deleteInSteps(db: Db, table: (typeof tables)[number], before: Date): Promise<void> {
  const id = sql.ref(table === 'tracks' ? 'id' : 'track_id')
  for (let deleted = perDelete; deleted >= perDelete; ) {
    const { numAffectedRows = 0n } = await sql`
      delete from ${sql.table(table)} where first_seen < ${before} and ${id} = any(array(
        select ${id} from ${sql.table(table)} where first_seen < ${before} limit ${perDelete}
      ))`.execute(db)
    deleted = Number(numAffectedRows)
  }
}

function partName(table: string, startUtcMs: UtcMs): string {
  return `${table}_${isoOf(startUtcMs).slice(0, 10).replaceAll('-', '')}`
}

function weekOfPart(name: string): UtcMs | null {
  const [, year, month, day] = /^tracks_(\d{4})(\d{2})(\d{2})$/.exec(name) ?? []
  return day === undefined ? null : Date.UTC(Number(year), Number(month) - 1, Number(day))
}

function isoOf(utcMs: UtcMs): string {
  return new Date(utcMs).toISOString()
}
