import { type Insertable, sql } from 'kysely'
import { dwellByClass } from '../domain/bucket-sums.ts'
import { hourMs } from '../domain/rollup.ts'
import type { Db } from '../platform/database.ts'
import type { Tables } from '../platform/tables.ts'
import type { OpenBucket } from './heat-buckets.ts'

/** A grid is some KB of text on its way to the server. */
const rowsPerStatement = 200

/**
 * Writes the buckets whole, over what was written of them before, and notes the hours above them as due;
 * within the caller's transaction. Doing it twice changes nothing.
 */
export async function writeBuckets(db: Db, buckets: readonly OpenBucket[]): Promise<void> {
  // All rows are made before the first of them is sent: counting goes on meanwhile.
  const grids = buckets.flatMap(gridRows)
  const totals = buckets.map(totalRow)
  const lines = buckets.flatMap(lineRows)
  const hours = new Map(
    buckets.map(({ sums: { cameraId, bucketStartUtcMs } }) => {
      const hour = Math.floor(bucketStartUtcMs / hourMs) * hourMs
      return [
        `${cameraId} ${hour}`,
        { span: 'hour' as const, bucket_start: new Date(hour), camera_id: cameraId },
      ]
    }),
  )
  for (const rows of parts(grids)) await writeGrids(db, rows)
  for (const rows of parts(totals)) await writeTotals(db, rows)
  for (const rows of parts(lines)) await writeLines(db, rows)
  await askForRollup(db, [...hours.values()])
}

/** Notes what is to be summed up. */
export async function askForRollup(
  db: Db,
  due: readonly { readonly span: 'hour' | 'day'; readonly bucket_start: Date; readonly camera_id: string }[],
): Promise<void> {
  for (const rows of parts(due)) {
    await db
      .insertInto('rollups_due')
      .values(rows)
      .onConflict((conflict) =>
        // Not "do nothing": whoever sums up must wait for this transaction, or it would miss what is in it.
        conflict
          .columns(['span', 'bucket_start', 'camera_id'])
          .doUpdateSet({ asked: sql`rollups_due.asked + 1` }),
      )
      .execute()
  }
}

type Row<Table extends keyof Tables> = Insertable<Tables[Table]>

function gridRows(bucket: OpenBucket): Row<'heat_grids'>[] {
  const cells = [...bucket.sums.cells].sort(([a], [b]) => a - b)
  if (cells.length === 0) return []
  return [
    {
      ...columnsOf(bucket),
      cells: cells.map(([key]) => key),
      dwell_cs: cells.map(([, { dwellMs }]) => Math.round(dwellMs / 10)),
      passages: cells.map(([, { passages }]) => passages),
    },
  ]
}

function totalRow(bucket: OpenBucket): Row<'heat_totals'> {
  const { sums } = bucket
  const seen = sums.cells.size > 0
  return {
    ...columnsOf(bucket),
    inspected_frames: sums.inspectedFrames,
    inspected_ms: Math.round(sums.inspectedMs),
    dwell_cs: seen ? dwellByClass(sums).map((ms) => Math.round(ms / 10)) : null,
    tracks: seen ? [...sums.tracks] : null,
  }
}

function lineRows(bucket: OpenBucket): Row<'line_counts'>[] {
  return [...bucket.sums.lines.values()].map(({ lineId, class: name, forward, backward }) => ({
    ...columnsOf(bucket),
    ...{ line_id: lineId, class: name, forward, backward },
  }))
}

async function writeGrids(db: Db, rows: readonly Row<'heat_grids'>[]): Promise<void> {
  await db
    .insertInto('heat_grids')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['camera_id', 'span', 'bucket_start', 'part']).doUpdateSet((eb) => ({
        cells: eb.ref('excluded.cells'),
        dwell_cs: eb.ref('excluded.dwell_cs'),
        passages: eb.ref('excluded.passages'),
      })),
    )
    .execute()
}

async function writeTotals(db: Db, rows: readonly Row<'heat_totals'>[]): Promise<void> {
  await db
    .insertInto('heat_totals')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['span', 'bucket_start', 'camera_id', 'part']).doUpdateSet((eb) => ({
        inspected_frames: eb.ref('excluded.inspected_frames'),
        inspected_ms: eb.ref('excluded.inspected_ms'),
        dwell_cs: eb.ref('excluded.dwell_cs'),
        tracks: eb.ref('excluded.tracks'),
      })),
    )
    .execute()
}

async function writeLines(db: Db, rows: readonly Row<'line_counts'>[]): Promise<void> {
  await db
    .insertInto('line_counts')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(['camera_id', 'span', 'bucket_start', 'line_id', 'class', 'part'])
        .doUpdateSet((eb) => ({
          forward: eb.ref('excluded.forward'),
          backward: eb.ref('excluded.backward'),
        })),
    )
    .execute()
}

function columnsOf({ part, sums: { cameraId, bucketStartUtcMs } }: OpenBucket) {
  return { camera_id: cameraId, span: '5min' as const, bucket_start: new Date(bucketStartUtcMs), part }
}

function* parts<T>(rows: readonly T[]): Generator<T[]> {
  for (let from = 0; from < rows.length; from += rowsPerStatement)
    yield rows.slice(from, from + rowsPerStatement)
}
