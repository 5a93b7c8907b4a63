import type { CameraId } from '../../domain/ids.ts'
import type { Footage } from '../../domain/retention.ts'
import type { Db } from '../../platform/database.ts'
import { removeGarbage } from '../recorder/garbage.ts'

export interface StoredFootage extends Footage {
  readonly id: number
  readonly path: string
}

/** Where the next page of footage, oldest first, begins. */
export interface FootagePlace {
  readonly startAt: Date
  readonly id: number
}

export async function oldestFootage(
  db: Db,
  limit: number,
  after: FootagePlace | null,
): Promise<StoredFootage[]> {
  const rows = await db
    .selectFrom('recording_segments')
    .select(['id', 'camera_id', 'class', 'path', 'start_at', 'end_at', 'bytes'])
    .$if(after !== null, (query) =>
      query.where((where) =>
        where(
          where.refTuple('start_at', 'id'),
          '>',
          where.tuple(after?.startAt ?? new Date(0), after?.id ?? 0),
        ),
      ),
    )
    .orderBy('start_at')
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    id: row.id,
    cameraId: row.camera_id as CameraId,
    class: row.class,
    path: row.path,
    startUtcMs: row.start_at.getTime(),
    endUtcMs: row.end_at.getTime(),
    bytes: row.bytes,
  }))
}

/**
 * The rows first, together with a note of the files that are to go; then the files; then the note. Cut
 * off anywhere, there is never a row without its file, and what the note names is deleted at the next
 * start. A lock that was set since the choice was made still holds.
 */
export async function deleteFootage(
  db: Db,
  root: string,
  footage: readonly StoredFootage[],
): Promise<{ readonly segments: number; readonly bytes: number }> {
  const gone = await db.transaction().execute(async (transaction) => {
    const rows = await transaction
      .deleteFrom('recording_segments as segment')
      .where(
        'segment.id',
        'in',
        footage.map(({ id }) => id),
      )
      .where((where) =>
        where.not(
          where.exists(
            where
              .selectFrom('footage_locks as lock')
              .select('lock.id')
              .whereRef('lock.camera_id', '=', 'segment.camera_id')
              .whereRef('lock.from_at', '<', 'segment.end_at')
              .whereRef('lock.to_at', '>', 'segment.start_at')
              .where('lock.released_at', 'is', null),
          ),
        ),
      )
      .returning(['segment.path', 'segment.bytes'])
      .execute()
    if (rows.length > 0) await transaction.insertInto('recording_garbage').values(rows).execute()
    return rows
  })
  if (gone.length > 0)
    await removeGarbage(
      db,
      root,
      gone.map(({ path }) => path),
    )
  return { segments: gone.length, bytes: gone.reduce((sum, { bytes }) => sum + bytes, 0) }
}
