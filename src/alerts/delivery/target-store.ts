import { type Selectable, sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { CredentialSeal } from '../../access/credential-seal.ts'
import type {
  AlertTargetPatch,
  DeadDeliveryList,
  NewAlertTarget,
  AlertTarget as WireTarget,
} from '../../contract/alert-targets.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { Db } from '../../platform/database.ts'
import type { AlertTargetTable } from '../../platform/tables.ts'

/** A target with what opens it. */
export interface Target {
  readonly id: string
  readonly kind: 'webhook' | 'mqtt'
  readonly url: URL
  readonly username: string | null
  readonly secret: string | null
}

type Row = Selectable<AlertTargetTable>

const mostTargets = 50
const mostDeadShown = 100

/** Other systems that are told of alerts. */
export class TargetStore {
  readonly #db: Db
  readonly #seal: CredentialSeal
  readonly #onChange: (targetId: string) => void

  constructor(options: { db: Db; seal: CredentialSeal; onChange: (targetId: string) => void }) {
    this.#db = options.db
    this.#seal = options.seal
    this.#onChange = options.onChange
  }

  async list(): Promise<WireTarget[]> {
    return await this.#read()
  }

  /** Throws `url-malformed`, `url-with-credentials`, `target-secret-missing`, `unit-unknown`, `too-many-targets`. */
  async create(draft: NewAlertTarget): Promise<WireTarget> {
    const url = targetUrl(draft.kind, draft.url)
    if (draft.kind === 'webhook' && draft.secret === undefined) {
      throw invalid('target-secret-missing', 'a webhook needs a secret to sign with', 'secret')
    }
    const id = uuidv7()
    await this.#db.transaction().execute(async (transaction) => {
      await sql`lock table alert_targets in share row exclusive mode`.execute(transaction)
      const { count } = await transaction
        .selectFrom('alert_targets')
        .select(sql<number>`count(*)`.as('count'))
        .executeTakeFirstOrThrow()
      if (count >= mostTargets) {
        throw new GatewayError({
          kind: 'conflict',
          code: 'too-many-targets',
          message: `there are at most ${mostTargets} targets`,
          details: { most: mostTargets },
        })
      }
      await requireUnit(transaction, draft.unitId)
      await transaction
        .insertInto('alert_targets')
        .values({
          id,
          name: draft.name,
          kind: draft.kind,
          url,
          username: draft.username ?? null,
          secret_sealed: draft.secret === undefined ? null : this.#seal.seal(draft.secret, id),
          unit_id: draft.unitId ?? null,
          min_severity: draft.minSeverity ?? 'notice',
          enabled: draft.enabled ?? true,
        })
        .execute()
    })
    this.#onChange(id)
    return await this.#one(id)
  }

  /** Throws `target-unknown` and what `create` throws. */
  async change(id: string, patch: AlertTargetPatch): Promise<WireTarget> {
    await this.#db.transaction().execute(async (transaction) => {
      const old = await transaction
        .selectFrom('alert_targets')
        .select(['kind', 'url'])
        .where('id', '=', id)
        .forUpdate()
        .executeTakeFirst()
      if (old === undefined) throw targetUnknown(id)
      await requireUnit(transaction, patch.unitId)
      await transaction
        .updateTable('alert_targets')
        .set({
          ...(patch.name === undefined ? {} : { name: patch.name }),
          ...(patch.username === undefined ? {} : { username: patch.username }),
          ...(patch.unitId === undefined ? {} : { unit_id: patch.unitId }),
          ...(patch.minSeverity === undefined ? {} : { min_severity: patch.minSeverity }),
          ...(patch.enabled === undefined ? {} : { enabled: patch.enabled }),
          ...(patch.secret === undefined ? {} : { secret_sealed: this.#seal.seal(patch.secret, id) }),
          url: patch.url === undefined ? old.url : targetUrl(old.kind, patch.url),
        })
        .where('id', '=', id)
        .execute()
    })
    this.#onChange(id)
    return await this.#one(id)
  }

  /** With what waits for it. Throws `target-unknown`. */
  async remove(id: string): Promise<void> {
    const removed = await this.#db.deleteFrom('alert_targets').where('id', '=', id).executeTakeFirst()
    if (removed.numDeletedRows === 0n) throw targetUnknown(id)
    this.#onChange(id)
  }

  /** Throws `target-unknown`, `credential-unreadable`. */
  async open(id: string): Promise<Target> {
    const row = await this.#db.selectFrom('alert_targets').selectAll().where('id', '=', id).executeTakeFirst()
    if (row === undefined) throw targetUnknown(id)
    const secret = row.secret_sealed === null ? null : this.#seal.open(row.secret_sealed, id)
    return { id, kind: row.kind, url: new URL(row.url), username: row.username, secret }
  }

  /** Throws `target-unknown`. */
  async dead(id: string): Promise<DeadDeliveryList> {
    await this.#one(id)
    const rows = await this.#db
      .selectFrom('alert_deliveries')
      .innerJoin('alerts', 'alerts.id', 'alert_deliveries.alert_id')
      .select(['alert_id', 'camera_name', 'rule_name', 'rule_kind', 'occurred_at', 'attempts'])
      .select(['alert_deliveries.error', 'dead_at'])
      .where('target_id', '=', id)
      .where('dead_at', 'is not', null)
      .orderBy('alert_deliveries.id', 'desc')
      .limit(mostDeadShown)
      .execute()
    return {
      items: rows.map((row) => ({
        alertId: row.alert_id,
        cameraName: row.camera_name,
        ruleName: row.rule_name,
        ruleKind: row.rule_kind,
        occurredAt: row.occurred_at.toISOString(),
        attempts: row.attempts,
        error: row.error,
        deadAt: (row.dead_at ?? row.occurred_at).toISOString(),
      })),
    }
  }

  /** Those given up are tried again, from the first try on. Throws `target-unknown`. */
  async retry(id: string): Promise<WireTarget> {
    await this.#one(id)
    await this.#db
      .updateTable('alert_deliveries')
      .set({ dead_at: null, attempts: 0, next_at: new Date(), created_at: new Date() })
      .where('target_id', '=', id)
      .where('dead_at', 'is not', null)
      .execute()
    this.#onChange(id)
    return await this.#one(id)
  }

  async #one(id: string): Promise<WireTarget> {
    const [found] = await this.#read(id)
    if (found === undefined) throw targetUnknown(id)
    return found
  }

  async #read(id?: string): Promise<WireTarget[]> {
    let select = this.#db
      .selectFrom('alert_targets')
      .leftJoin('alert_deliveries', 'alert_deliveries.target_id', 'alert_targets.id')
      .selectAll('alert_targets')
      .select([
        sql<number>`count(alert_deliveries.id) filter (where dead_at is null)`.as('waiting'),
        sql<number>`count(dead_at)`.as('dead'),
      ])
      .groupBy('alert_targets.id')
      .orderBy('alert_targets.created_at')
    if (id !== undefined) select = select.where('alert_targets.id', '=', id)
    return (await select.execute()).map(onWire)
  }
}

