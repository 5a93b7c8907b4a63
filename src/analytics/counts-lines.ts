import type { CameraId, ZoneId } from '../domain/ids.ts'
import type { CountedLine } from '../domain/line-crossings.ts'
import type { Db } from '../platform/database.ts'

/** Every tripwire, or those of one camera: they all count, whether a rule stands on them or not. */
export async function readLines(db: Db, cameraId?: CameraId): Promise<Map<CameraId, CountedLine[]>> {
  let select = db.selectFrom('zones').select(['id', 'camera_id', 'points']).where('kind', '=', 'tripwire')
  if (cameraId !== undefined) select = select.where('camera_id', '=', cameraId)
  const lines = new Map<CameraId, CountedLine[]>()
  for (const row of await select.execute()) {
    const [from, to] = row.points
    if (from === undefined || to === undefined) continue
    const own = lines.get(row.camera_id as CameraId) ?? []
    own.push({ id: row.id as ZoneId, from, to })
    lines.set(row.camera_id as CameraId, own)
  }
  return lines
}
