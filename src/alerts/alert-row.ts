import type { Selectable } from 'kysely'
import type { Alert, DismissCause } from '../contract/alerts.ts'
import type { ObjectClass } from '../domain/detection.ts'
import type { AlertTable } from '../platform/tables.ts'

export type AlertRow = Selectable<AlertTable>

/** The clip of an alert reaches so far around the moment. */
const clipBeforeMs = 5_000
const clipAfterMs = 10_000

export function alertOf(row: AlertRow): Alert {
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
    class: row.class as ObjectClass | null,
    score: row.score,
    box: boxOf(row.box),
    dwellMs: row.dwell_ms,
    direction: row.direction,
    explanation: row.explanation,
    occurredAt: row.occurred_at.toISOString(),
    arrivedAt: row.arrived_at.toISOString(),
    storedAt: row.stored_at.toISOString(),
    // Only a lost signal leaves nothing to take a picture of.
    snapshot: row.rule_kind === 'signal-lost' ? null : `/api/v1/alerts/${row.id}/snapshot`,
    clip: clipOf(row),
    state: row.state,
    handledBy: row.handled_by,
    handledAt: row.handled_at?.toISOString() ?? null,
    cause: row.cause as DismissCause | null,
    reason: row.reason,
    forwarded: forwardedOf(row),
    groupId: row.group_id,
    folded: row.folded,
    repeats: row.repeats,
    lastAt: row.last_at.toISOString(),
    sequence: row.sequence,
  }
}

function boxOf(box: readonly number[] | null): Alert['box'] {
  if (box === null) return null
  const [x = 0, y = 0, w = 0, h = 0] = box
  return { x, y, w, h }
}

function clipOf({ camera_id, occurred_at }: AlertRow): string {
  const at = occurred_at.getTime()
  return `/api/v1/cameras/${camera_id}/clip?from=${at - clipBeforeMs}&to=${at + clipAfterMs}`
}

function forwardedOf(row: AlertRow): Alert['forwarded'] {
  const { forwarded_unit_id: unitId, forwarded_unit_name: unitName, forwarded_by: by, forwarded_at: at } = row
  if (unitId === null || unitName === null || by === null || at === null) return null
  return { unitId, unitName, note: row.forward_note, by, at: at.toISOString() }
}
