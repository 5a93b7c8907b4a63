import { type RawBuilder, sql } from 'kysely'
import type { CameraHeat, CountedClass, HeatMeasure, HeatUnit } from '../contract/heatmaps.ts'
import { type ObjectClass, objectClasses, vehicleClasses } from '../domain/detection.ts'
import { heatCells, heatColumns, heatRows } from '../domain/heat-grid.ts'
import type { CameraId } from '../domain/ids.ts'
import { type Calendar, type KeptSince, type Piece, planWindow, type TimeWindow } from '../domain/rollup.ts'
import type { UtcMs } from '../domain/time.ts'
import type { Db } from '../platform/database.ts'
import type { Tables } from '../platform/tables.ts'

export interface HeatQuestion {
  readonly window: TimeWindow
  readonly class: CountedClass
  readonly measure: HeatMeasure
  readonly normalised: boolean
}

export interface Levels {
  readonly calendar: Calendar
  readonly kept: KeptSince
}

export function classesOf(name: CountedClass): readonly ObjectClass[] {
  if (name === 'vehicle') return vehicleClasses
  return name === 'all' ? ['person', ...vehicleClasses] : [name]
}

type Rolled = 'heat_grids' | 'heat_totals' | 'line_counts'

/**
 * The rows of a table that make up the pieces, as a table of the same columns. One branch a piece: with
 * "or" between them the planner reads the whole table.
 */
export function rowsIn<Table extends Rolled>(
  table: Table,
  pieces: readonly Piece[],
): RawBuilder<Tables[Table]> {
  const branches = pieces.map(
    ({ level, fromUtcMs, toUtcMs }) => sql`select * from ${sql.table(table)}
      where span = ${level} and bucket_start >= ${new Date(fromUtcMs)} and bucket_start < ${new Date(toUtcMs)}`,
  )
  return sql<Tables[Table]>`(${sql.join(branches, sql` union all `)}) as ${sql.ref(table)}`
}

/** Of a span of `camera_online`, the milliseconds inside the window and not in the future. */
export function onlineMsIn({ fromUtcMs, toUtcMs }: TimeWindow, nowUtcMs: UtcMs): RawBuilder<number> {
  const until = new Date(Math.min(toUtcMs, nowUtcMs))
  return sql<number>`coalesce(sum(greatest(0, extract(epoch from
    least(coalesce(to_at, ${until}), ${until}) - greatest(from_at, ${new Date(fromUtcMs)})) * 1000)), 0)::bigint`
}

export function onlineDuring({ fromUtcMs, toUtcMs }: TimeWindow): RawBuilder<boolean> {
  return sql<boolean>`tstzrange(from_at, to_at) && tstzrange(${new Date(fromUtcMs)}, ${new Date(toUtcMs)})`
}

export function unitOf(measure: HeatMeasure, normalised: boolean): HeatUnit {
  if (measure === 'dwell') return normalised ? 'objects' : 'object-seconds'
  return normalised ? 'tracks-per-hour' : 'tracks'
}

/**
 * A stored sum (hundredths of a second, or tracks) in the unit of the answer. Normalised, it is divided by
 * the inspected time; of a time in which nobody looked, nothing is known, and it is 0.
 */
export function valueOf(sum: number, inspectedMs: number, { measure, normalised }: HeatQuestion): number {
  const perMs = inspectedMs > 0 ? 1 / inspectedMs : 0
  if (measure === 'dwell') return rounded(normalised ? sum * 10 * perMs : sum / 100)
  return normalised ? rounded(sum * 3_600_000 * perMs) : sum
}

function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4
}

/** Where in one camera's picture objects were. */
export async function readCameraHeat(
  db: Db,
  cameraId: CameraId,
  question: HeatQuestion,
  levels: Levels,
  nowUtcMs: UtcMs,
): Promise<CameraHeat> {
  const { window, pieces } = planWindow(question.window, nowUtcMs, levels)
  const wanted = classesOf(question.class).map((name) => objectClasses.indexOf(name))
  const sums = sql.ref(question.measure === 'dwell' ? 'dwell_cs' : 'passages')
  const [counted, inspected, online] = await Promise.all([
    sql<{ cell: number; sum: number }>`
      select key % ${sql.lit(heatCells)} as cell, sum(value) as sum
      from ${rowsIn('heat_grids', pieces)}, unnest(cells, ${sums}) as stored (key, value)
      where camera_id = ${cameraId} and key / ${sql.lit(heatCells)} = any(${wanted}::integer[])
      group by key % ${sql.lit(heatCells)}`.execute(db),
    sql<{ frames: number; ms: number }>`
      select coalesce(sum(inspected_frames), 0) as frames, coalesce(sum(inspected_ms), 0) as ms
      from ${rowsIn('heat_totals', pieces)} where camera_id = ${cameraId}`.execute(db),
    db
      .selectFrom('camera_online')
      .select(onlineMsIn(window, nowUtcMs).as('ms'))
      .where('camera_id', '=', cameraId)
      .where(onlineDuring(window))
      .executeTakeFirstOrThrow(),
  ])
  const { frames, ms: inspectedMs } = inspected.rows[0] ?? { frames: 0, ms: 0 }
  const cells = new Array<number>(heatCells).fill(0)
  for (const { cell, sum } of counted.rows) cells[cell] = valueOf(sum, inspectedMs, question)
  return {
    cameraId,
    from: new Date(window.fromUtcMs).toISOString(),
    to: new Date(window.toUtcMs).toISOString(),
    class: question.class,
    measure: question.measure,
    normalised: question.normalised,
    unit: unitOf(question.measure, question.normalised),
    columns: heatColumns,
    rows: heatRows,
    cells,
    maximum: cells.reduce((most, value) => Math.max(most, value), 0),
    inspectedFrames: frames,
    inspectedMs,
    onlineMs: online.ms,
  }
}
