import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { DensityBoard } from '../../src/analytics/density-board.ts'
import { heatRoutes } from '../../src/analytics/heat-routes.ts'
import { HeatStore } from '../../src/analytics/heat-store.ts'
import type { AreaHeat, CameraHeat } from '../../src/contract/heatmaps.ts'
import { cellOf, heatBucketMs } from '../../src/domain/heat-grid.ts'
import type { CameraId } from '../../src/domain/ids.ts'
import type { HttpApp } from '../../src/platform/http.ts'
import { createLog } from '../../src/platform/log.ts'
import { createMetrics } from '../../src/platform/metrics.ts'
import { insertCameras } from '../harness/cameras.ts'
import { startDatabase, type TestDatabase } from '../harness/database.ts'
import { type FailingDatabase, openFailing } from '../harness/database-proxy.ts'
import { httpApp } from '../harness/http.ts'
import { inspection, type Sighting } from '../harness/inspection.ts'

const camera = 'a' as CameraId
/** The beginning of a bucket. */
const start = Date.UTC(2026, 2, 1, 6)
const left: Sighting = { at: [0.25, 0.5], class: 'person' }
const right: Sighting = { at: [0.75, 0.5], class: 'car' }

let database: TestDatabase
let failing: FailingDatabase
let heat: HeatStore

beforeAll(async () => {
  database = await startDatabase()
  await insertCameras(database.db, camera, 'b', 'c')
  failing = await openFailing(database)
})
afterAll(async () => {
  await failing.stop()
  await database.stop()
})
beforeEach(async () => {
  await database.db.deleteFrom('heat_counts').execute()
  await database.db.deleteFrom('heat_inspected').execute()
  heat = startHeat()
})
afterEach(() => heat.stop())

function startHeat(mostKept?: number): HeatStore {
  const kept = mostKept === undefined ? {} : { mostKept }
  return new HeatStore({ db: failing.db, log: createLog('silent'), metrics: createMetrics(), ...kept })
}

function see(atMs: number, ...sightings: Sighting[]): void {
  heat.add(inspection(start + atMs, sightings, camera))
}

const at = ({ at: [x, y] }: Sighting) => cellOf({ x, y })
const ask = (fromMs: number, toMs: number, name: Parameters<HeatStore['camera']>[2] = 'all') =>
  heat.camera(camera, { fromUtcMs: start + fromMs, toUtcMs: start + toMs }, name, start + toMs)

it('shows what is counted before it is stored, and the same after', async () => {
  for (let i = 0; i < 3; i++) see(i * 250, left, right)
  see(750, right, { ...left, confirmed: false })
  const before = await ask(0, 1000)
  expect(before.cells[at(left)]).toBe(3)
  expect(before.cells[at(right)]).toBe(4)
  expect(before).toMatchObject({ maximum: 4, inspectedFrames: 4, columns: 64, rows: 36 })
  expect(before.cells.reduce((sum, count) => sum + count, 0)).toBe(7)
  await heat.flush()
  expect(await ask(0, 1000)).toEqual(before)
})

it('adds up over flushes, restarts and buckets', async () => {
  for (let round = 0; round < 3; round++) {
    see(round * 1000, left)
    see(heatBucketMs + round * 1000, left, right)
    if (round === 1) {
      await heat.stop()
      heat = startHeat()
    } else await heat.flush()
  }
  see(5000, right)
  const first = await ask(0, heatBucketMs)
  expect([first.cells[at(left)], first.cells[at(right)], first.inspectedFrames]).toEqual([3, 1, 4])
  const both = await ask(0, heatBucketMs + 1)
  expect([both.cells[at(left)], both.cells[at(right)], both.inspectedFrames]).toEqual([6, 4, 7])
  const second = await ask(heatBucketMs, 2 * heatBucketMs)
  expect([second.cells[at(left)], second.cells[at(right)], second.inspectedFrames]).toEqual([3, 3, 3])
  const rows = await database.db.selectFrom('heat_counts').select(['class', 'bucket_start']).execute()
  expect(rows).toHaveLength(3)
})

