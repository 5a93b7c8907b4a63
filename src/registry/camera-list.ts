import { sql } from 'kysely'
import { within } from '../access/within.ts'
import type { CameraQuery } from '../contract/cameras.ts'
import { GatewayError } from '../domain/errors.ts'
import type { Scope } from '../domain/policy.ts'
import { pageOf, readCursor } from '../platform/cursor.ts'
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
  scopes: readonly Scope[] = [{ kind: 'city' }],
): Promise<{ rows: readonly ShownRow[]; nextCursor: string | null }> {
  const limit = query.limit ?? 100
  let select = selectShown(db)
  const seen = within(scopes, { unit: 'cameras.unit_id', camera: 'cameras.id' })
  if (seen !== null) select = select.where(seen)
  if (query.unitId !== undefined && query.subtree === true) {
    const prefix = literally(await pathOf(db, query.unitId))
    select = select.where('unit_id', 'in', (units) =>
      units.selectFrom('units').select('id').where('path', 'like', `${prefix}%`),
    )
  } else if (query.unitId !== undefined) {
    select = select.where('unit_id', '=', query.unitId)
  }
  if (query.q !== undefined) {
    select = select.where('search_key', 'like', `%${literally(query.q.trim().toLowerCase())}%`)
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
  return pageOf(rows, limit, ({ name, id }) => [name, id])
}

async function pathOf(db: Db, unitId: string): Promise<string> {
  const row = await db.selectFrom('units').select('path').where('id', '=', unitId).executeTakeFirst()
  if (row !== undefined) return row.path
  throw new GatewayError({ kind: 'not-found', code: 'unit-unknown', message: `no unit ${unitId}` })
}
