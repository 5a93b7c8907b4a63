import { sql } from 'kysely'
import type { Alert } from '../contract/alerts.ts'
import { visiblePart } from '../domain/geometry.ts'
import type { AlertId } from '../domain/ids.ts'
import type { UtcMs } from '../domain/time.ts'
import type { Db } from '../platform/database.ts'
import { alertOf } from './alert-row.ts'
import type { WatchFiring } from './camera-watch.ts'

/** An alert that is not stored yet. */
export interface NewAlert extends WatchFiring {
  readonly id: AlertId
  readonly occurredUtcMs: UtcMs
  readonly arrivedUtcMs: UtcMs
  readonly jpeg: Buffer
}

/** Any number of our own that nothing else locks; "alert" in ASCII. */
const oneWriter = 0x616c657274
/** What the column holds: 24 days. */
const longestDwellMs = 2 ** 31 - 1

/**
 * Stores alerts with their snapshots in one transaction; answers those of them that are stored now, in
 * the order of their sequence. Left out: what the same rule, track and firing had stored under another
 * id before (a frame inspected twice), and what belongs to a camera that is gone.
 *
 * May be called again with the same alerts when it failed: a commit whose answer was lost on the way is
 * found by the alerts' ids.
 *
 * Numbers are given under a lock that is held until the commit: a reader who has seen number n never
 * finds a smaller one later, whoever else writes.
 */
export async function insertAlerts(db: Db, alerts: readonly NewAlert[]): Promise<Alert[]> {
  return await db.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(${oneWriter})`.execute(transaction)
    const cameras = await readNames(transaction, alerts)
    const rows = alerts.flatMap((alert) => {
      const camera = cameras.get(alert.rule.cameraId)
      return camera === undefined ? [] : [{ ...camera, ...columnsOf(alert) }]
    })
    if (rows.length === 0) return []
    const fresh = await transaction
      .insertInto('alerts')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .execute()
    const freshIds = new Set(fresh.map(({ id }) => id))
    const snapshots = alerts.filter(({ id }) => freshIds.has(id))
    if (snapshots.length > 0) {
      await transaction
        .insertInto('alert_snapshots')
        .values(snapshots.map(({ id, jpeg }) => ({ alert_id: id, jpeg })))
        .execute()
    }
    const stored = await transaction
      .selectFrom('alerts')
      .selectAll()
      .where(
        'id',
        'in',
        rows.map(({ id }) => id),
      )
      .orderBy('sequence')
      .execute()
    return stored.map(alertOf)
  })
}

/** As the camera and its unit are called now. */
async function readNames(db: Db, alerts: readonly NewAlert[]) {
  const ids = [...new Set(alerts.map(({ rule }) => rule.cameraId))]
  const rows = await db
    .selectFrom('cameras')
    .innerJoin('units', 'units.id', 'cameras.unit_id')
    .select([
      'cameras.id as camera_id',
      'cameras.name as camera_name',
      'units.id as unit_id',
      'units.name as unit_name',
    ])
    .where('cameras.id', 'in', ids)
    .execute()
  return new Map<string, (typeof rows)[number]>(rows.map((row) => [row.camera_id, row]))
}

function columnsOf({ id, rule, zone, firing, occurredUtcMs, arrivedUtcMs }: NewAlert) {
  const { x, y, w, h } = visiblePart(firing.box)
  return {
    id,
    rule_id: rule.id,
    rule_name: rule.name,
    rule_kind: rule.kind,
    zone_name: zone.name,
    severity: rule.severity,
    track_id: firing.trackId,
    class: firing.class,
    score: firing.score,
    box: [x, y, w, h],
    dwell_ms: firing.dwellMs === null ? null : Math.min(longestDwellMs, Math.round(firing.dwellMs)),
    direction: firing.direction,
    firing: firing.firing,
    occurred_at: new Date(occurredUtcMs),
    arrived_at: new Date(arrivedUtcMs),
  }
}
