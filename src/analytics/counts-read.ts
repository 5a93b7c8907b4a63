import { type RawBuilder, sql } from 'kysely'
import type { CountStep, Counts, LineCounts } from '../contract/counts.ts'
import type { CountedClass } from '../contract/heatmaps.ts'
import type { CameraId } from '../domain/ids.ts'
import { levelEnd, levelStart, planWindow, type RollupLevel, type TimeWindow } from '../domain/rollup.ts'
import type { UtcMs } from '../domain/time.ts'
import type { Db } from '../platform/database.ts'
import { inUnit } from './heat-area.ts'
import { classesOf, type Levels, rowsIn } from './heat-read.ts'

export type CountScope =
  | { readonly kind: 'unit'; readonly unitId: string }
  | { readonly kind: 'camera'; readonly cameraId: CameraId; readonly lineId?: string }

export interface CountQuestion {
  readonly scope: CountScope
  readonly window: TimeWindow
  readonly class: CountedClass
}

const mostLines = 500

/** Crossings in steps, with what they rest on. */
export async function readCounts(
  db: Db,
  { scope, window: asked, class: name }: CountQuestion,
  by: CountStep,
  levels: Levels & { readonly timeZone: string },
  nowUtcMs: UtcMs,
): Promise<Counts> {
  const { calendar } = levels
  const wide = {
    fromUtcMs: levelStart(by, asked.fromUtcMs, calendar),
    toUtcMs: levelEnd(by, asked.toUtcMs - 1, calendar),
  }
  const { window, pieces } = planWindow(wide, nowUtcMs, { ...levels, coarsest: by })
  const cameraIds = await camerasOf(db, scope)
  const [counted, inspected] = await Promise.all([
    sql<{ at: Date; class: string; forward: number; backward: number }>`
      select bucket_start as at, class, sum(forward) as forward, sum(backward) as backward
      from ${rowsIn('line_counts', pieces)}
      where class = any(${[...classesOf(name)]}::text[]) and ${linesOf(scope)}
      group by bucket_start, class`.execute(db),
    sql<{ at: Date; ms: number }>`
      select bucket_start as at, sum(inspected_ms) as ms from ${rowsIn('heat_totals', pieces)}
      where camera_id = any(${cameraIds}::text[])
      group by bucket_start`.execute(db),
  ])
  const steps = new Map<UtcMs, { forward: number; backward: number; inspectedMs: number }>()
  for (let at = window.fromUtcMs; at < window.toUtcMs; at = levelEnd(by, at, calendar))
    steps.set(at, { forward: 0, backward: 0, inspectedMs: 0 })
  const stepAt = (at: Date) => steps.get(levelStart(by, at.getTime(), calendar))
  const classes = new Map<string, { class: string; forward: number; backward: number }>()
  for (const row of counted.rows) {
    const total = classes.get(row.class) ?? { class: row.class, forward: 0, backward: 0 }
    classes.set(row.class, total)
    const step = stepAt(row.at)
    for (const sums of step === undefined ? [total] : [total, step]) {
      sums.forward += row.forward
      sums.backward += row.backward
    }
  }
  let inspectedMs = 0
  for (const { at, ms } of inspected.rows) {
    inspectedMs += ms
    const step = stepAt(at)
    if (step !== undefined) step.inspectedMs += ms
  }
  const share = (ms: number, fromUtcMs: UtcMs, toUtcMs: UtcMs) =>
    shareOf(ms, cameraIds.length * (Math.min(toUtcMs, nowUtcMs) - fromUtcMs))
  const totals = [...classes.values()].sort((a, b) => b.forward + b.backward - a.forward - a.backward)
  return {
    from: iso(window.fromUtcMs),
    to: iso(window.toUtcMs),
    by,
    timeZone: levels.timeZone,
    forward: totals.reduce((sum, { forward }) => sum + forward, 0),
    backward: totals.reduce((sum, { backward }) => sum + backward, 0),
    inspectedShare: share(inspectedMs, window.fromUtcMs, window.toUtcMs),
    cameras: cameraIds.length,
    steps: [...steps].map(([at, { forward, backward, inspectedMs: ms }]) => ({
      at: iso(at),
      ...{ forward, backward },
      inspectedShare: share(ms, at, levelEnd(by, at, calendar)),
    })),
    classes: totals,
  }
}

interface LineRow {
  readonly line_id: string
  readonly name: string | null
  readonly camera_id: string
  readonly camera_name: string | null
  readonly unit_name: string | null
  readonly forward: number
  readonly backward: number
}

