import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { readCameraHeat } from '../../src/analytics/heat-read.ts'
import { HeatWriter } from '../../src/analytics/heat-writer.ts'
import { keptSince, Rollups } from '../../src/analytics/rollups.ts'
import { usualKeptDays } from '../../src/analytics/statistics.ts'
import type { CountedClass, HeatMeasure } from '../../src/contract/heatmaps.ts'
import { cellOf } from '../../src/domain/heat-grid.ts'
import type { CameraId } from '../../src/domain/ids.ts'
import { bucketMs, calendarOf, hourMs } from '../../src/domain/rollup.ts'
import { createLog } from '../../src/platform/log.ts'
import { createMetrics } from '../../src/platform/metrics.ts'
import { insertCameras } from '../harness/cameras.ts'
import { startDatabase, type TestDatabase } from '../harness/database.ts'
import { type FailingDatabase, openFailing } from '../harness/database-proxy.ts'
import { inspection, type Sighting } from '../harness/inspection.ts'

const camera = 'a' as CameraId
const calendar = calendarOf('Asia/Shanghai')
const dayMs = 24 * hourMs
/** A midnight in Shanghai. */
const start = Date.UTC(2026, 2, 1, 16)
const left: Sighting = { at: [0.25, 0.5], class: 'person', trackId: 'left' }
const right: Sighting = { at: [0.75, 0.5], class: 'car', trackId: 'right' }

let database: TestDatabase
let failing: FailingDatabase
let heat: HeatWriter
let rollups: Rollups

beforeAll(async () => {
  database = await startDatabase()
  await insertCameras(database.db, camera, 'b')
  failing = await openFailing(database)
})
afterAll(async () => {
  await failing.stop()
  await database.stop()
})
beforeEach(async () => {
  for (const table of ['heat_grids', 'heat_totals', 'line_counts', 'rollups_due', 'camera_online'] as const)
    await database.db.deleteFrom(table).execute()
  heat = startHeat()
  rollups = new Rollups({ db: database.db, calendar, kept: usualKeptDays })
})
afterEach(() => heat.stop())

function startHeat(mostKept?: number): HeatWriter {
  const kept = mostKept === undefined ? {} : { mostKept }
  return new HeatWriter({ db: failing.db, log: createLog('silent'), metrics: createMetrics(), ...kept })
}

function see(atMs: number, ...sightings: Sighting[]): void {
  heat.add(inspection(start + atMs, sightings, camera))
}

const at = ({ at: [x, y] }: Sighting) => cellOf({ x, y })

async function ask(
  fromMs: number,
  toMs: number,
  { name = 'all', measure = 'dwell', nowMs = start + 40 * dayMs, normalised = false }: Asking = {},
) {
  const window = { fromUtcMs: start + fromMs, toUtcMs: start + toMs }
  const kept = { fiveMinutes: start - dayMs, hours: start - dayMs }
  const question = { window, class: name, measure, normalised }
  return await readCameraHeat(database.db, camera, question, { calendar, kept }, nowMs)
}
interface Asking {
  readonly name?: CountedClass
  readonly measure?: HeatMeasure
  readonly nowMs?: number
  readonly normalised?: boolean
}
const early = { nowMs: start + bucketMs }

it('stores dwell and passages by class, and adds up over flushes, restarts and buckets', async () => {
  for (let second = 0; second <= 400; second++) {
    see(second * 1000, left, ...(second % 2 === 0 ? [right] : []), {
      ...left,
      trackId: 'x',
      confirmed: false,
    })
    if (second % 90 === 0) await heat.flush()
    if (second === 200) {
      await heat.stop()
      heat = startHeat()
    }
  }
  await heat.flush()
  await heat.flush()
  // The second after the restart is not known of: nothing was before it.
  const first = await ask(0, bucketMs, early)
  expect([first.cells[at(left)], first.cells[at(right)]]).toEqual([298, 149])
  expect(first).toMatchObject({ inspectedFrames: 300, inspectedMs: 298_000, columns: 64, rows: 36 })
  expect(first).toMatchObject({ unit: 'object-seconds', maximum: 298 })
  const both = await ask(0, bucketMs + 1, early)
  expect([both.cells[at(left)], both.inspectedMs]).toEqual([399, 399_000])
  const passages = await ask(0, 2 * bucketMs, { ...early, measure: 'passages' })
  // After a restart tracks are new ones.
  expect([passages.cells[at(left)], passages.cells[at(right)], passages.unit]).toEqual([2, 2, 'tracks'])
  const normalised = await ask(0, bucketMs, { ...early, normalised: true })
  expect([normalised.cells[at(left)], normalised.cells[at(right)]]).toEqual([1, 0.5])
})

it('counts by class; a face is part of a person', async () => {
  for (const second of [0, 1])
    see(
      second * 1000,
      left,
      right,
      { at: [0.5, 0.5], class: 'bus', trackId: 'bus' },
      { at: [0.1, 0.1], class: 'face', trackId: 'face' },
    )
  await heat.flush()
  const sum = async (name: CountedClass) =>
    (await ask(0, 2000, { ...early, name })).cells.reduce((total, value) => total + value, 0)
  const classes = ['all', 'vehicle', 'person', 'car', 'face', 'truck'] as const
  expect(await Promise.all(classes.map(sum))).toEqual([3, 2, 1, 1, 1, 0])
})

