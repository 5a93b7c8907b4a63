import { afterAll, beforeAll, expect, it } from 'vitest'
import { Places } from '../../src/access/places.ts'
import { DensityBoard } from '../../src/analytics/density-board.ts'
import { Statistics } from '../../src/analytics/statistics.ts'
import type { Counts, LineCounts } from '../../src/contract/counts.ts'
import type { AreaHeat, CameraHeat } from '../../src/contract/heatmaps.ts'
import { bucketStart } from '../../src/domain/bucket-sums.ts'
import type { CameraId } from '../../src/domain/ids.ts'
import { hourMs } from '../../src/domain/rollup.ts'
import type { HttpApp } from '../../src/platform/http.ts'
import { createLog } from '../../src/platform/log.ts'
import { createMetrics } from '../../src/platform/metrics.ts'
import { insertCameras } from '../harness/cameras.ts'
import { startDatabase, type TestDatabase } from '../harness/database.ts'
import { httpApp } from '../harness/http.ts'
import { inspection, type Sighting } from '../harness/inspection.ts'
import { until } from '../harness/until.ts'

/** Two whole hours ago, on the hour: settled, and inside one day in any zone that this is asked in. */
const nowMs = Date.now()
const start = Math.floor((nowMs - 2 * hourMs) / hourMs) * hourMs
const window = `from=${start}&to=${start + 600_000}`

let database: TestDatabase
let statistics: Statistics
let density: DensityBoard
let app: HttpApp

beforeAll(async () => {
  database = await startDatabase()
  await insertCameras(database.db, 'a', 'b', 'c')
  await drawLine('line-1', 'a', '=HYPERLINK("http://x") 东口')
  await drawLine('line-2', 'c', '西口')
  density = new DensityBoard()
  statistics = open()
  await statistics.start()
  app = await httpApp()
  statistics.routes(app, { density, places: new Places(database.db) })
})
afterAll(async () => {
  await statistics.stop()
  await app.close()
  await database.stop()
})

function open(): Statistics {
  const { db } = database
  return new Statistics({ db, log: createLog('silent'), metrics: createMetrics(), timeZone: 'Asia/Shanghai' })
}

/** As a gateway that is stopped and started again: what was late is summed up. */
async function storeAndSumUp(): Promise<void> {
  await statistics.stop()
  statistics = open()
  await statistics.start()
  const due = () =>
    database.db.selectFrom('rollups_due').select('camera_id').where('span', '=', 'hour').execute()
  await until('every hour is summed up', async () => (await due()).length === 0)
}

async function drawLine(id: string, cameraId: string, name: string): Promise<void> {
  const points = [
    { x: 0.5, y: 0.95 },
    { x: 0.5, y: 0.05 },
  ]
  await database.db
    .insertInto('zones')
    .values({ id, camera_id: cameraId, name, kind: 'tripwire', points: JSON.stringify(points) })
    .execute()
}

interface Answer<T> {
  readonly status: number
  readonly body: T & { readonly code?: string }
}

async function get<T>(path: string): Promise<Answer<T>> {
  const answer = await app.inject({ url: `/api/v1/${path}`, headers: { 'x-role': 'viewer' } })
  return { status: answer.statusCode, body: answer.json() }
}

/** One object from one side to the other within four seconds, four frames a second. */
function pass(
  cameraId: string,
  atMs: number,
  way: 'forward' | 'backward',
  sighting: Partial<Sighting>,
): void {
  for (let frame = 0; frame <= 16; frame++) {
    const x = way === 'forward' ? 0.1 + frame * 0.05 : 0.9 - frame * 0.05
    const trackId = `${cameraId}-${atMs}`
    statistics.inspect(
      inspection(start + atMs + frame * 250, [{ at: [x, 0.5], trackId, ...sighting }], cameraId),
    )
  }
}

