import { sql } from 'kysely'
import type { ObjectClass } from '../domain/detection.ts'
import { type HeatSums, heatCells } from '../domain/heat-grid.ts'
import type { CameraId } from '../domain/ids.ts'
import type { UtcMs } from '../domain/time.ts'
import type { Db } from '../platform/database.ts'

export interface HeatWindow {
  readonly fromUtcMs: UtcMs
  readonly toUtcMs: UtcMs
}

/** Counts added up over a window. */
export interface HeatTotal {
  readonly cells: number[]
  inspectedFrames: number
}

/** A grid is 5 KB of text on its way to the server. */
const rowsPerStatement = 200

/** Adds the sums to what is stored; within the caller's transaction. */
export async function addHeat(db: Db, sums: readonly HeatSums[]): Promise<void> {
  const counts = sums.flatMap(({ cameraId, bucketStartUtcMs, cells }) =>
    [...cells].map(([name, counted]) => ({
      camera_id: cameraId,
      bucket_start: new Date(bucketStartUtcMs),
      class: name,
      cells: [...counted],
    })),
  )
  for (const rows of parts(counts)) {
    await db
      .insertInto('heat_counts')
      .values(rows)
      .onConflict((conflict) =>
        conflict.columns(['camera_id', 'bucket_start', 'class']).doUpdateSet({
          cells: sql`(select array_agg(stored + added order by cell)
            from unnest(heat_counts.cells, excluded.cells) with ordinality as pair (stored, added, cell))`,
        }),
      )
      .execute()
  }
  const inspected = sums.map(({ cameraId, bucketStartUtcMs, inspectedFrames }) => ({
    camera_id: cameraId,
    bucket_start: new Date(bucketStartUtcMs),
    inspected_frames: inspectedFrames,
  }))
  for (const rows of parts(inspected)) {
    await db
      .insertInto('heat_inspected')
      .values(rows)
      .onConflict((conflict) =>
        conflict.columns(['camera_id', 'bucket_start']).doUpdateSet({
          inspected_frames: sql`heat_inspected.inspected_frames + excluded.inspected_frames`,
        }),
      )
      .execute()
  }
}

/** What is stored of the buckets that begin inside the window. */
export async function readHeat(
  db: Db,
  cameraId: CameraId,
  window: HeatWindow,
  classes: readonly ObjectClass[],
): Promise<HeatTotal> {
  const from = new Date(window.fromUtcMs)
  const to = new Date(window.toUtcMs)
  const counted = await sql<{ cell: number; count: number }>`
    select cell, sum(count) as count
    from heat_counts, unnest(cells) with ordinality as counts (count, cell)
    where camera_id = ${cameraId} and bucket_start >= ${from} and bucket_start < ${to}
      and class = any(${[...classes]}) and count > 0
    group by cell`.execute(db)
  const { frames } = await db
    .selectFrom('heat_inspected')
    .select(sql<number>`coalesce(sum(inspected_frames), 0)`.as('frames'))
    .where('camera_id', '=', cameraId)
    .where('bucket_start', '>=', from)
    .where('bucket_start', '<', to)
    .executeTakeFirstOrThrow()
  const cells = new Array<number>(heatCells).fill(0)
  for (const { cell, count } of counted.rows) cells[cell - 1] = count
  return { cells, inspectedFrames: frames }
}

function* parts<T>(rows: readonly T[]): Generator<T[]> {
  for (let from = 0; from < rows.length; from += rowsPerStatement)
    yield rows.slice(from, from + rowsPerStatement)
}
