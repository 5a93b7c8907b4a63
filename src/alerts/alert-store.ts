import type { Alert, AlertQuery, HandleAnswer } from '../contract/alerts.ts'
import { GatewayError } from '../domain/errors.ts'
import type { AlertId, CameraId, UnitId } from '../domain/ids.ts'
import type { Place, Scope } from '../domain/policy.ts'
import type { Db } from '../platform/database.ts'
import { alertsWithin, listAlerts } from './alert-list.ts'
import { type AlertRow, alertOf } from './alert-row.ts'
import { type Handling, settle } from './handling.ts'

type Page = { items: Alert[]; nextCursor: string | null }

/** Alerts as people read and handle them; they are written by `AlertWriter` alone. */
export class AlertStore {
  readonly #db: Db
  readonly #updateListeners = new Set<(alert: Alert) => void>()

  constructor(options: { db: Db }) {
    this.#db = options.db
  }

  /** Alerts that somebody has handled or handed on, after the commit. Returns the way to stop listening. */
  onUpdate(listener: (alert: Alert) => void): () => void {
    this.#updateListeners.add(listener)
    return () => this.#updateListeners.delete(listener)
  }

  /** See `listAlerts`. */
  async list(query: AlertQuery, scopes?: readonly Scope[]): Promise<Page> {
    const { rows, nextCursor } = await listAlerts(this.#db, query, scopes)
    return { items: rows.map(alertOf), nextCursor }
  }

  /** Where it happened, and whom it was handed on to. */
  async placesOf(alertId: AlertId): Promise<readonly Place[]> {
    const row = await this.#db
      .selectFrom('alerts')
      .leftJoin('units as there', 'there.id', 'alerts.unit_id')
      .leftJoin('units as next', 'next.id', 'alerts.forwarded_unit_id')
      .select(['camera_id', 'there.path as path', 'next.path as next_path'])
      .where('alerts.id', '=', alertId)
      .executeTakeFirst()
    if (row === undefined) return []
    const cameraId = row.camera_id as CameraId
    return [row.path ?? '', row.next_path]
      .filter((unitPath) => unitPath !== null)
      .map((unitPath) => ({ unitPath, cameraId }))
  }

  /** Throws `alert-unknown`. */
  async find(alertId: AlertId): Promise<Alert> {
    const row = await this.#db.selectFrom('alerts').selectAll().where('id', '=', alertId).executeTakeFirst()
    if (row === undefined) throw alertUnknown(alertId)
    return alertOf(row)
  }

  /** JPEG. Throws `alert-unknown`. */
  async snapshot(alertId: AlertId): Promise<Buffer> {
    const row = await this.#db
      .selectFrom('alert_snapshots')
      .select('jpeg')
      .where('alert_id', '=', alertId)
      .executeTakeFirst()
    if (row === undefined) throw alertUnknown(alertId)
    return row.jpeg
  }

  /** With what is folded under it. Throws `alert-unknown`, `alert-already-handled`. */
  async handle(alertId: AlertId, handling: Handling): Promise<Alert> {
    const { alerts, changed, refused } = await this.#handle([alertId], handling)
    const [alert] = alerts
    const [refusal] = refused
    if (refusal !== undefined) throw refusal.error
    if (alert === undefined) throw alertUnknown(alertId)
    this.#announce(changed)
    return alert
  }

  /** Many in one transaction; those that cannot be handled stay as they are and hold up no other. */
  async handleAll(
    alertIds: readonly AlertId[],
    handling: Handling,
    scopes: readonly Scope[],
  ): Promise<HandleAnswer> {
    const { alerts, changed, refused } = await this.#handle(alertIds, handling, scopes)
    this.#announce(changed)
    return { handled: alerts, refused: refused.map(({ id, error }) => ({ id, code: error.code })) }
  }

  /** Hands it on to a unit; what was handed on before goes to the new one. Throws `alert-unknown`, `unit-unknown`. */
  async forward(alertId: AlertId, to: { unitId: UnitId; note: string | null; by: string }): Promise<Alert> {
    const unit = await this.#db
      .selectFrom('units')
      .select('name')
      .where('id', '=', to.unitId)
      .executeTakeFirst()
    if (unit === undefined) {
      throw new GatewayError({ kind: 'not-found', code: 'unit-unknown', message: `no unit ${to.unitId}` })
    }
    const row = await this.#db
      .updateTable('alerts')
      .set({
        forwarded_unit_id: to.unitId,
        forwarded_unit_name: unit.name,
        forward_note: to.note,
        forwarded_by: to.by,
        forwarded_at: new Date(),
      })
      .where('id', '=', alertId)
      .returningAll()
      .executeTakeFirst()
    if (row === undefined) throw alertUnknown(alertId)
    const alert = alertOf(row)
    this.#announce([alert])
    return alert
  }

  async #handle(
    alertIds: readonly AlertId[],
    handling: Handling,
    scopes: readonly Scope[] = [{ kind: 'city' }],
  ) {
    const there = alertsWithin(scopes)
    return await this.#db.transaction().execute(async (transaction) => {
      const rows = await transaction
        .selectFrom('alerts')
        .selectAll()
        .where('id', 'in', alertIds)
        .$if(there !== null, (query) => (there === null ? query : query.where(there)))
        // In one order: two who handle the same alerts at once must not wait for each other.
        .orderBy('id')
        .forUpdate()
        .execute()
      const found = new Map<string, AlertRow>(rows.map((row) => [row.id, row]))
      const refused: { id: AlertId; error: GatewayError }[] = []
      const toWrite: AlertId[] = []
      for (const id of new Set(alertIds)) {
        const row = found.get(id)
        try {
          if (row === undefined) throw alertUnknown(id)
          if (settle(row, handling) === 'write') toWrite.push(id)
        } catch (error) {
          if (!(error instanceof GatewayError)) throw error
          refused.push({ id, error })
        }
      }
      const written = await write(transaction, toWrite, handling)
      for (const row of written) found.set(row.id, row)
      for (const { id } of refused) found.delete(id)
      return { alerts: [...found.values()].map(alertOf), changed: written.map(alertOf), refused }
    })
  }

  #announce(alerts: readonly Alert[]): void {
    for (const alert of alerts) for (const tell of this.#updateListeners) tell(alert)
  }
}

async function write(db: Db, alertIds: readonly AlertId[], handling: Handling): Promise<AlertRow[]> {
  if (alertIds.length === 0) return []
  const { state, by, at, cause, reason } = handling
  const values = { state, handled_by: by, handled_at: at, cause, reason }
  await db
    .updateTable('alerts')
    .set(values)
    .where('group_id', 'in', alertIds)
    .where('folded', '=', true)
    .where('state', '=', 'new')
    .execute()
  return await db.updateTable('alerts').set(values).where('id', 'in', alertIds).returningAll().execute()
}

function alertUnknown(alertId: string): GatewayError {
  return new GatewayError({
    kind: 'not-found',
    code: 'alert-unknown',
    message: `no alert ${alertId}`,
    details: { alertId },
  })
}
