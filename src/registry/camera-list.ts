import { sql } from 'kysely'
import type { CameraQuery } from '../contract/cameras.ts'
import { GatewayError } from '../domain/errors.ts'
import { readCursor, writeCursor } from '../platform/cursor.ts'
import type { Db } from '../platform/database.ts'
import { type ShownRow, shownColumns } from './camera-row.ts'
import { literally } from './row-conflict.ts'

export function selectShown(db: Db) {
  return db
    .selectFrom('cameras')
    .select(shownColumns)
    .select(sql<boolean>`password_sealed is not null`.as('has_password'))
}

/** A page of cameras by name. Throws `unit-unknown` or `cursor-malformed`. */
export async function listCameras(
  db: Db,
  query: CameraQuery,
): Promise<{ rows: ShownRow[]; nextCursor: string | null }> {
  const limit = query.limit ?? 100
  let select = selectShown(db)
  if (query.unitId !== undefined && query.subtree === true) {
    const prefix = literally(await pathOf(db, query.unitId))
    select = select.where('unit_id', 'in', (units) =>
      units.selectFrom('units').select('id').where('path', 'like', `${prefix}%`),
    )
  } else if (query.unitId !== undefined) {
    select = select.where('unit_id', '=', query.unitId)
  }
  if (query.q !== undefined) {
    const q = `%${literally(query.q.trim())}%`
    select = select.where((is) => is.or([is('name', 'ilike', q), is('address', 'ilike', q)]))
  }
  if (query.state !== undefined) select = select.where('state', '=', query.state)
  if (query.cursor !== undefined) {
    const [name, id] = readCursor(query.cursor, ['string', 'string'])
    select = select.where(sql<boolean>`(name, id) > (${name}, ${id})`)
  }
  const rows = await select
    .orderBy('name')
    .orderBy('id')
    .limit(limit + 1)
    .execute()
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  return {
    rows: page,
    nextCursor: rows.length > limit && last !== undefined ? writeCursor([last.name, last.id]) : null,
  }
}

async function pathOf(db: Db, unitId: string): Promise<string> {
  const row = await db.selectFrom('units').select('path').where('id', '=', unitId).executeTakeFirst()
  if (row !== undefined) return row.path
  throw new GatewayError({ kind: 'not-found', code: 'unit-unknown', message: `no unit ${unitId}` })
}