it('counts by class; a face is part of a person', async () => {
  see(0, left, right, { at: [0.5, 0.5], class: 'bus' }, { at: [0.1, 0.1], class: 'face' })
  await heat.flush()
  see(250, left, { at: [0.1, 0.1], class: 'face' })
  const sum = async (name: Parameters<HeatStore['camera']>[2]) =>
    (await ask(0, 1000, name)).cells.reduce((total, count) => total + count, 0)
  expect([
    await sum('all'),
    await sum('vehicle'),
    await sum('person'),
    await sum('car'),
    await sum('face'),
  ]).toEqual([4, 2, 2, 1, 2])
})

it('loses nothing and counts nothing twice while the database fails', async () => {
  see(0, left)
  await heat.flush()
  failing.close()
  see(250, left)
  await heat.flush()
  see(500, left)
  await heat.flush()
  await expect(ask(0, 1000)).rejects.toMatchObject({ kind: 'unavailable' })
  failing.open()
  expect((await ask(0, 1000)).cells[at(left)]).toBe(3)

  // The server takes this flush, and its answer is lost: sums must not be added again.
  see(750, left)
  failing.loseNextCommit()
  await heat.flush()
  see(900, left)
  expect((await ask(0, 1000)).cells[at(left)]).toBe(5)
  await heat.flush()
  const again = await ask(0, 1000)
  expect([again.cells[at(left)], again.inspectedFrames]).toEqual([5, 5])
})

it('reads true while others flush', async () => {
  for (let i = 1; i <= 20; i++) {
    see(i, left)
    const [found] = await Promise.all([ask(0, 1000), heat.flush()])
    expect(found.cells[at(left)]).toBe(i)
  }
})

it('gives up the oldest buckets when the database stays away', async () => {
  heat = startHeat(2)
  failing.close()
  for (let bucket = 0; bucket < 4; bucket++) see(bucket * heatBucketMs, left)
  await heat.flush()
  await heat.flush()
  failing.open()
  await heat.flush()
  const found = await ask(0, 4 * heatBucketMs)
  expect([found.cells[at(left)], found.inspectedFrames]).toEqual([2, 2])
  expect((await ask(2 * heatBucketMs, 4 * heatBucketMs)).inspectedFrames).toBe(2)
})

it('answers over HTTP: a camera in a window, and the area now', async () => {
  const density = new DensityBoard()
  const app: HttpApp = await httpApp()
  heatRoutes(app, { db: database.db, heat, density })
  const nowMs = Date.now()
  for (const cameraId of [camera, 'b']) {
    for (let s = 20; s >= 3; s--) {
      const seen = inspection(nowMs - s * 1000, [left, left, right], cameraId)
      heat.add(seen)
      density.add(seen)
    }
  }
  const get = async (path: string) => {
    const answer = await app.inject({ url: `/api/v1/heatmaps/${path}`, headers: { 'x-role': 'viewer' } })
    return { status: answer.statusCode, body: answer.json<CameraHeat & AreaHeat & { code?: string }>() }
  }
  const { body } = await get('camera/a?class=person')
  expect(body).toMatchObject({ cameraId: 'a', class: 'person', inspectedFrames: 18, maximum: 36 })
  expect(Date.parse(body.to)).toBeGreaterThanOrEqual(nowMs)
  expect((await get(`camera/a?from=${nowMs - 7_200_000}&to=${nowMs - 3_600_000}`)).body.maximum).toBe(0)
  const area = (await get('area')).body
  // Camera b has no place on the map.
  expect(area.items.map(({ cameraId }) => cameraId)).toEqual(['a', 'c'])
  expect(area.items[0]).toMatchObject({ lon: 120, lat: 30, persons: 2, vehicles: 1 })
  expect(area.items[0]?.inspectedShare).toBeCloseTo(18 / 60, 5)
  expect(area.items[1]).toMatchObject({ persons: 0, vehicles: 0, inspectedShare: 0 })
  for (const [path, status, code] of [
    ['camera/none', 404, 'camera-unknown'],
    ['camera/a?from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z', 400, 'window-empty'],
    ['camera/a?from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z', 400, 'window-too-long'],
    ['camera/a?from=noon', 400, 'time-malformed'],
    ['camera/a?class=cat', 400, 'query-malformed'],
  ] as const) {
    const answer = await get(path)
    expect([answer.status, answer.body.code]).toEqual([status, code])
  }
  await app.close()
})
