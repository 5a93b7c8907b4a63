import type { AlertRule } from '../domain/alert-rule.ts'
import type { CameraId } from '../domain/ids.ts'
import type { Zone } from '../domain/zone.ts'
import type { Db } from '../platform/database.ts'
import { ruleOf } from './rule-store.ts'
import { zoneOf } from './zone-store.ts'

/** A rule and the zone that it stands on; null: the picture itself. */
export interface Watch {
  readonly rule: AlertRule
  readonly zone: Zone | null
}

/** Of one camera, or of all; in the order in which the rules were made. */
export async function readWatches(db: Db, cameraId?: CameraId): Promise<Watch[]> {
  let query = db
    .selectFrom('rules')
    .leftJoin('zones', 'zones.id', 'rules.zone_id')
    .selectAll('rules')
    .select(['zones.name as zone_name', 'zones.kind as zone_kind', 'zones.points as zone_points'])
    .orderBy('rules.created_at')
    .orderBy('rules.id')
  if (cameraId !== undefined) query = query.where('rules.camera_id', '=', cameraId)
  const rows = await query.execute()
  return rows.map((row) => ({
    rule: ruleOf(row),
    zone: zoneOfRow(row),
  }))
}

function zoneOfRow(row: {
  zone_id: string | null
  camera_id: string
  zone_name: string | null
  zone_kind: Zone['kind'] | null
  zone_points: Zone['points'] | null
}): Zone | null {
  const { zone_id: id, camera_id, zone_name: name, zone_kind: kind, zone_points: points } = row
  if (id === null || name === null || kind === null || points === null) return null
  return zoneOf({ id, camera_id, name, kind, points })
}
