import type { CameraId, UnitId } from '../domain/ids.ts'
import type { Place } from '../domain/policy.ts'
import type { Db } from '../platform/database.ts'

/** A wall of 16 asks for dozens of parts a second; a city has 50,000 cameras. */
const mostKept = 60_000

/** Where cameras and units are, as the policy asks; what was read is kept until it may have changed. */
export class Places {
  readonly #db: Db
  readonly #cameras = new Map<CameraId, readonly Place[]>()
  readonly #units = new Map<UnitId, readonly Place[]>()
  #changes = 0

  constructor(db: Db) {
    this.#db = db
  }

  /** Empty: there is no such camera. */
  async ofCamera(cameraId: CameraId): Promise<readonly Place[]> {
    const known = this.#cameras.get(cameraId)
    if (known !== undefined) return known
    const changes = this.#changes
    const row = await this.#db
      .selectFrom('cameras')
      .innerJoin('units', 'units.id', 'cameras.unit_id')
      .select('units.path')
      .where('cameras.id', '=', cameraId)
      .executeTakeFirst()
    if (row === undefined) return []
    return this.#keep(this.#cameras, cameraId, [{ unitPath: row.path, cameraId }], changes)
  }

  /** Empty: there is no such unit. */
  async ofUnit(unitId: UnitId): Promise<readonly Place[]> {
    const known = this.#units.get(unitId)
    if (known !== undefined) return known
    const changes = this.#changes
    const row = await this.#db.selectFrom('units').select('path').where('id', '=', unitId).executeTakeFirst()
    if (row === undefined) return []
    return this.#keep(this.#units, unitId, [{ unitPath: row.path, cameraId: null }], changes)
  }

  /** A camera was moved or removed. */
  forget(cameraId: CameraId): void {
    this.#changes++
    this.#cameras.delete(cameraId)
  }

  /** Units were moved or removed: with them everything below. */
  forgetAll(): void {
    this.#changes++
    this.#cameras.clear()
    this.#units.clear()
  }

  /** What was read while something changed is right for now and kept for nobody. */
  #keep<Key>(
    known: Map<Key, readonly Place[]>,
    key: Key,
    place: readonly Place[],
    changes: number,
  ): readonly Place[] {
    if (changes !== this.#changes) return place
    const [oldest] = known.keys()
    if (oldest !== undefined && known.size >= mostKept) known.delete(oldest)
    known.set(key, place)
    return place
  }
}
