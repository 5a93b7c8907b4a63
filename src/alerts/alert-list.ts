import { type ExpressionBuilder, type ExpressionWrapper, type RawBuilder, type SqlBool, sql } from 'kysely'
import { within } from '../access/within.ts'
import type { AlertQuery } from '../contract/alerts.ts'
import { readTime } from '../contract/time-input.ts'
import type { Scope } from '../domain/policy.ts'
import { pageOf, readCursor } from '../platform/cursor.ts'
import type { Db } from '../platform/database.ts'
import type { Tables } from '../platform/tables.ts'
import type { AlertRow } from './alert-row.ts'

interface AlertRows {
  readonly rows: readonly AlertRow[]
  readonly nextCursor: string | null
}
type Where = ExpressionBuilder<Tables, 'alerts'>
type Condition = ExpressionWrapper<Tables, 'alerts', SqlBool>

const usualLimit = 100

/**
 * Those in the scopes, newest first by when they occurred; with `after`, oldest first by sequence. A page begins right
 * after the last row of the one before, whatever was stored meanwhile. Throws `time-malformed`,
 * `cursor-malformed`.
 */
export async function listAlerts(
  db: Db,
  query: AlertQuery,
  scopes: readonly Scope[] = [{ kind: 'city' }],
): Promise<AlertRows> {
  const { limit = usualLimit, cursor, after } = query
  let select = db
    .selectFrom('alerts')
    .selectAll()
    .where((where) => where.and(conditions(where, query)))
    .limit(limit + 1)
  const seen = alertsWithin(scopes)
  if (seen !== null) select = select.where(seen)
  if (after !== undefined) {
    const [since = after] = cursor === undefined ? [] : readCursor(cursor, ['number'])
    select = select.where('sequence', '>', Number(since)).orderBy('sequence')
    return pageOf(await select.execute(), limit, ({ sequence }) => [sequence])
  }
  if (cursor !== undefined) {
    const [occurredUtcMs = 0, id = ''] = readCursor(cursor, ['number', 'string'])
    const occurredAt = new Date(Number(occurredUtcMs))
    select = select.where((where) =>
      where(where.refTuple('occurred_at', 'id'), '<', where.tuple(occurredAt, String(id))),
    )
  }
  select = select.orderBy('occurred_at', 'desc').orderBy('id', 'desc')
  return pageOf(await select.execute(), limit, (row) => [row.occurred_at.getTime(), row.id])
}

/** Where they happened, or whom they were handed on to; null: all of them. */
export function alertsWithin(scopes: readonly Scope[]): RawBuilder<boolean> | null {
  const there = within(scopes, { unit: 'alerts.unit_id', camera: 'alerts.camera_id' })
  const handedOn = within(scopes, { unit: 'alerts.forwarded_unit_id' })
  return there === null || handedOn === null ? null : sql<boolean>`(${there} or ${handedOn})`
}

function conditions(where: Where, query: AlertQuery): Condition[] {
  const { cameraId, unitId, ruleId, ruleKind, severity, state, from, to, groupId, folded } = query
  const found: Condition[] = []
  if (cameraId !== undefined) found.push(where('camera_id', '=', cameraId))
  if (ruleId !== undefined) found.push(where('rule_id', '=', ruleId))
  if (ruleKind !== undefined) found.push(where('rule_kind', '=', ruleKind))
  if (severity !== undefined) found.push(where('severity', '=', severity))
  if (query.class !== undefined) found.push(where('class', '=', query.class))
  if (state !== undefined) found.push(where('state', '=', state))
  if (from !== undefined) found.push(where('occurred_at', '>=', new Date(readTime(from, 'from'))))
  if (to !== undefined) found.push(where('occurred_at', '<', new Date(readTime(to, 'to'))))
  if (unitId !== undefined) found.push(inUnit(where, unitId))
  if (groupId !== undefined) found.push(where('group_id', '=', groupId))
  // Written as the partial indexes have it, so that they are used.
  else if (folded !== true) found.push(where.not('folded'))
  return found
}

/** Of the unit or one below it, or handed on to one of them. An unknown unit has no alerts. */
function inUnit(where: Where, unitId: string): Condition {
  const below = where
    .selectFrom('units')
    .innerJoin('units as top', (join) => join.on('top.id', '=', unitId))
    .select('units.id')
    .where((units) => units.fn<SqlBool>('starts_with', ['units.path', 'top.path']))
  return where.or([where('unit_id', 'in', below), where('forwarded_unit_id', 'in', below)])
}
