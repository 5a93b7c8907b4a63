import { sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { leadingTo } from '../access/within.ts'
import type { NewUnit, UnitPatch, UnitQuery, Unit as WireUnit } from '../contract/units.ts'
import { divisionCode, levelFits, type UnitLevel } from '../domain/division.ts'
import { GatewayError } from '../domain/errors.ts'
import type { UnitId } from '../domain/ids.ts'
import { nationalCodePrefix, nextNationalCode } from '../domain/national-code.ts'
import { covers, type Scope } from '../domain/policy.ts'
import { pageOf, readCursor } from '../platform/cursor.ts'
import type { Db } from '../platform/database.ts'
import type { UnitTable } from '../platform/tables.ts'
import { fillNameKeys, nameKey } from './name-key.ts'
import { isReferredTo, literally, rowConflict } from './row-conflict.ts'
import { Turns } from './turns.ts'
import type { UnitCounts, UnitTally } from './unit-tally.ts'

type Row = Pick<UnitTable, 'id' | 'parent_id' | 'name' | 'level' | 'division_code' | 'path'>
const columns = ['id', 'parent_id', 'name', 'level', 'division_code', 'path'] as const

const deepest = 16
const everywhere: readonly Scope[] = [{ kind: 'city' }]

/** The tree of units, with live camera counts. */
export class UnitStore {
  readonly #db: Db
  readonly #tally: UnitTally
  /** One change at a time: paths are rewritten in whole subtrees, and the tally follows in this order. */
  readonly #turns = new Turns()
  readonly #listeners = new Set<() => void>()

  constructor(options: { db: Db; tally: UnitTally }) {
    this.#db = options.db
    this.#tally = options.tally
  }

  /** The unit and all above it, itself first. */
  lineOf(unitId: UnitId): readonly UnitId[] {
    return this.#tally.lineOf(unitId)
  }

  /** Told when units have moved: paths are not what they were. */
  onMoved(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Once, before anything else: tells the tally of the tree. */
  async load(): Promise<void> {
    await fillNameKeys(this.#db, 'units')
    const rows = await this.#db.selectFrom('units').select(['id', 'parent_id']).execute()
    for (const row of rows) this.#tally.place(row.id as UnitId, row.parent_id as UnitId | null)
  }

  /** What lies in the scopes, and what leads there. */
  async list(
    query: UnitQuery,
    scopes: readonly Scope[] = everywhere,
  ): Promise<{ items: WireUnit[]; nextCursor: string | null }> {
    const limit = query.limit ?? 100
    let select = this.#db.selectFrom('units').select(columns)
    const seen = leadingTo(scopes)
    if (seen !== null) select = select.where(seen)
    if (query.parentId === 'root') select = select.where('parent_id', 'is', null)
    else if (query.parentId !== undefined) select = select.where('parent_id', '=', query.parentId)
    if (query.q !== undefined) {
      select = select.where('search_key', 'like', `%${literally(query.q.trim().toLowerCase())}%`)
    }
    if (query.cursor !== undefined) {
      const [name, id] = readCursor(query.cursor, ['string', 'string'])
      select = select.where(sql<boolean>`(name, id) > (${name}, ${id})`)
    }
    const rows = await select
      .orderBy('name')
      .orderBy('id')
      .limit(limit + 1)
      .execute()
    const page = pageOf(rows, limit, ({ name, id }) => [name, id])
    return { items: page.rows.map((row) => this.#onWire(row, scopes)), nextCursor: page.nextCursor }
  }

  /** Throws `unit-unknown`. */
  async get(unitId: UnitId, scopes: readonly Scope[] = everywhere): Promise<WireUnit> {
    return this.#onWire(await requireUnit(this.#db, unitId), scopes)
  }

  /**
   * The first free national code of its division, or of the nearest division above. Throws
   * `unit-unknown`, `division-code-missing`, or `national-codes-used-up`.
   */
  async nextNationalCode(unitId: UnitId): Promise<string> {
    await requireUnit(this.#db, unitId)
    const line = this.lineOf(unitId)
    const units = await this.#db
      .selectFrom('units')
      .select(['id', 'division_code'])
      .where('id', 'in', [...line])
      .where('division_code', 'is not', null)
      .execute()
    const division = line.flatMap((id) => units.find((unit) => unit.id === id)?.division_code ?? [])[0]
    if (division === undefined) {
      throw new GatewayError({
        kind: 'conflict',
        code: 'division-code-missing',
        message: 'neither the unit nor one above it has a division code to make a national code of',
      })
    }
    const prefix = nationalCodePrefix(division)
    const { highest } = await this.#db
      .selectFrom('cameras')
      .select((of) => of.fn.max('national_code').as('highest'))
      .where('national_code', 'like', `${prefix}%`)
      .executeTakeFirstOrThrow()
    const code = nextNationalCode(prefix, highest)
    if (code !== null) return code
    throw new GatewayError({
      kind: 'conflict',
      code: 'national-codes-used-up',
      message: `every serial number behind ${prefix} is taken`,
    })
  }

  /** Throws `unit-unknown`, `unit-level-mismatch`, `unit-too-deep`, or a division code's flaw. */
  async create(draft: NewUnit): Promise<WireUnit> {
    const code = readCode(draft.divisionCode ?? null, draft.level)
    return await this.#change(async (transaction) => {
      const parent = draft.parentId === null ? null : await requireUnit(transaction, draft.parentId)
      requireFit(parent, draft.level)
      const id = uuidv7()
      const row = await transaction
        .insertInto('units')
        .values({
          id,
          parent_id: draft.parentId,
          name: draft.name.trim(),
          name_key: nameKey(draft.name),
          level: draft.level,
          division_code: code,
          path: `${parent?.path ?? ''}${id}/`,
        })
        .returning(columns)
        .executeTakeFirstOrThrow()
      requireDepth(row.path)
      return row
    })
  }

  /** Throws what `create` throws, and `unit-cycle` where a unit would come to stand below itself. */
  async change(unitId: UnitId, patch: UnitPatch): Promise<WireUnit> {
    return await this.#change(async (transaction) => {
      const old = await requireUnit(transaction, unitId)
      const parentId = patch.parentId === undefined ? old.parent_id : patch.parentId
      const changed = await transaction
        .updateTable('units')
        .set({
          ...(patch.name === undefined ? {} : { name: patch.name.trim(), name_key: nameKey(patch.name) }),
          division_code:
            patch.divisionCode === undefined ? old.division_code : readCode(patch.divisionCode, old.level),
        })
        .where('id', '=', unitId)
        .returning(columns)
        .executeTakeFirstOrThrow()
      if (parentId === old.parent_id) return changed
      const parent = parentId === null ? null : await requireUnit(transaction, parentId)
      if (parent?.path.startsWith(old.path) === true) {
        throw new GatewayError({
          kind: 'invalid',
          code: 'unit-cycle',
          message: 'a unit cannot stand below itself',
        })
      }
      requireFit(parent, old.level)
      return await move(transaction, old, parent)
    }).finally(() => {
      // Also where it failed: who knows what was read meanwhile.
      if (patch.parentId !== undefined) for (const tell of this.#listeners) tell()
    })
  }

  /** Throws `unit-unknown`, or `unit-not-empty` while units or cameras stand in it. */
  async remove(unitId: UnitId): Promise<void> {
    await this.#turns.take(async () => {
      await requireUnit(this.#db, unitId)
      try {
        await this.#db.deleteFrom('units').where('id', '=', unitId).execute()
      } catch (error) {
        if (!isReferredTo(error)) throw error
        throw new GatewayError({
          kind: 'conflict',
          code: 'unit-not-empty',
          message: 'units or cameras stand in this unit: move or remove them first',
          cause: error,
        })
      }
      this.#tally.removeUnit(unitId)
    })
  }

  /** Of a unit that only leads to what somebody may see: what that is, and not what else it holds. */
  #countsIn(path: string, scopes: readonly Scope[]): UnitCounts {
    if (scopes.some((scope) => covers(scope, { unitPath: path, cameraId: null })))
      return this.#tally.of(unitAt(path))
    const below = scopes.flatMap((scope) =>
      scope.kind === 'unit' && scope.path.startsWith(path) ? [scope.path] : [],
    )
    const tops = below.filter((each) => !below.some((other) => other !== each && each.startsWith(other)))
    const counts = [...new Set(tops)].map((each) => this.#tally.of(unitAt(each)))
    return {
      cameras: counts.reduce((sum, { cameras }) => sum + cameras, 0),
      online: counts.reduce((sum, { online }) => sum + online, 0),
    }
  }

  async #change(work: (transaction: Db) => Promise<Row>): Promise<WireUnit> {
    return await this.#turns.take(async () => {
      try {
        const row = await this.#db.transaction().execute(work)
        this.#tally.place(row.id as UnitId, row.parent_id as UnitId | null)
        return this.#onWire(row)
      } catch (error) {
        throw rowConflict(error)
      }
    })
  }

  #onWire(row: Row, scopes: readonly Scope[] = everywhere): WireUnit {
    const counts = this.#countsIn(row.path, scopes)
    return {
      id: row.id,
      parentId: row.parent_id,
      name: row.name,
      level: row.level,
      divisionCode: row.division_code,
      path: row.path,
      cameraCount: counts.cameras,
      onlineCount: counts.online,
    }
  }
}

