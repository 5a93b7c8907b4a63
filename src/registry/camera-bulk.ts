import type { Insertable } from 'kysely'
import type { CameraBulkPatch } from '../contract/cameras.ts'
import type { CameraId, UnitId } from '../domain/ids.ts'
import type { CameraTable } from '../platform/tables.ts'
import { placeColumns } from './camera-row.ts'
import type { CameraStore } from './camera-store.ts'
import type { Conditions } from './conditions.ts'
import { cameraUnknown } from './known-camera.ts'

/** Changes to many cameras at once, each one transaction. */
export class CameraBulk {
  readonly #cameras: Pick<CameraStore, 'write'>
  readonly #conditions: Pick<Conditions, 'place' | 'forget'>

  constructor(parts: {
    readonly cameras: Pick<CameraStore, 'write'>
    readonly conditions: Pick<Conditions, 'place' | 'forget'>
  }) {
    this.#cameras = parts.cameras
    this.#conditions = parts.conditions
  }

  /** How many were added: whose address or national code is taken is left out. Throws `unit-unknown`. */
  async add(rows: readonly Insertable<CameraTable>[]): Promise<number> {
    return await this.#cameras.write(async (db, emit) => {
      const added = await db
        .insertInto('cameras')
        .values([...rows])
        .onConflict((conflict) => conflict.doNothing())
        .returning(['id', 'unit_id'])
        .execute()
      for (const { id, unit_id } of added) {
        this.#conditions.place(id as CameraId, unit_id as UnitId)
        emit({ kind: 'added', cameraId: id as CameraId })
      }
      return added.length
    })
  }

  /** Throws `camera-unknown` or `unit-unknown`; then nothing has changed. */
  async change({ ids, change }: CameraBulkPatch): Promise<void> {
    const columns = placeColumns(change)
    if (Object.keys(columns).length === 0) return
    await this.#cameras.write(async (db, emit) => {
      const rows = await db.transaction().execute(async (transaction) => {
        const changed = await transaction
          .updateTable('cameras')
          .set(columns)
          .where('id', 'in', [...ids])
          .returning(['id', 'unit_id'])
          .execute()
        const found = new Set(changed.map(({ id }) => id))
        const missing = ids.find((id) => !found.has(id))
        if (missing !== undefined) throw cameraUnknown(missing)
        return changed
      })
      for (const { id, unit_id } of rows) {
        const cameraId = id as CameraId
        this.#conditions.place(cameraId, unit_id as UnitId)
        const source = change.transport !== undefined
        emit({ kind: 'changed', cameraId, source, analysis: change.analysis !== undefined })
      }
    })
  }

  /** How many there were to remove. */
  async remove(ids: readonly CameraId[]): Promise<number> {
    return await this.#cameras.write(async (db, emit) => {
      const removed = await db
        .deleteFrom('cameras')
        .where('id', 'in', [...ids])
        .returning('id')
        .execute()
      for (const { id } of removed) {
        this.#conditions.forget(id as CameraId)
        emit({ kind: 'removed', cameraId: id as CameraId })
      }
      return removed.length
    })
  }
}
