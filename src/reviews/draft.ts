import type { Watch } from '../alerts/watches.ts'
import type { NewReview } from '../contract/reviews.ts'
import { GatewayError } from '../domain/errors.ts'
import type { CameraId, RuleId, ZoneId } from '../domain/ids.ts'
import { completeRule } from '../domain/rule-fields.ts'
import { groundOf } from '../domain/rule-kinds.ts'
import { shapeFlaw, type Zone } from '../domain/zone.ts'

export type Draft = NonNullable<NewReview['draft']>

const draftedZoneId = 'draft' as ZoneId
const draftedRuleId = 'draft' as RuleId

/**
 * A drafted rule and what it stands on as if they were stored and switched on. Throws
 * `rule-fields-mismatch`, `rule-zone-mismatch`, or the shape's flaw.
 */
export function watchOf(cameraId: CameraId, { rule, zone: drawn }: Draft): Watch {
  const zoneId = drawn === null ? null : draftedZoneId
  const fields = completeRule({ ...rule, zoneId, enabled: true }, null)
  if (fields === null)
    throw invalid('rule-fields-mismatch', 'zone, classes and limits must be those of the kind of rule')
  const zone: Zone | null = drawn === null ? null : { ...drawn, id: draftedZoneId, cameraId }
  if (groundOf(fields.kind) !== (zone?.kind ?? null))
    throw invalid('rule-zone-mismatch', `a ${fields.kind} rule cannot stand there`)
  const flaw = zone === null ? null : shapeFlaw(zone.kind, zone.points)
  if (flaw !== null) throw invalid(flaw, `these points make no shape: ${flaw}`)
  return { rule: { ...fields, id: draftedRuleId, cameraId }, zone }
}

function invalid(code: string, message: string): GatewayError {
  return new GatewayError({ kind: 'invalid', code, message })
}
