import { sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { within } from '../../access/within.ts'
import type { CameraImport, UndoAnswer } from '../../contract/camera-imports.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { AccountId, CameraId } from '../../domain/ids.ts'
import type { Scope } from '../../domain/policy.ts'
import { pageOf, readCursor } from '../../platform/cursor.ts'
import type { Db } from '../../platform/database.ts'
import type { CameraBulk } from '../camera-bulk.ts'

/** Who asks: everybody's imports are seen and undone by who may configure the whole city. */
export interface Asker {
  readonly accountId: AccountId
  readonly scopes: readonly Scope[]
}

interface Counts {
  readonly added: number
  readonly existing: number
  readonly refused: number
}

const camerasAtOnce = 500

/** Which cameras came in by which file. */
export class ImportLedger {
  readonly #db: Db
  readonly #bulk: CameraBulk
  /** Of this process: what has no end and is not among them was broken off. */
  readonly #running = new Set<string>()

  constructor(parts: { readonly db: Db; readonly bulk: CameraBulk }) {
    this.#db = parts.db
    this.#bulk = parts.bulk
  }

  async begin(of: { accountId: AccountId; fileName: string; rows: number }): Promise<string> {
    const id = uuidv7()
    const { accountId, fileName, rows } = of
    await this.#db
      .insertInto('camera_imports')
      .values({ id, account_id: accountId, file_name: fileName, row_count: rows })
      .execute()
    this.#running.add(id)
    return id
  }

  async note(id: string, { added, existing, refused }: Counts): Promise<void> {
    await this.#db
      .updateTable('camera_imports')
      .set({ added, existing, refused })
      .where('id', '=', id)
      .execute()
  }

  async end(
    id: string,
    { added, existing, refused, cancelled }: Counts & { cancelled: boolean },
  ): Promise<void> {
    this.#running.delete(id)
    await this.#db
      .updateTable('camera_imports')
      .set({ added, existing, refused, ended_at: new Date(), outcome: cancelled ? 'cancelled' : 'done' })
      .where('id', '=', id)
      .execute()
  }

  /** Throws `cursor-malformed`. */
  async list(
    asker: Asker,
    query: { readonly limit?: number; readonly cursor?: string },
  ): Promise<{ items: CameraImport[]; nextCursor: string | null }> {
    const limit = query.limit ?? 100
    let select = this.#visible(asker).selectAll()
    if (query.cursor !== undefined) {
      const [startedAt, id] = readCursor(query.cursor, ['number', 'string'])
      select = select.where(sql<boolean>`(started_at, id) < (${new Date(Number(startedAt))}, ${id})`)
    }
    const rows = await select
      .orderBy('started_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit + 1)
      .execute()
    const page = pageOf(rows, limit, ({ started_at, id }) => [started_at.getTime(), id])
    return {
      nextCursor: page.nextCursor,
      items: page.rows.map((row) => ({
        id: row.id,
        fileName: row.file_name,
        rows: row.row_count,
        added: row.added,
        existing: row.existing,
        refused: row.refused,
        state:
          row.undone_at !== null
            ? 'undone'
            : (row.outcome ?? (this.#running.has(row.id) ? 'running' : 'interrupted')),
        startedAt: row.started_at.toISOString(),
        endedAt: row.ended_at?.toISOString() ?? null,
      })),
    }
  }

  /**
   * Removes the cameras that came in by a file, as far as whoever asks may configure them. Throws
   * `import-unknown`, or `import-under-way` while it runs.
   */
  async undo(asker: Asker, id: string): Promise<UndoAnswer> {
    const row = await this.#visible(asker).select('id').where('id', '=', id).executeTakeFirst()
    if (row === undefined)
      throw new GatewayError({
        kind: 'not-found',
        code: 'import-unknown',
        message: 'there is no such import',
      })
    if (this.#running.has(id))
      throw new GatewayError({
        kind: 'conflict',
        code: 'import-under-way',
        message: 'it is still under way: cancel it first',
      })
    const reachable = within(asker.scopes, { unit: 'cameras.unit_id', camera: 'cameras.id' })
    let removed = 0
    for (;;) {
      let select = this.#db.selectFrom('cameras').select('id').where('import_id', '=', id)
      if (reachable !== null) select = select.where(reachable)
      const cameras = await select.limit(camerasAtOnce).execute()
      if (cameras.length === 0) break
      removed += await this.#bulk.remove(cameras.map((camera) => camera.id as CameraId))
    }
    const { kept } = await this.#db
      .selectFrom('cameras')
      .select((count) => count.fn.countAll<number>().as('kept'))
      .where('import_id', '=', id)
      .executeTakeFirstOrThrow()
    if (kept === 0)
      await this.#db
        .updateTable('camera_imports')
        .set({ undone_at: new Date() })
        .where('id', '=', id)
        .execute()
    return { removed, kept }
  }

  #visible({ accountId, scopes }: Asker) {
    const select = this.#db.selectFrom('camera_imports')
    if (scopes.some(({ kind }) => kind === 'city')) return select
    return select.where('account_id', '=', accountId)
  }
}
