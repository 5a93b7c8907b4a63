import { GatewayError } from '../domain/errors.ts'
import type { CameraId } from '../domain/ids.ts'
import type { Db } from '../platform/database.ts'

/**
 * Throws `camera-unknown`. In a transaction it holds the camera's row, so that limits are counted one
 * writer at a time and the camera cannot go meanwhile.
 */
export async function requireCamera(db: Db, cameraId: CameraId): Promise<void> {
  const query = db.selectFrom('cameras').select('id').where('id', '=', cameraId)
  const row = await (db.isTransaction ? query.forNoKeyUpdate() : query).executeTakeFirst()
  if (row === undefined) throw cameraUnknown(cameraId)
}

export function cameraUnknown(cameraId: string): GatewayError {
  return new GatewayError({
    kind: 'not-found',
    code: 'camera-unknown',
    message: `no camera ${cameraId}`,
    details: { cameraId },
  })
}
