import type { Selectable } from 'kysely'
import type { Alert } from '../contract/alerts.ts'
import type { ObjectClass } from '../domain/detection.ts'
import type { AlertTable } from '../platform/tables.ts'

export type AlertRow = Selectable<AlertTable>

export function alertOf(row: AlertRow): Alert {
  const [x = 0, y = 0, w = 0, h = 0] = row.box
  return {
    id: row.id,
    cameraId: row.camera_id,
    cameraName: row.camera_name,
    unitId: row.unit_id,
    unitName: row.unit_name,
    ruleId: row.rule_id,
    ruleName: row.rule_name,
    ruleKind: row.rule_kind,
    zoneName: row.zone_name,
    severity: row.severity,
    trackId: row.track_id,
    class: row.class as ObjectClass,
    score: row.score,
    box: { x, y, w, h },
    dwellMs: row.dwell_ms,
    direction: row.direction,
    occurredAt: row.occurred_at.toISOString(),
    arrivedAt: row.arrived_at.toISOString(),
    storedAt: row.stored_at.toISOString(),
    snapshot: `/api/v1/alerts/${row.id}/snapshot`,
    state: row.state,
    handledBy: row.handled_by,
    handledAt: row.handled_at?.toISOString() ?? null,
    reason: row.reason,
    sequence: row.sequence,
  }
}