it('counts lines as they truly were crossed, whether rules stand on them or not', async () => {
  const truth = [
    ['person', 'forward', 7],
    ['person', 'backward', 3],
    ['car', 'forward', 5],
    ['truck', 'backward', 2],
  ] as const
  let at = 0
  for (const [name, way, times] of truth)
    for (let i = 0; i < times; i++) {
      pass('a', at, way, { class: name })
      at += 12_000
    }
  pass('c', 0, 'forward', { class: 'bus' })
  // A face crosses with its person, and somebody trembles on the line: neither counts.
  pass('c', 10_000, 'forward', { class: 'face' })
  for (let frame = 0; frame < 20; frame++) {
    const foot: Sighting = { at: [0.5 + (frame % 2) * 0.004, 0.5], trackId: 'trembling' }
    statistics.inspect(inspection(start + 30_000 + frame * 250, [foot], 'c'))
  }
  await storeAndSumUp()

  const { body } = await get<Counts>(`counts?cameraId=a&by=5min&${window}`)
  expect([body.forward, body.backward, body.cameras]).toEqual([12, 5, 1])
  expect(body.classes).toEqual([
    { class: 'person', forward: 7, backward: 3 },
    { class: 'car', forward: 5, backward: 0 },
    { class: 'truck', forward: 0, backward: 2 },
  ])
  expect(body.steps.map(({ forward, backward }) => [forward, backward])).toEqual([
    [12, 5],
    [0, 0],
  ])
  // 17 passings of 4 s, and between them 8 s in which nobody looked.
  expect(body.steps[0]?.inspectedShare).toBeCloseTo((17 * 4) / 300, 3)
  expect(body.steps[1]?.inspectedShare).toBe(0)
  const unit = await get<Counts>(`counts?unitId=unit-1&by=hour&${window}&class=vehicle`)
  expect([unit.body.forward, unit.body.backward, unit.body.cameras]).toEqual([6, 2, 2])
  expect(unit.body.steps).toHaveLength(1)
  const day = await get<Counts>(`counts?cameraId=a&lineId=line-1&by=day&${window}`)
  expect([day.body.forward, day.body.timeZone]).toEqual([12, 'Asia/Shanghai'])
  expect(day.body.from.endsWith('T16:00:00.000Z')).toBe(true)

  const lines = await get<LineCounts>(`counts/lines?unitId=unit-1&${window}`)
  expect(lines.body.items.map(({ lineId, forward, backward }) => [lineId, forward, backward])).toEqual([
    ['line-1', 12, 5],
    ['line-2', 1, 0],
  ])
  expect(lines.body.items[1]).toMatchObject({ name: '西口', cameraName: 'camera c', unitName: '东街道' })
})

it('watches a line from the moment when it is drawn, and keeps what a removed one has counted', async () => {
  await drawLine('line-3', 'c', '新线')
  await statistics.linesChanged('c' as CameraId)
  await database.db.deleteFrom('zones').where('id', '=', 'line-2').execute()
  await statistics.linesChanged('c' as CameraId)
  pass('c', 60_000, 'backward', {})
  await storeAndSumUp()
  const { body } = await get<LineCounts>(`counts/lines?cameraId=c&${window}`)
  expect(body.items.map(({ lineId, name, forward, backward }) => [lineId, name, forward, backward])).toEqual([
    ['line-3', '新线', 0, 1],
    ['line-2', null, 1, 0],
  ])
})

it('exports for a spreadsheet, and no name runs as a formula', async () => {
  const answer = await app.inject({ url: `/api/v1/counts.csv?unitId=unit-1&by=hour&${window}` })
  expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8')
  expect(answer.headers['content-disposition']).toContain('.csv')
  const [heading, ...rows] = answer.body.trimEnd().split('\r\n')
  expect(heading).toBe('\ufeff开始时间（Asia/Shanghai）,单位,摄像机,绊线,目标,正向,反向,合计')
  expect(rows).toHaveLength(5)
  const local = new Date(start + 8 * hourMs).toISOString().slice(0, 19).replace('T', ' ')
  expect(rows).toContain(`${local},东街道,camera a,"'=HYPERLINK(""http://x"") 东口",人,7,3,10`)
  const english = await app.inject({ url: `/api/v1/counts.csv?cameraId=a&by=day&language=en&${window}` })
  expect(english.body).toMatch(
    /^\ufeffStart \(Asia\/Shanghai\),Unit,Camera,Tripwire,Object,Forward,Backward,Total\r\n/,
  )
})

