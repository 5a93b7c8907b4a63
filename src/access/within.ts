import { type RawBuilder, sql } from 'kysely'
import type { Scope } from '../domain/policy.ts'

interface Columns {
  /** Of the unit's id, such as `cameras.unit_id`. */
  readonly unit: string
  /** Of the camera's id; left out where rows belong to no camera. */
  readonly camera?: string
}

/** What of a table lies where somebody may see it: a condition on its rows; null: all of them do. */
export function within(scopes: readonly Scope[], { unit, camera }: Columns): RawBuilder<boolean> | null {
  if (scopes.some(({ kind }) => kind === 'city')) return null
  const paths = pathsOf(scopes)
  const cameraIds = scopes.flatMap((scope) => (scope.kind === 'camera' ? [scope.cameraId] : []))
  const inUnits = sql<boolean>`${sql.ref(unit)} in (select id from units where path ^@ any(${paths}::text[]))`
  if (camera === undefined || cameraIds.length === 0) return inUnits
  return sql<boolean>`(${inUnits} or ${sql.ref(camera)} = any(${cameraIds}::text[]))`
}

/** As `within`, for rows that know their camera and not its unit. */
export function withinCameras(scopes: readonly Scope[], camera: string): RawBuilder<boolean> | null {
  const condition = within(scopes, { unit: 'cameras.unit_id', camera: 'cameras.id' })
  if (condition === null) return null
  return sql<boolean>`${sql.ref(camera)} in (select cameras.id from cameras where ${condition})`
}

/** Units that are seen: those of the scopes, and those above them, which only lead there. */
export function leadingTo(scopes: readonly Scope[]): RawBuilder<boolean> | null {
  if (scopes.some(({ kind }) => kind === 'city')) return null
  const paths = pathsOf(scopes)
  const cameraIds = scopes.flatMap((scope) => (scope.kind === 'camera' ? [scope.cameraId] : []))
  return sql<boolean>`(units.path ^@ any(${paths}::text[])
    or exists (select from unnest(${paths}::text[]) as below where below ^@ units.path)
    or exists (select from cameras join units as home on home.id = cameras.unit_id
      where cameras.id = any(${cameraIds}::text[]) and home.path ^@ units.path))`
}

function pathsOf(scopes: readonly Scope[]): string[] {
  return scopes.flatMap((scope) => (scope.kind === 'unit' ? [scope.path] : []))
}
