import type { WallLayout } from '../contract/wall.ts'
import type { AccountId } from '../domain/ids.ts'
import type { Db } from '../platform/database.ts'

/** Nobody has arranged anything yet. */
const untouched: WallLayout = { tiles: 9, cameraIds: [] }

/** Each account's own wall. */
export class LayoutStore {
  readonly #db: Db

  constructor(db: Db) {
    this.#db = db
  }

  /** Tiles of cameras that were removed meanwhile are empty. */
  async read(accountId: AccountId): Promise<WallLayout> {
    const row = await this.#db
      .selectFrom('walls')
      .select(['tiles', 'camera_ids'])
      .where('account_id', '=', accountId)
      .executeTakeFirst()
    if (row === undefined) return untouched
    const named = row.camera_ids.filter((id) => id !== null)
    const cameras =
      named.length === 0
        ? []
        : await this.#db.selectFrom('cameras').select('id').where('id', 'in', named).execute()
    const there = new Set<string | null>(cameras.map(({ id }) => id))
    return {
      tiles: row.tiles as WallLayout['tiles'],
      cameraIds: row.camera_ids.map((id) => (there.has(id) ? id : null)),
    }
  }

  async write(accountId: AccountId, { tiles, cameraIds }: WallLayout): Promise<void> {
    const wall = { tiles, camera_ids: JSON.stringify(cameraIds) }
    await this.#db
      .insertInto('walls')
      .values({ account_id: accountId, ...wall })
      .onConflict((conflict) => conflict.column('account_id').doUpdateSet(wall))
      .execute()
  }
}
