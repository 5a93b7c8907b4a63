import { v7 as uuidv7 } from 'uuid'
import type { CameraId } from '../../domain/ids.ts'
import type { FootageLock } from '../../domain/retention.ts'
import type { Span } from '../../domain/timeline.ts'
import type { Db } from '../../platform/database.ts'

export interface NewFootageLock extends Span {
  readonly cameraId: CameraId
  readonly reason: string
  readonly lockedBy: string
}

/** Footage that stays, whatever its age and however full the disk is. */
export class FootageLocks {
  readonly #db: Db

  constructor(db: Db) {
    this.#db = db
  }

  async lock({ cameraId, fromUtcMs, toUtcMs, reason, lockedBy }: NewFootageLock): Promise<string> {
    const id = uuidv7()
    await this.#db
      .insertInto('footage_locks')
      .values({
        id,
        camera_id: cameraId,
        from_at: new Date(fromUtcMs),
        to_at: new Date(toUtcMs),
        reason,
        locked_by: lockedBy,
        released_at: null,
      })
      .execute()
    return id
  }

  async release(id: string): Promise<void> {
    await this.#db
      .updateTable('footage_locks')
      .set({ released_at: new Date() })
      .where('id', '=', id)
      .where('released_at', 'is', null)
      .execute()
  }

  async held(): Promise<FootageLock[]> {
    const rows = await this.#db
      .selectFrom('footage_locks')
      .select(['camera_id', 'from_at', 'to_at'])
      .where('released_at', 'is', null)
      .execute()
    return rows.map((row) => ({
      cameraId: row.camera_id as CameraId,
      fromUtcMs: row.from_at.getTime(),
      toUtcMs: row.to_at.getTime(),
    }))
  }
}
