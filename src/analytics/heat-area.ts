import { type RawBuilder, sql } from 'kysely'
import { within } from '../access/within.ts'
import type { AreaHeat } from '../contract/heatmaps.ts'
import { type ObjectClass, objectClasses } from '../domain/detection.ts'
import type { Scope } from '../domain/policy.ts'
import { planWindow, type TimeWindow } from '../domain/rollup.ts'
import type { UtcMs } from '../domain/time.ts'
import type { Db } from '../platform/database.ts'
import {
  classesOf,
  type HeatQuestion,
  type Levels,
  onlineDuring,
  onlineMsIn,
  rowsIn,
  unitOf,
  valueOf,
} from './heat-read.ts'

/** Which cameras: those with a place on the map, in a box of it, in a unit and the units below. */
export interface AreaScope {
  readonly bbox?: readonly [west: number, south: number, east: number, north: number] | undefined
  readonly unitId?: string | undefined
  /** Where whoever asks may look; left out: everywhere. */
  readonly scopes?: readonly Scope[]
}

interface CameraSums {
  readonly id: string
  readonly lon: number
  readonly lat: number
  readonly inspected_ms: number
  readonly online_ms: number
  readonly persons: number
  readonly vehicles: number
  readonly value: number
}

type Item = AreaHeat['items'][number]

/** How much each camera of an area saw in a window, and what that rests on. */
export async function readAreaHeat(
  db: Db,
  scope: AreaScope,
  question: HeatQuestion,
  levels: Levels,
  nowUtcMs: UtcMs,
): Promise<AreaHeat> {
  const { window, pieces } = planWindow(question.window, nowUtcMs, levels)
  const column = question.measure === 'dwell' ? 'dwell_cs' : 'tracks'
  const { rows } = await sql<CameraSums>`
    with placed as materialized (${placedCameras(scope)}),
    seen as (
      select camera_id, sum(inspected_ms) as inspected_ms,
        ${sumOf(column, classesOf('person'))} as persons,
        ${sumOf(column, classesOf('vehicle'))} as vehicles,
        ${sumOf(column, classesOf(question.class))} as value
      from ${rowsIn('heat_totals', pieces)}
      where camera_id in (select id from placed)
      group by camera_id
    ),
    online as (
      select camera_id, ${onlineMsIn(window, nowUtcMs)} as online_ms from camera_online
      where ${onlineDuring(window)} and camera_id in (select id from placed)
      group by camera_id
    )
    select id, lon, lat, coalesce(inspected_ms, 0) as inspected_ms, coalesce(online_ms, 0) as online_ms,
      coalesce(persons, 0) as persons, coalesce(vehicles, 0) as vehicles, coalesce(value, 0) as value
    from placed left join seen on seen.camera_id = id left join online on online.camera_id = id
    order by id`.execute(db)
  const passedMs = Math.max(1, Math.min(window.toUtcMs, nowUtcMs) - window.fromUtcMs)
  const items = rows.map((row): Item => {
    const valued = (sum: number) => valueOf(sum, row.inspected_ms, question)
    return {
      cameraId: row.id,
      lon: row.lon,
      lat: row.lat,
      persons: valued(row.persons),
      vehicles: valued(row.vehicles),
      value: valued(row.value),
      inspectedShare: shareOf(row.inspected_ms, passedMs),
      onlineShare: shareOf(row.online_ms, passedMs),
    }
  })
  return areaOf(items, window, question, nowUtcMs)
}

/** The answer around its items: what they rest on all together. */
export function areaOf(
  items: Item[],
  window: TimeWindow,
  { class: name, measure, normalised }: HeatQuestion,
  nowUtcMs: UtcMs,
): AreaHeat {
  const hours = Math.max(0, Math.min(window.toUtcMs, nowUtcMs) - window.fromUtcMs) / 3_600_000
  const sum = (share: (item: Item) => number) => items.reduce((total, item) => total + share(item), 0)
  return {
    at: new Date(nowUtcMs).toISOString(),
    from: new Date(window.fromUtcMs).toISOString(),
    to: new Date(window.toUtcMs).toISOString(),
    class: name,
    measure,
    normalised,
    unit: unitOf(measure, normalised),
    coverage: {
      cameras: items.length,
      inspectedCameras: items.filter(({ inspectedShare }) => inspectedShare > 0).length,
      inspectedShare: items.length === 0 ? 0 : sum((item) => item.inspectedShare) / items.length,
      onlineHours: sum((item) => item.onlineShare) * hours,
      cameraHours: items.length * hours,
    },
    items,
  }
}

export interface PlacedCamera {
  readonly id: string
  readonly lon: number
  readonly lat: number
}

export async function readPlacedCameras(db: Db, scope: AreaScope): Promise<PlacedCamera[]> {
  const { rows } = await sql<PlacedCamera>`${placedCameras(scope)} order by cameras.id`.execute(db)
  return rows
}

function placedCameras({ bbox, unitId, scopes = [{ kind: 'city' }] }: AreaScope): RawBuilder<PlacedCamera> {
  const seen = within(scopes, { unit: 'cameras.unit_id', camera: 'cameras.id' })
  const inBox =
    bbox === undefined
      ? sql``
      : sql`and lon between ${bbox[0]} and ${bbox[2]} and lat between ${bbox[1]} and ${bbox[3]}`
  return sql<PlacedCamera>`
    select cameras.id, lon, lat from cameras
    where lon is not null and lat is not null ${inBox}
    ${seen === null ? sql`` : sql`and ${seen}`}
    ${unitId === undefined ? sql`` : sql`and ${inUnit(unitId)}`}`
}

/** Cameras of a unit and of all units below it. */
export function inUnit(unitId: string): RawBuilder<boolean> {
  return sql<boolean>`unit_id in (
    select units.id from units, units as top
    where top.id = ${unitId} and starts_with(units.path, top.path))`
}

/** Of an array by class, the sum over rows and over the classes. */
function sumOf(column: 'dwell_cs' | 'tracks', classes: readonly ObjectClass[]): RawBuilder<number> {
  const parts = classes.map(
    (name) => sql`coalesce(${sql.ref(column)}[${sql.lit(objectClasses.indexOf(name) + 1)}], 0)`,
  )
  return sql<number>`sum(${sql.join(parts, sql` + `)})`
}

function shareOf(ms: number, ofMs: number): number {
  return Math.min(1, ms / ofMs)
}
