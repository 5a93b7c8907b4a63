import type { Selectable } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { NewRule, RulePatch, Rule as WireRule } from '../contract/rules.ts'
import type { AlertRule } from '../domain/alert-rule.ts'
import type { ObjectClass } from '../domain/detection.ts'
import { GatewayError } from '../domain/errors.ts'
import type { CameraId, RuleId, ZoneId } from '../domain/ids.ts'
import { completeRule, type RuleFields } from '../domain/rule-fields.ts'
import { groundOf } from '../domain/rule-kinds.ts'
import type { Db } from '../platform/database.ts'
import type { RuleTable } from '../platform/tables.ts'
import { requireCamera } from '../registry/known-camera.ts'
import { requireRoom, zoneUnknown } from './zone-store.ts'

const mostPerCamera = 64

export class RuleStore {
  readonly #db: Db
  readonly #onChange: (cameraId: CameraId) => Promise<void>

  constructor(options: { db: Db; onChange: (cameraId: CameraId) => Promise<void> }) {
    this.#db = options.db
    this.#onChange = options.onChange
  }

  /** Throws `camera-unknown`. */
  async list(cameraId: CameraId): Promise<AlertRule[]> {
    await requireCamera(this.#db, cameraId)
    const rows = await this.#db
      .selectFrom('rules')
      .selectAll()
      .where('camera_id', '=', cameraId)
      .orderBy('created_at')
      .orderBy('id')
      .execute()
    return rows.map(ruleOf)
  }

  /** Throws `camera-unknown`, `zone-unknown`, `rule-zone-mismatch`, `rule-fields-mismatch`, `too-many-rules`. */
  async create(cameraId: CameraId, draft: NewRule): Promise<AlertRule> {
    const row = await this.#db.transaction().execute(async (transaction) => {
      await requireCamera(transaction, cameraId)
      await requireRoom(transaction, 'rules', cameraId, mostPerCamera)
      const fields = await checked(transaction, cameraId, draft, null)
      return transaction
        .insertInto('rules')
        .values({ id: uuidv7(), camera_id: cameraId, ...columnsOf(fields) })
        .returningAll()
        .executeTakeFirstOrThrow()
    })
    await this.#onChange(cameraId)
    return ruleOf(row)
  }

  /** Throws `rule-unknown` and what `create` throws. */
  async change(cameraId: CameraId, ruleId: RuleId, patch: RulePatch): Promise<AlertRule> {
    const row = await this.#db.transaction().execute(async (transaction) => {
      const old = await transaction
        .selectFrom('rules')
        .selectAll()
        .where('id', '=', ruleId)
        .where('camera_id', '=', cameraId)
        .forUpdate()
        .executeTakeFirst()
      if (old === undefined) throw ruleUnknown(ruleId)
      const fields = await checked(transaction, cameraId, patch, ruleOf(old))
      return transaction
        .updateTable('rules')
        .set(columnsOf(fields))
        .where('id', '=', ruleId)
        .returningAll()
        .executeTakeFirstOrThrow()
    })
    await this.#onChange(cameraId)
    return ruleOf(row)
  }

  /** Alerts that it raised stay. Throws `rule-unknown`. */
  async remove(cameraId: CameraId, ruleId: RuleId): Promise<void> {
    const removed = await this.#db
      .deleteFrom('rules')
      .where('id', '=', ruleId)
      .where('camera_id', '=', cameraId)
      .executeTakeFirst()
    if (removed.numDeletedRows === 0n) throw ruleUnknown(ruleId)
    await this.#onChange(cameraId)
  }
}

export function ruleOnWire(rule: AlertRule): WireRule {
  const schedule = rule.schedule.map((part) => ({ ...part, days: [...part.days] }))
  return { ...rule, classes: [...rule.classes], schedule }
}

async function checked(
  db: Db,
  cameraId: CameraId,
  draft: RulePatch,
  old: AlertRule | null,
): Promise<RuleFields> {
  const fields = completeRule({ ...draft, zoneId: draft.zoneId as ZoneId | null | undefined }, old)
  if (fields === null) {
    throw new GatewayError({
      kind: 'invalid',
      code: 'rule-fields-mismatch',
      message: 'zone, classes and limits must be those of the kind of rule, and no others',
    })
  }
  if (fields.zoneId === null) return fields
  const zone = await db
    .selectFrom('zones')
    .select('kind')
    .where('id', '=', fields.zoneId)
    .where('camera_id', '=', cameraId)
    .forKeyShare()
    .executeTakeFirst()
  if (zone === undefined) throw zoneUnknown(fields.zoneId)
  if (groundOf(fields.kind) !== zone.kind) {
    throw new GatewayError({
      kind: 'invalid',
      code: 'rule-zone-mismatch',
      message: `a ${fields.kind} rule cannot stand on a ${zone.kind}`,
      details: { kind: fields.kind, zoneKind: zone.kind },
    })
  }
  return fields
}

function ruleUnknown(ruleId: string): GatewayError {
  return new GatewayError({
    kind: 'not-found',
    code: 'rule-unknown',
    message: `no rule ${ruleId} in this camera`,
    details: { ruleId },
  })
}

function columnsOf(fields: RuleFields) {
  return {
    zone_id: fields.zoneId,
    name: fields.name,
    kind: fields.kind,
    classes: [...fields.classes],
    min_score: fields.minScore,
    min_age_ms: fields.minAgeMs,
    dwell_ms: fields.dwellMs,
    direction: fields.direction,
    allowed_deg: fields.allowedDeg,
    object_count: fields.count,
    hold_ms: fields.holdMs,
    threshold: fields.threshold,
    schedule: JSON.stringify(fields.schedule),
    cooldown_ms: fields.cooldownMs,
    severity: fields.severity,
    enabled: fields.enabled,
  }
}

export function ruleOf(row: Omit<Selectable<RuleTable>, 'created_at'>): AlertRule {
  return {
    id: row.id as RuleId,
    cameraId: row.camera_id as CameraId,
    zoneId: row.zone_id as ZoneId | null,
    name: row.name,
    kind: row.kind,
    classes: row.classes as ObjectClass[],
    minScore: row.min_score,
    minAgeMs: row.min_age_ms,
    dwellMs: row.dwell_ms,
    direction: row.direction,
    allowedDeg: row.allowed_deg,
    count: row.object_count,
    holdMs: row.hold_ms,
    threshold: row.threshold,
    schedule: row.schedule,
    cooldownMs: row.cooldown_ms,
    severity: row.severity,
    enabled: row.enabled,
  }
}