it('answers for an area in a window, and says what it rests on', async () => {
  const { db } = database
  // Online for half of the ten minutes; two persons stand there for a minute of them, at camera c nobody.
  statistics.cameraState('a' as CameraId, 'online', start)
  statistics.cameraState('a' as CameraId, 'offline', start + 300_000)
  await db.deleteFrom('heat_totals').execute()
  await db.deleteFrom('heat_grids').execute()
  for (let second = 0; second <= 60; second++) {
    const pair = ['one', 'two'].map((trackId): Sighting => ({ at: [0.3, 0.5], trackId }))
    statistics.inspect(
      inspection(start + second * 1000, [...pair, { at: [0.7, 0.5], class: 'car', trackId: 'car' }], 'a'),
    )
    statistics.inspect(inspection(start + second * 1000, [], 'c'))
  }
  await storeAndSumUp()
  const { body } = await get<AreaHeat>(`heatmaps/area?${window}`)
  // Camera b has no place on the map.
  expect(body.items.map(({ cameraId }) => cameraId)).toEqual(['a', 'c'])
  expect(body.items[0]).toMatchObject({
    persons: 2,
    vehicles: 1,
    value: 3,
    inspectedShare: 0.1,
    onlineShare: 0.5,
  })
  expect(body.items[1]).toMatchObject({ persons: 0, value: 0, inspectedShare: 0.1, onlineShare: 0 })
  expect(body.unit).toBe('objects')
  expect(body.coverage).toEqual({
    cameras: 2,
    inspectedCameras: 2,
    inspectedShare: 0.1,
    onlineHours: 600_000 / hourMs / 2,
    cameraHours: (2 * 600_000) / hourMs,
  })
  const passages = await get<AreaHeat>(`heatmaps/area?${window}&measure=passages&class=person`)
  expect(passages.body.items[0]).toMatchObject({ value: 120, vehicles: 60 })
  const raw = await get<AreaHeat>(`heatmaps/area?${window}&normalised=false&class=car`)
  expect([raw.body.unit, raw.body.items[0]?.value]).toEqual(['object-seconds', 60])
  const before = await get<AreaHeat>(`heatmaps/area?from=${start - hourMs}&to=${start}`)
  expect(before.body.coverage).toMatchObject({ cameras: 2, inspectedCameras: 0, inspectedShare: 0 })
  const east = await get<AreaHeat>(`heatmaps/area?${window}&bbox=121,29,123,31&unitId=unit-1`)
  expect(east.body.items.map(({ cameraId }) => cameraId)).toEqual(['c'])
  const camera = await get<CameraHeat>(`heatmaps/camera/a?${window}&class=person`)
  expect(camera.body).toMatchObject({
    maximum: 120,
    unit: 'object-seconds',
    inspectedMs: 60_000,
    onlineMs: 300_000,
  })
})

it('answers for the area now', async () => {
  for (const cameraId of ['a', 'b']) {
    for (let s = 20; s >= 3; s--) {
      const two = ['one', 'two'].map((trackId): Sighting => ({ at: [0.3, 0.5], trackId }))
      density.add(inspection(Date.now() - s * 1000, [...two, { at: [0.7, 0.5], class: 'car' }], cameraId))
    }
  }
  const { body } = await get<AreaHeat>('heatmaps/area')
  expect(body.items.map(({ cameraId }) => cameraId)).toEqual(['a', 'c'])
  expect(body.items[0]).toMatchObject({ lon: 120, lat: 30, persons: 2, vehicles: 1, value: 3 })
  expect(body.items[0]?.inspectedShare).toBeCloseTo(18 / 60, 1)
  expect(body.items[1]).toMatchObject({ persons: 0, vehicles: 0, inspectedShare: 0 })
})

it('ends what a killed gateway left open when it was last alive', async () => {
  // As if the gateway had been seen alive a minute later, and never again.
  await database.db
    .insertInto('camera_online')
    .values({ camera_id: 'c', from_at: new Date(start), to_at: null })
    .execute()
  await database.db
    .updateTable('gateway_alive')
    .set({ at: new Date(start + 60_000) })
    .execute()
  const next = open()
  await next.start()
  const { body } = await get<CameraHeat>(`heatmaps/camera/c?from=${start}&to=${start + hourMs}`)
  expect(body.onlineMs).toBe(60_000)
  await next.stop()
})

it('refuses what it cannot answer', async () => {
  const late = bucketStart(start)
  for (const [path, status, code] of [
    ['heatmaps/camera/none', 404, 'camera-unknown'],
    [`heatmaps/camera/a?from=${late}&to=${late}`, 400, 'window-empty'],
    ['heatmaps/camera/a?from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z', 400, 'window-too-long'],
    ['heatmaps/camera/a?from=noon', 400, 'time-malformed'],
    ['heatmaps/camera/a?class=cat', 400, 'query-malformed'],
    ['heatmaps/area?bbox=1,2,3', 400, 'query-malformed'],
    ['heatmaps/area?bbox=10,0,5,1', 400, 'bbox-malformed'],
    [`counts?by=hour&${window}`, 400, 'counts-scope'],
    [`counts?by=hour&${window}&unitId=unit-1&cameraId=a`, 400, 'counts-scope'],
    [`counts?by=hour&${window}&unitId=unit-1&lineId=x`, 400, 'counts-scope'],
    [`counts?by=hour&${window}&unitId=none`, 404, 'unit-unknown'],
    [`counts?by=hour&${window}&cameraId=none`, 404, 'camera-unknown'],
    ['counts?by=5min&cameraId=a&from=2026-01-01T00:00:00Z&to=2026-01-04T00:00:00Z', 400, 'window-too-long'],
    [
      'counts.csv?by=day&cameraId=a&from=2026-01-01T00:00:00Z&to=2026-06-04T00:00:00Z',
      400,
      'window-too-long',
    ],
  ] as const) {
    const answer = await get(path)
    expect([path, answer.status, answer.body.code]).toEqual([path, status, code])
  }
})
