import type { CameraId } from '../../src/domain/ids.ts'
import type { Db } from '../../src/platform/database.ts'

/** A unit and cameras in it, as rows only: for tests of what hangs on cameras. */
export async function insertCameras(db: Db, ...names: string[]): Promise<CameraId[]> {
  await db
    .insertInto('units')
    .values({
      id: 'unit-1',
      parent_id: null,
      name: '东街道',
      level: 'township',
      division_code: null,
      path: 'unit-1/',
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  await db
    .insertInto('cameras')
    .values(
      names.map((name, i) => ({
        id: name,
        unit_id: 'unit-1',
        name: `camera ${name}`,
        source: 'rtsp' as const,
        address: `rtsp://192.0.2.1/${name}`,
        streams: '[]',
        device: '{}',
        lon: i % 2 === 0 ? 120 + (i % 60) : null,
        lat: i % 2 === 0 ? 30 : null,
      })),
    )
    .execute()
  return names as CameraId[]
}
