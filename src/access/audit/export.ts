import type { AuditExportQuery, AuditHead } from '../../contract/audit.ts'
import { auditCsvHead, auditCsvLine } from '../../domain/audit-export.ts'
import { byteOrderMark } from '../../domain/csv.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { Db } from '../../platform/database.ts'
import { chainStart } from './chain.ts'
import { auditPages, foundEntry, stretchOf } from './store.ts'

/**
 * A stretch of the chain that proves itself (`npm run verify -- FILE`), one JSON document a line: what
 * it is chained to, each entry with its hash, and the signed head last. From `from` on it always goes
 * to the present end, because only the head is signed.
 */
export async function* exportChain(
  db: Db,
  { from }: Pick<AuditExportQuery, 'from'>,
  head: AuditHead,
): AsyncGenerator<string> {
  const stretch = await stretchOf(db, from === undefined ? {} : { from })
  const after = (stretch?.first ?? head.sequence + 1) - 1
  const before = await hashAt(db, after)
  const start = {
    kind: 'xueliang-audit',
    version: 1,
    after: { sequence: after, hash: before.toString('hex') },
  }
  yield `${JSON.stringify(start)}\n`
  for await (const rows of auditPages(db, { after })) {
    const lines: string[] = []
    for (const row of rows) {
      const { entry, hash } = foundEntry(row)
      // Written while the export was under way: no head speaks of them yet.
      if (entry.sequence <= head.sequence) lines.push(JSON.stringify({ entry, hash: hash.toString('hex') }))
    }
    if (lines.length > 0) yield `${lines.join('\n')}\n`
    if (lines.length < rows.length) break
  }
  yield `${JSON.stringify({ head })}\n`
}

/** For people and spreadsheets. */
export async function* exportTable(db: Db, filters: AuditExportQuery): AsyncGenerator<string> {
  yield `${byteOrderMark}${auditCsvHead}`
  for await (const rows of auditPages(db, { after: 0, filters }))
    yield rows.map((row) => auditCsvLine(foundEntry(row).entry)).join('')
}

/** Throws `audit-export-partial` for a filter that would leave holes in the chain. */
export function requireWhole({ format: _, from: _from, ...filters }: AuditExportQuery): void {
  const [field] = Object.keys(filters)
  if (field !== undefined)
    throw new GatewayError({
      kind: 'invalid',
      code: 'audit-export-partial',
      message: 'an export that proves itself has every entry from a moment on: filter the CSV instead',
      details: { field },
    })
}

async function hashAt(db: Db, sequence: number): Promise<Buffer> {
  if (sequence === 0) return chainStart
  const { hash } = await db
    .selectFrom('audit_entries')
    .select('hash')
    .where('sequence', '=', sequence)
    .executeTakeFirstOrThrow()
  return hash
}
