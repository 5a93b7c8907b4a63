import { sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { NewZone, Zone as WireZone, ZonePatch } from '../contract/rules.ts'
import { GatewayError } from '../domain/errors.ts'
import type { PicturePoint } from '../domain/geometry.ts'
import type { CameraId, ZoneId } from '../domain/ids.ts'
import { shapeFlaw, type Zone, type ZoneKind } from '../domain/zone.ts'
import type { Db } from '../platform/database.ts'
import { requireCamera } from '../registry/known-camera.ts'

const mostPerCamera = 64

/** Polygons and tripwires of the cameras. */
export class ZoneStore {
  readonly #db: Db
  readonly #onChange: (cameraId: CameraId) => Promise<void>

  constructor(options: { db: Db; onChange: (cameraId: CameraId) => Promise<void> }) {
    this.#db = options.db
    this.#onChange = options.onChange
  }

  /** Throws `camera-unknown`. */
  async list(cameraId: CameraId): Promise<Zone[]> {
    await requireCamera(this.#db, cameraId)
    const rows = await this.#db
      .selectFrom('zones')
      .selectAll()
      .where('camera_id', '=', cameraId)
      .orderBy('created_at')
      .orderBy('id')
      .execute()
    return rows.map(zoneOf)
  }

  /** Throws `camera-unknown`, `too-many-zones`, or the shape's flaw. */
  async create(cameraId: CameraId, draft: NewZone): Promise<Zone> {
    requireShape(draft.kind, draft.points)
    const row = await this.#db.transaction().execute(async (transaction) => {
      await requireCamera(transaction, cameraId)
      await requireRoom(transaction, 'zones', cameraId, mostPerCamera)
      return transaction
        .insertInto('zones')
        .values({
          id: uuidv7(),
          camera_id: cameraId,
          name: draft.name,
          kind: draft.kind,
          points: JSON.stringify(draft.points),
        })
        .returningAll()
        .executeTakeFirstOrThrow()
    })
    await this.#onChange(cameraId)
    return zoneOf(row)
  }

  /** Throws `zone-unknown`, or the shape's flaw. */
  async change(cameraId: CameraId, zoneId: ZoneId, patch: ZonePatch): Promise<Zone> {
    const row = await this.#db.transaction().execute(async (transaction) => {
      const old = await transaction
        .selectFrom('zones')
        .selectAll()
        .where('id', '=', zoneId)
        .where('camera_id', '=', cameraId)
        .forUpdate()
        .executeTakeFirst()
      if (old === undefined) throw zoneUnknown(zoneId)
      const points = patch.points ?? old.points
      requireShape(old.kind, points)
      return transaction
        .updateTable('zones')
        .set({ name: patch.name ?? old.name, points: JSON.stringify(points) })
        .where('id', '=', zoneId)
        .returningAll()
        .executeTakeFirstOrThrow()
    })
    await this.#onChange(cameraId)
    return zoneOf(row)
  }

  /** Its rules go with it. Throws `zone-unknown`. */
  async remove(cameraId: CameraId, zoneId: ZoneId): Promise<void> {
    const removed = await this.#db
      .deleteFrom('zones')
      .where('id', '=', zoneId)
      .where('camera_id', '=', cameraId)
      .executeTakeFirst()
    if (removed.numDeletedRows === 0n) throw zoneUnknown(zoneId)
    await this.#onChange(cameraId)
  }
}

/** Throws `too-many-zones` or `too-many-rules`. */
export async function requireRoom(
  db: Db,
  table: 'zones' | 'rules',
  cameraId: CameraId,
  most: number,
): Promise<void> {
  const { count } = await db
    .selectFrom(table)
    .select(sql<number>`count(*)`.as('count'))
    .where('camera_id', '=', cameraId)
    .executeTakeFirstOrThrow()
  if (count < most) return
  throw new GatewayError({
    kind: 'conflict',
    code: `too-many-${table}`,
    message: `a camera holds at most ${String(most)} ${table}`,
    details: { most },
  })
}

export function zoneUnknown(zoneId: string): GatewayError {
  return new GatewayError({
    kind: 'not-found',
    code: 'zone-unknown',
    message: `no zone ${zoneId} in this camera`,
    details: { zoneId },
  })
}

export function zoneOf(row: {
  id: string
  camera_id: string
  name: string
  kind: ZoneKind
  points: readonly PicturePoint[]
}): Zone {
  return {
    id: row.id as ZoneId,
    cameraId: row.camera_id as CameraId,
    name: row.name,
    kind: row.kind,
    points: row.points,
  }
}

export function zoneOnWire(zone: Zone): WireZone {
  return { ...zone, points: zone.points.map(({ x, y }) => ({ x, y })) }
}

function requireShape(kind: ZoneKind, points: readonly PicturePoint[]): void {
  const flaw = shapeFlaw(kind, points)
  if (flaw === null) return
  throw new GatewayError({
    kind: 'invalid',
    code: flaw,
    message: `these points make no ${kind}: ${flaw}`,
    details: { field: 'points' },
  })
}
