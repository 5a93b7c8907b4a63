import type { AlertRule } from '../domain/alert-rule.ts'
import type { CameraId } from '../domain/ids.ts'
import type { Zone } from '../domain/zone.ts'
import type { Db } from '../platform/database.ts'
import { ruleOf } from './rule-store.ts'
import { zoneOf } from './zone-store.ts'

/** A rule and the zone that it stands on. */
export interface Watch {
  readonly rule: AlertRule
  readonly zone: Zone
}

/** Of one camera, or of all; in the order in which the rules were made. */
export async function readWatches(db: Db, cameraId?: CameraId): Promise<Watch[]> {
  let query = db
    .selectFrom('rules')
    .innerJoin('zones', 'zones.id', 'rules.zone_id')
    .selectAll('rules')
    .select(['zones.name as zone_name', 'zones.kind as zone_kind', 'zones.points as zone_points'])
    .orderBy('rules.created_at')
    .orderBy('rules.id')
  if (cameraId !== undefined) query = query.where('rules.camera_id', '=', cameraId)
  const rows = await query.execute()
  return rows.map((row) => ({
    rule: ruleOf(row),
    zone: zoneOf({
      id: row.zone_id,
      camera_id: row.camera_id,
      name: row.zone_name,
      kind: row.zone_kind,
      points: row.zone_points,
    }),
  }))
}
