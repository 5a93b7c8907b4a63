import { type Selectable, sql } from 'kysely'
import type { AuditEntryAnswer, AuditHead, AuditQuery } from '../../contract/audit.ts'
import { readTime } from '../../contract/time-input.ts'
import type { AuditEntry } from '../../domain/audit.ts'
import type { AccountId } from '../../domain/ids.ts'
import { pageOf, readCursor } from '../../platform/cursor.ts'
import type { Db } from '../../platform/database.ts'
import type { AuditEntryTable } from '../../platform/tables.ts'
import type { FoundEntry } from './inspection.ts'

type AuditRow = Selectable<AuditEntryTable>
export type AuditFilters = Pick<AuditQuery, 'from' | 'to' | 'username' | 'act' | 'subject' | 'outcome'>

/** The trail as people read it, newest first. */
export async function listAudit(db: Db, query: AuditQuery) {
  const { limit = 100, cursor } = query
  const before = cursor === undefined ? null : Number(readCursor(cursor, ['number'])[0])
  const rows = await filtered(db, query)
    .$if(before !== null, (narrowed) => narrowed.where('sequence', '<', before ?? 0))
    .orderBy('sequence', 'desc')
    .limit(limit + 1)
    .execute()
  const page = pageOf(rows, limit, ({ sequence }) => [sequence])
  return { items: page.rows.map(answerOf), nextCursor: page.nextCursor }
}

/** Oldest first, in pages, behind `after`. */
export async function* auditPages(
  db: Db,
  { after, filters = {}, pageSize = 2_000 }: { after: number; filters?: AuditFilters; pageSize?: number },
): AsyncGenerator<readonly AuditRow[]> {
  let last = after
  for (;;) {
    const rows = await filtered(db, filters)
      .where('sequence', '>', last)
      .orderBy('sequence')
      .limit(pageSize)
      .execute()
    if (rows.length > 0) yield rows
    if (rows.length < pageSize) return
    last = rows.at(-1)?.sequence ?? last
  }
}

/** The sequences of the first and last entry of a window of time; null: there is none. */
export async function stretchOf(db: Db, filters: Pick<AuditFilters, 'from' | 'to'>) {
  const { first, last } = await filtered(db, filters)
    .clearSelect()
    .select([sql<number | null>`min(sequence)`.as('first'), sql<number | null>`max(sequence)`.as('last')])
    .executeTakeFirstOrThrow()
  return first === null || last === null ? null : { first, last }
}

export async function readHeads(db: Db, publicKey: Buffer): Promise<AuditHead[]> {
  const rows = await db.selectFrom('audit_heads').selectAll().orderBy('sequence').execute()
  return rows.map((row) => ({
    sequence: row.sequence,
    hash: row.hash.toString('hex'),
    signedAt: row.signed_at.toISOString(),
    signature: row.signature.toString('hex'),
    publicKey: publicKey.toString('hex'),
  }))
}

export function foundEntry(row: AuditRow): FoundEntry {
  const entry: AuditEntry = {
    sequence: row.sequence,
    atUtcMs: row.at.getTime(),
    actor: { accountId: row.account_id as AccountId | null, username: row.username, address: row.address },
    act: row.act,
    subject: row.subject,
    outcome: row.outcome,
    begunIn: row.begun_in,
    detail: row.detail,
  }
  return { entry, hash: row.hash }
}

function answerOf(row: AuditRow): AuditEntryAnswer {
  return {
    sequence: row.sequence,
    at: row.at.toISOString(),
    accountId: row.account_id,
    username: row.username,
    address: row.address,
    act: row.act,
    subject: row.subject,
    outcome: row.outcome,
    begunIn: row.begun_in,
    detail: row.detail === null ? null : (JSON.parse(row.detail) as Record<string, unknown>),
    hash: row.hash.toString('hex'),
  }
}

function filtered(db: Db, { from, to, username, act, subject, outcome }: AuditFilters) {
  let query = db.selectFrom('audit_entries').selectAll()
  if (from !== undefined) query = query.where('at', '>=', new Date(readTime(from, 'from')))
  if (to !== undefined) query = query.where('at', '<', new Date(readTime(to, 'to')))
  if (username !== undefined) query = query.where('username', '=', username)
  if (subject !== undefined) query = query.where('subject', '=', subject)
  if (outcome !== undefined) query = query.where('outcome', '=', outcome)
  // A noun alone: everything done to such things.
  if (act !== undefined)
    query = act.includes('.')
      ? query.where('act', '=', act)
      : query.where('act', '>=', `${act}.`).where('act', '<', `${act}/`)
  return query
}
