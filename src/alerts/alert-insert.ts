import { sql } from 'kysely'
import type { Alert } from '../contract/alerts.ts'
import type { Arrival, GroupId } from '../domain/alert-flow.ts'
import { visiblePart } from '../domain/geometry.ts'
import type { AlertId, UnitId } from '../domain/ids.ts'
import type { UtcMs } from '../domain/time.ts'
import type { Db } from '../platform/database.ts'
import { alertOf } from './alert-row.ts'
import type { WatchFiring } from './camera-watch.ts'

/** An alert that is not stored yet. */
export interface NewAlert extends WatchFiring {
  readonly id: AlertId
  readonly occurredUtcMs: UtcMs
  readonly arrivedUtcMs: UtcMs
  /** Null where there was no picture. */
  readonly jpeg: Buffer | null
}

export interface Stored {
  /** In the order of their sequence, and what each was to the flow. */
  readonly alerts: readonly { readonly alert: Alert; readonly arrival: Arrival }[]
  /** Those delivered before under which some were folded, as they are now. */
  readonly grown: readonly Alert[]
}

/** Any number of our own that nothing else locks; "alert" in ASCII. */
const oneWriter = 0x616c657274
/** What the column holds: 24 days. */
const longestDwellMs = 2 ** 31 - 1
const deliverAll = (arrivals: readonly Arrival[]): GroupId[] => arrivals.map(({ alertId }) => alertId)

/**
 * Stores alerts with their snapshots and their deliveries to other systems in one transaction; answers
 * those of them that are stored now. Left out: what the same rule, subject and firing had stored under
 * another id before (a frame inspected twice), and what belongs to a camera that is gone.
 *
 * May be called again with the same alerts when it failed: a commit whose answer was lost on the way is
 * found by the alerts' ids.
 *
 * Numbers are given under a lock that is held until the commit: a reader who has seen number n never
 * finds a smaller one later, whoever else writes.
 */
export async function insertAlerts(
  db: Db,
  alerts: readonly NewAlert[],
  plan: (arrivals: readonly Arrival[]) => GroupId[] = deliverAll,
): Promise<Stored> {
  return await db.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(${oneWriter})`.execute(transaction)
    const cameras = await readNames(transaction, alerts)
    const arrivals = new Map<string, Arrival>()
    const known = alerts.flatMap((alert) => {
      const camera = cameras.get(alert.rule.cameraId)
      if (camera === undefined) return []
      arrivals.set(alert.id, arrivalOf(alert, camera.unit_id as UnitId))
      return [{ alert, camera }]
    })
    if (known.length === 0) return { alerts: [], grown: [] }
    const groups = plan([...arrivals.values()])
    const rows = known.map(({ alert, camera }, i) => ({
      ...camera,
      ...columnsOf(alert, groups[i] ?? alert.id),
    }))
    const fresh = await transaction
      .insertInto('alerts')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .returning(['id', 'group_id', 'occurred_at'])
      .execute()
    await insertSnapshots(transaction, alerts, new Set(fresh.map(({ id }) => id)))
    const leads = await fold(transaction, fresh)
    await addDeliveries(
      transaction,
      fresh.map(({ id }) => id),
    )
    const stored = await transaction
      .selectFrom('alerts')
      .selectAll()
      .where('id', 'in', [...rows.map(({ id }) => id), ...leads])
      .orderBy('sequence')
      .execute()
    const own = stored.flatMap((row) => {
      const arrival = arrivals.get(row.id)
      return arrival === undefined ? [] : [{ alert: alertOf(row), arrival }]
    })
    return { alerts: own, grown: stored.filter(({ id }) => !arrivals.has(id)).map(alertOf) }
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

async function insertSnapshots(
  db: Db,
  alerts: readonly NewAlert[],
  freshIds: ReadonlySet<string>,
): Promise<void> {
  const snapshots = alerts.flatMap(({ id, jpeg }) =>
    jpeg === null || !freshIds.has(id) ? [] : [{ alert_id: id, jpeg }],
  )
  if (snapshots.length > 0) await db.insertInto('alert_snapshots').values(snapshots).execute()
}

/**
 * Counts what was folded on the alerts that it stands under; answers their ids. One whose lead is not
 * there, because it had been stored under another id, stands on its own.
 */
async function fold(
  db: Db,
  fresh: readonly { id: string; group_id: string; occurred_at: Date }[],
): Promise<ReadonlySet<string>> {
  const groups = Map.groupBy(
    fresh.filter(({ id, group_id }) => id !== group_id),
    ({ group_id }) => group_id,
  )
  for (const [lead, folded] of groups) {
    const newest = folded.reduce((latest, { occurred_at }) => Math.max(latest, occurred_at.getTime()), 0)
    const { numUpdatedRows } = await db
      .updateTable('alerts')
      .set((columns) => ({
        repeats: columns('repeats', '+', folded.length),
        last_at: columns.fn<Date>('greatest', ['last_at', columns.val(new Date(newest))]),
      }))
      .where('id', '=', lead)
      .executeTakeFirstOrThrow()
    if (numUpdatedRows > 0n) continue
    groups.delete(lead)
    await db
      .updateTable('alerts')
      .set((columns) => ({ group_id: columns.ref('id'), folded: false }))
      .where(
        'id',
        'in',
        folded.map(({ id }) => id),
      )
      .execute()
  }
  return new Set(groups.keys())
}

/** One for each target that wants to hear of the alert; folded ones are counted, not sent. */
async function addDeliveries(db: Db, freshIds: readonly string[]): Promise<void> {
  if (freshIds.length === 0) return
  await sql`
    insert into alert_deliveries (target_id, alert_id)
    select alert_targets.id, alerts.id
    from alert_targets
    left join units as wanted on wanted.id = alert_targets.unit_id
    cross join alerts
    left join units on units.id = alerts.unit_id
    where alerts.id = any(${freshIds}) and not alerts.folded and alert_targets.enabled
      and array_position(array['notice', 'warning', 'critical'], alerts.severity)
        >= array_position(array['notice', 'warning', 'critical'], alert_targets.min_severity)
      and (alert_targets.unit_id is null or starts_with(units.path, wanted.path))
    on conflict do nothing`.execute(db)
}

function arrivalOf({ id, rule, firing, arrivedUtcMs }: NewAlert, unitId: UnitId): Arrival {
  return {
    alertId: id,
    ruleId: rule.id,
    unitId,
    subject: firing.subject,
    cooldownMs: rule.cooldownMs,
    arrivedUtcMs,
  }
}

function columnsOf({ id, rule, zone, firing, occurredUtcMs, arrivedUtcMs }: NewAlert, groupId: GroupId) {
  const box = firing.box === null ? null : visiblePart(firing.box)
  return {
    id,
    rule_id: rule.id,
    rule_name: rule.name,
    rule_kind: rule.kind,
    zone_name: zone?.name ?? null,
    severity: rule.severity,
    subject: firing.subject,
    track_id: firing.trackId,
    class: firing.class,
    score: firing.score,
    box: box === null ? null : [box.x, box.y, box.w, box.h],
    dwell_ms: firing.dwellMs === null ? null : Math.min(longestDwellMs, Math.round(firing.dwellMs)),
    direction: firing.direction,
    explanation: JSON.stringify(firing.explanation),
    firing: firing.firing,
    occurred_at: new Date(occurredUtcMs),
    arrived_at: new Date(arrivedUtcMs),
    group_id: groupId,
    folded: groupId !== id,
    last_at: new Date(occurredUtcMs),
  }
}