/** The lines of the scope, those without a crossing and those that are gone among them. */
export async function readLineCounts(
  db: Db,
  { scope, window: asked, class: name }: CountQuestion,
  levels: Levels,
  nowUtcMs: UtcMs,
): Promise<LineCounts> {
  const { window, pieces } = planWindow(asked, nowUtcMs, levels)
  const { rows } = await sql<LineRow>`
    with counted as (
      select line_id, camera_id, sum(forward) as forward, sum(backward) as backward from ${rowsIn('line_counts', pieces)}
      where class = any(${[...classesOf(name)]}::text[]) and ${linesOf(scope)}
      group by line_id, camera_id
    ),
    lines as (
      select coalesce(line_id, id) as line_id, coalesce(counted.camera_id, standing.camera_id) as camera_id,
        name, coalesce(forward, 0) as forward, coalesce(backward, 0) as backward
      from counted full join (
        select id, camera_id, name from zones where kind = 'tripwire' and ${linesOf(scope, sql.ref('id'))}
      ) as standing on id = line_id
    )
    select lines.*, cameras.name as camera_name, units.name as unit_name
    from lines left join cameras on cameras.id = lines.camera_id left join units on units.id = cameras.unit_id
    order by forward + backward desc, lines.name, line_id limit ${mostLines}`.execute(db)
  const cameraIds = [...new Set(rows.map((row) => row.camera_id))]
  const inspected = await sql<{ camera_id: string; ms: number }>`
    select camera_id, sum(inspected_ms) as ms from ${rowsIn('heat_totals', pieces)}
    where camera_id = any(${cameraIds}::text[])
    group by camera_id`.execute(db)
  const inspectedMs = new Map(inspected.rows.map(({ camera_id, ms }) => [camera_id, ms]))
  const passedMs = Math.min(window.toUtcMs, nowUtcMs) - window.fromUtcMs
  return {
    from: iso(window.fromUtcMs),
    to: iso(window.toUtcMs),
    items: rows.map((row) => ({
      lineId: row.line_id,
      name: row.name,
      cameraId: row.camera_id,
      cameraName: row.camera_name,
      unitName: row.unit_name,
      forward: row.forward,
      backward: row.backward,
      inspectedShare: shareOf(inspectedMs.get(row.camera_id) ?? 0, passedMs),
    })),
  }
}

export interface CountedStep {
  readonly atUtcMs: UtcMs
  readonly unitName: string | null
  readonly cameraName: string | null
  readonly lineId: string
  readonly lineName: string | null
  readonly class: string
  readonly forward: number
  readonly backward: number
}

/** Every line, step and class with a crossing, by line and time; at most `most` rows, and one more. */
export async function readCountedSteps(
  db: Db,
  { scope, window: asked, class: name }: CountQuestion,
  by: RollupLevel,
  levels: Levels,
  { nowUtcMs, most }: { readonly nowUtcMs: UtcMs; readonly most: number },
): Promise<CountedStep[]> {
  const { calendar } = levels
  const wide = {
    fromUtcMs: levelStart(by, asked.fromUtcMs, calendar),
    toUtcMs: levelEnd(by, asked.toUtcMs - 1, calendar),
  }
  const { pieces } = planWindow(wide, nowUtcMs, { ...levels, coarsest: by })
  const { rows } = await sql<CountedStep & { readonly at: Date }>`
    select bucket_start as at, units.name as "unitName", cameras.name as "cameraName",
      line_id as "lineId", zones.name as "lineName", class, forward, backward
    from (
      select bucket_start, camera_id, line_id, class, sum(forward) as forward, sum(backward) as backward
      from ${rowsIn('line_counts', pieces)}
      where class = any(${[...classesOf(name)]}::text[]) and ${linesOf(scope)}
      group by bucket_start, camera_id, line_id, class
    ) as counted
    left join cameras on cameras.id = counted.camera_id left join units on units.id = cameras.unit_id
    left join zones on zones.id = line_id
    order by units.name, cameras.name, zones.name, line_id, bucket_start, class
    limit ${most * 12 + 1}`.execute(db)
  // What is not summed up yet comes by hours or 5 minutes: added to the step that it lies in.
  const steps = new Map<string, { -readonly [Key in keyof CountedStep]: CountedStep[Key] }>()
  for (const { at, ...row } of rows) {
    const atUtcMs = levelStart(by, at.getTime(), calendar)
    const key = `${row.lineId} ${atUtcMs} ${row.class}`
    const step = steps.get(key)
    if (step === undefined) steps.set(key, { ...row, atUtcMs })
    else {
      step.forward += row.forward
      step.backward += row.backward
    }
    if (steps.size > most) break
  }
  return [...steps.values()]
}

function linesOf(scope: CountScope, lineId: RawBuilder<unknown> = sql.ref('line_id')): RawBuilder<boolean> {
  if (scope.kind === 'unit')
    return sql<boolean>`camera_id in (select cameras.id from cameras where ${inUnit(scope.unitId)})`
  const ofCamera = sql<boolean>`camera_id = ${scope.cameraId}`
  return scope.lineId === undefined ? ofCamera : sql<boolean>`(${ofCamera} and ${lineId} = ${scope.lineId})`
}

/** Cameras of the scope that have a line now: what their figures rest on is what counts. */
async function camerasOf(db: Db, scope: CountScope): Promise<string[]> {
  if (scope.kind === 'camera') return [scope.cameraId]
  const { rows } = await sql<{ camera_id: string }>`
    select distinct camera_id from zones where kind = 'tripwire' and ${linesOf(scope)}`.execute(db)
  return rows.map(({ camera_id }) => camera_id)
}

/** Null where no time has passed, or no camera is there. */
function shareOf(ms: number, ofMs: number): number | null {
  return ofMs > 0 ? Math.min(1, ms / ofMs) : null
}

function iso(utcMs: UtcMs): string {
  return new Date(utcMs).toISOString()
}