/** The unit at the end of a path. */
function unitAt(path: string): UnitId {
  return (path.split('/').at(-2) ?? '') as UnitId
}

/** Rewrites the paths of the unit and of everything below it. */
async function move(db: Db, unit: Row, parent: Row | null): Promise<Row> {
  const path = `${parent?.path ?? ''}${unit.id}/`
  const moved = await db
    .updateTable('units')
    .set({ path: sql<string>`${path}::text || substr(path, ${unit.path.length + 1})` })
    .where('path', 'like', `${literally(unit.path)}%`)
    .returning('path')
    .execute()
  for (const each of moved) requireDepth(each.path)
  return await db
    .updateTable('units')
    .set({ parent_id: parent?.id ?? null })
    .where('id', '=', unit.id)
    .returning(columns)
    .executeTakeFirstOrThrow()
}

async function requireUnit(db: Db, unitId: string): Promise<Row> {
  const row = await db.selectFrom('units').select(columns).where('id', '=', unitId).executeTakeFirst()
  if (row !== undefined) return row
  throw new GatewayError({
    kind: 'not-found',
    code: 'unit-unknown',
    message: `no unit ${unitId}`,
    details: { unitId },
  })
}

function requireFit(parent: Row | null, level: UnitLevel): void {
  if (levelFits(parent?.level ?? null, level)) return
  throw new GatewayError({
    kind: 'invalid',
    code: 'unit-level-mismatch',
    message: `a ${level} cannot stand below a ${parent?.level ?? 'top'}`,
    details: { field: 'level', parentLevel: parent?.level ?? null },
  })
}

function requireDepth(path: string): void {
  if (path.split('/').length - 1 <= deepest) return
  throw new GatewayError({
    kind: 'invalid',
    code: 'unit-too-deep',
    message: `units stand at most ${deepest} deep`,
    details: { deepest },
  })
}

function readCode(text: string | null, level: UnitLevel): string | null {
  if (text === null) return null
  const code = divisionCode(text, level)
  if (code !== null) return code
  throw new GatewayError({
    kind: 'invalid',
    code: 'division-code-malformed',
    message: `${text} is not the division code of a ${level}`,
    details: { field: 'divisionCode' },
  })
}
