import type { Alert, AlertQuery } from '../contract/alerts.ts'
import { readTime } from '../contract/time-input.ts'
import { GatewayError } from '../domain/errors.ts'
import type { AlertId } from '../domain/ids.ts'
import { pageOf, readCursor } from '../platform/cursor.ts'
import type { Db } from '../platform/database.ts'
import { type AlertRow, alertOf } from './alert-row.ts'
import { type Handling, settle } from './handling.ts'

type Page = { items: Alert[]; nextCursor: string | null }

const usualLimit = 100

/** Alerts as people read and handle them; they are written by `AlertWriter` alone. */
export class AlertStore {
  readonly #db: Db
  readonly #updateListeners = new Set<(alert: Alert) => void>()

  constructor(options: { db: Db }) {
    this.#db = options.db
  }

  /** Alerts that somebody has handled, after the commit. Returns the way to stop listening. */
  onUpdate(listener: (alert: Alert) => void): () => void {
    this.#updateListeners.add(listener)
    return () => this.#updateListeners.delete(listener)
  }

  /**
   * Newest first by when they occurred; with `after`, oldest first by sequence. A page begins right
   * after the last row of the one before, whatever was stored meanwhile. Throws `time-malformed`,
   * `cursor-malformed`.
   */
  async list(query: AlertQuery): Promise<Page> {
    const { limit = usualLimit, cursor, cameraId, state, from, to, after } = query
    let select = this.#db
      .selectFrom('alerts')
      .selectAll()
      .limit(limit + 1)
    if (cameraId !== undefined) select = select.where('camera_id', '=', cameraId)
    if (state !== undefined) select = select.where('state', '=', state)
    if (from !== undefined) select = select.where('occurred_at', '>=', new Date(readTime(from, 'from')))
    if (to !== undefined) select = select.where('occurred_at', '<', new Date(readTime(to, 'to')))
    if (after !== undefined) {
      const [since = after] = cursor === undefined ? [] : readCursor(cursor, ['number'])
      select = select.where('sequence', '>', Number(since)).orderBy('sequence')
      return page(await select.execute(), limit, ({ sequence }) => [sequence])
    }
    if (cursor !== undefined) {
      const [occurredUtcMs = 0, id = ''] = readCursor(cursor, ['number', 'string'])
      const occurredAt = new Date(Number(occurredUtcMs))
      if (Number.isNaN(occurredAt.getTime())) throw cursorMalformed()
      select = select.where((where) =>
        where(where.refTuple('occurred_at', 'id'), '<', where.tuple(occurredAt, String(id))),
      )
    }
    select = select.orderBy('occurred_at', 'desc').orderBy('id', 'desc')
    return page(await select.execute(), limit, (row) => [row.occurred_at.getTime(), row.id])
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

  /** Throws `alert-unknown`, `alert-already-handled`. */
  async handle(alertId: AlertId, handling: Handling): Promise<Alert> {
    const { alert, changed } = await this.#db.transaction().execute(async (transaction) => {
      const old = await transaction
        .selectFrom('alerts')
        .selectAll()
        .where('id', '=', alertId)
        .forUpdate()
        .executeTakeFirst()
      if (old === undefined) throw alertUnknown(alertId)
      if (settle(old, handling) === 'stands') return { alert: alertOf(old), changed: false }
      const row = await transaction
        .updateTable('alerts')
        .set({
          state: handling.state,
          handled_by: handling.by,
          handled_at: handling.at,
          reason: handling.reason,
        })
        .where('id', '=', alertId)
        .returningAll()
        .executeTakeFirstOrThrow()
      return { alert: alertOf(row), changed: true }
    })
    if (changed) for (const tell of this.#updateListeners) tell(alert)
    return alert
  }
}

function page(
  rows: readonly AlertRow[],
  limit: number,
  keysOf: (row: AlertRow) => (string | number)[],
): Page {
  const { rows: items, nextCursor } = pageOf(rows, limit, keysOf)
  return { items: items.map(alertOf), nextCursor }
}

function cursorMalformed(): GatewayError {
  return new GatewayError({
    kind: 'invalid',
    code: 'cursor-malformed',
    message: 'the cursor is not one of ours',
  })
}

function alertUnknown(alertId: string): GatewayError {
  return new GatewayError({
    kind: 'not-found',
    code: 'alert-unknown',
    message: `no alert ${alertId}`,
    details: { alertId },
  })
}