function onWire(row: Row & { waiting: number; dead: number }): WireTarget {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    url: row.url,
    username: row.username,
    hasSecret: row.secret_sealed !== null,
    unitId: row.unit_id,
    minSeverity: row.min_severity,
    enabled: row.enabled,
    createdAt: row.created_at.toISOString(),
    delivered: row.delivered,
    deliveredAt: row.delivered_at?.toISOString() ?? null,
    waiting: row.waiting,
    dead: row.dead,
    error: row.error,
    errorAt: row.error_at?.toISOString() ?? null,
  }
}

/** As it is stored. */
function targetUrl(kind: 'webhook' | 'mqtt', text: string): string {
  const url = URL.parse(text)
  const schemes = kind === 'webhook' ? ['http:', 'https:'] : ['mqtt:', 'mqtts:']
  if (url === null || url.hostname === '' || !schemes.includes(url.protocol)) {
    throw invalid('url-malformed', `a ${kind} has an address such as ${schemes[1] ?? ''}//host/…`, 'url')
  }
  if (url.username !== '' || url.password !== '') {
    throw invalid('url-with-credentials', 'credentials have fields of their own', 'url')
  }
  return url.href
}

async function requireUnit(db: Db, unitId: string | null | undefined): Promise<void> {
  if (unitId === undefined || unitId === null) return
  const row = await db.selectFrom('units').select('id').where('id', '=', unitId).executeTakeFirst()
  if (row !== undefined) return
  throw new GatewayError({ kind: 'not-found', code: 'unit-unknown', message: `no unit ${unitId}` })
}

function invalid(code: string, message: string, field: string): GatewayError {
  return new GatewayError({ kind: 'invalid', code, message, details: { field } })
}

function targetUnknown(id: string): GatewayError {
  return new GatewayError({
    kind: 'not-found',
    code: 'target-unknown',
    message: `no target ${id}`,
    details: { targetId: id },
  })
}
