import type { CameraId } from '../domain/ids.ts'
import type { View } from '../domain/picture-quality.ts'
import type { UtcMs } from '../domain/time.ts'
import type { Db } from '../platform/database.ts'

/** What a camera should see. */
export interface ReferenceView {
  readonly view: View
  readonly takenUtcMs: UtcMs
  /** Username; null: by the gateway itself. */
  readonly takenBy: string | null
}

export async function readView(db: Db, cameraId: CameraId): Promise<ReferenceView | null> {
  const row = await db
    .selectFrom('reference_views')
    .select(['view', 'taken_at', 'taken_by'])
    .where('camera_id', '=', cameraId)
    .executeTakeFirst()
  return row === undefined
    ? null
    : { view: row.view, takenUtcMs: row.taken_at.getTime(), takenBy: row.taken_by }
}

/** @param jpeg null: the picture that is stored stays */
export async function writeView(
  db: Db,
  cameraId: CameraId,
  { view, takenUtcMs, takenBy }: ReferenceView,
  jpeg: Buffer | null,
): Promise<void> {
  // Three decimals say more than eight bits did.
  const text = JSON.stringify(view, (_, value: unknown) =>
    typeof value === 'number' ? Math.round(value * 1000) / 1000 : value,
  )
  if (jpeg === null) {
    await db.updateTable('reference_views').set({ view: text }).where('camera_id', '=', cameraId).execute()
    return
  }
  const values = { view: text, taken_at: new Date(takenUtcMs), taken_by: takenBy, jpeg }
  await db
    .insertInto('reference_views')
    .values({ camera_id: cameraId, ...values })
    .onConflict((conflict) => conflict.column('camera_id').doUpdateSet(values))
    .execute()
}

/** JPEG; null where there is none yet. */
export async function readReferencePicture(
  db: Db,
  cameraId: CameraId,
): Promise<{ readonly takenAt: Date; readonly takenBy: string | null; readonly jpeg: Buffer } | null> {
  const row = await db
    .selectFrom('reference_views')
    .select(['taken_at', 'taken_by', 'jpeg'])
    .where('camera_id', '=', cameraId)
    .executeTakeFirst()
  return row === undefined ? null : { takenAt: row.taken_at, takenBy: row.taken_by, jpeg: row.jpeg }
}