it('loses nothing and counts nothing twice while the database fails', async () => {
  see(0, left)
  see(1000, left)
  await heat.flush()
  failing.close()
  see(2000, left)
  await heat.flush()
  see(3000, left)
  await heat.flush()
  failing.open()
  await heat.flush()
  expect((await ask(0, 1000, early)).cells[at(left)]).toBe(3)
  // The server takes this flush and its answer is lost: it is written again, and changes nothing.
  see(4000, left)
  failing.loseNextCommit()
  await heat.flush()
  expect((await ask(0, 1000, early)).cells[at(left)]).toBe(4)
  await heat.flush()
  see(5000, left)
  await heat.flush()
  expect((await ask(0, 1000, early)).cells[at(left)]).toBe(5)
})

it('gives up the oldest buckets when the database stays away', async () => {
  heat = startHeat(2)
  failing.close()
  for (let bucket = 0; bucket < 4; bucket++) see(bucket * bucketMs, left)
  await heat.flush()
  failing.open()
  await heat.flush()
  expect((await ask(0, 4 * bucketMs, early)).inspectedFrames).toBe(2)
  expect((await ask(2 * bucketMs, 4 * bucketMs, early)).inspectedFrames).toBe(2)
})

it('sums up hours and days, again when late frames come, and answers alike from every level', async () => {
  const walk = (dayIndex: number, hour: number, minute: number) => {
    const fromMs = dayIndex * dayMs + hour * hourMs + minute * 60_000
    for (let second = 0; second <= 30; second++) see(fromMs + second * 1000, left)
  }
  for (const day of [0, 1, 2])
    for (const hour of [0, 5, 23]) for (const minute of [0, 31]) walk(day, hour, minute)
  await heat.flush()
  await rollups.run(start + 4 * dayMs)
  const levels = async () => {
    const { rows } = await sql<{ span: string; ds: number; rows: number }>`
      select span, sum(dwell) / 100 as ds, count(distinct (bucket_start, camera_id)) as rows
      from heat_grids, unnest(dwell_cs) as dwell group by span order by span`.execute(database.db)
    return rows.map(({ span, ds, rows: count }) => [span, ds, count])
  }
  expect(await levels()).toEqual([
    ['5min', 540, 18],
    ['day', 540, 3],
    ['hour', 540, 9],
  ])
  const exactly = async (asking: Asking = {}) =>
    await Promise.all([
      ask(0, 3 * dayMs, asking),
      ask(1000, 3 * dayMs - 1000, asking),
      ask(dayMs, 2 * dayMs, asking),
    ])
  const sums = (heats: Awaited<ReturnType<typeof exactly>>) =>
    heats.map((each) => [each.cells[at(left)], each.inspectedMs, each.inspectedFrames])
  const expected = [
    [540, 540_000, 558],
    [540, 540_000, 558],
    [180, 180_000, 186],
  ]
  expect(sums(await exactly())).toEqual(expected)
  // Asked at a time when nothing was summed up yet, the same comes from the 5 minutes.
  expect(sums(await exactly({ nowMs: start }))).toEqual(expected)

  // Late frames of an hour that was summed up, counted by a gateway that was killed and began anew.
  heat = startHeat()
  walk(1, 5, 40)
  await heat.flush()
  expect(await rollups.run(start + 4 * dayMs)).toBe(2)
  expect(await rollups.run(start + 4 * dayMs)).toBe(0)
  expect((await ask(0, 3 * dayMs)).cells[at(left)]).toBe(570)
  expect((await ask(dayMs + 5 * hourMs, dayMs + 6 * hourMs)).cells[at(left)]).toBe(90)
  expect(await levels()).toEqual([
    ['5min', 570, 19],
    ['day', 570, 3],
    ['hour', 570, 9],
  ])
})

it('does not sum up what is still going on, and misses nothing that is written meanwhile', async () => {
  see(0, left)
  see(1000, left)
  await heat.flush()
  expect(await rollups.run(start + 30 * 60_000)).toBe(0)
  // Writers and summing up at once, many times over: every frame ends up in the hour.
  for (let round = 0; round < 25; round++) {
    see(2000 + round * 1000, left)
    await Promise.all([heat.flush(), rollups.run(start + 2 * hourMs)])
  }
  await rollups.run(start + 2 * hourMs)
  expect((await ask(0, hourMs)).cells[at(left)]).toBe(26)
})

it('keeps each level for its time', async () => {
  for (const day of [0, 40, 120, 130]) {
    see(day * dayMs, left)
    see(day * dayMs + 1000, left)
  }
  await heat.flush()
  const nowMs = start + 130 * dayMs + 2 * hourMs
  await rollups.run(nowMs)
  await rollups.removeOld(nowMs)
  const { rows } = await sql<{ span: string; rows: number }>`
    select span, count(*) as rows from heat_grids group by span order by span`.execute(database.db)
  expect(rows.map(({ span, rows: count }) => [span, count])).toEqual([
    ['5min', 2],
    ['day', 3],
    ['hour', 3],
  ])
  const levels = { calendar, kept: keptSince(usualKeptDays, nowMs) }
  const old = { window: { fromUtcMs: start, toUtcMs: start + 1000 }, class: 'all', measure: 'dwell' } as const
  const found = await readCameraHeat(database.db, camera, { ...old, normalised: false }, levels, nowMs)
  expect([found.to, found.maximum]).toEqual([new Date(start + dayMs).toISOString(), 1])
})
