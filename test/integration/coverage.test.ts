import { afterAll, beforeAll, expect, it } from 'vitest'
import { CoverageLedger } from '../../src/analytics/coverage-ledger.ts'
import { coverageRoutes } from '../../src/analytics/coverage-routes.ts'
import type { InspectedAnswer } from '../../src/contract/inspections.ts'
import type { CameraId } from '../../src/domain/ids.ts'
import type { HttpApp } from '../../src/platform/http.ts'
import { createLog } from '../../src/platform/log.ts'
import { createMetrics } from '../../src/platform/metrics.ts'
import { startDatabase, type TestDatabase } from '../harness/database.ts'
import { httpApp } from '../harness/http.ts'

const now = Date.now()
const minutes = 60_000
let database: TestDatabase
let app: HttpApp

beforeAll(async () => {
  database = await startDatabase()
  app = await httpApp()
  coverageRoutes(app, { db: database.db })
})
afterAll(async () => {
  await app.close()
  await database.stop()
})

function ledger(): CoverageLedger {
  const { registry } = createMetrics()
  return new CoverageLedger({ db: database.db, log: createLog('silent'), registry })
}

async function inspected(cameraId: string, fromUtcMs: number, toUtcMs: number) {
  const url = `/api/v1/cameras/${cameraId}/inspected?from=${fromUtcMs}&to=${toUtcMs}`
  const answer = (await app.inject({ url })).json<InspectedAnswer>()
  const ago = (time: string) => Math.round((Date.parse(time) - now) / minutes)
  return {
    inspected: answer.inspected.map(({ from, to }) => [ago(from), ago(to)]),
    notInspected: answer.notInspected.map(({ from, to, reason }) => [ago(from), ago(to), reason]),
  }
}

it('keeps what was and was not inspected through a kill -9, whose time is told apart', async () => {
  const camera = 'killed' as CameraId
  const at = (ago: number) => now - ago * minutes
  const killed = ledger()
  await killed.start(at(60))
  killed.add(camera, { fromUtcMs: at(60), toUtcMs: at(58), reason: 'stream-starting' })
  killed.add(camera, { fromUtcMs: at(58), toUtcMs: null, reason: null })
  await killed.flush()
  // The last sign of life before it was killed.
  await database.db
    .updateTable('inspection_alive')
    .set({ at: new Date(at(30)) })
    .execute()
  const next = ledger()
  await next.start(at(20))
  next.add(camera, { fromUtcMs: at(20), toUtcMs: null, reason: 'connection-lost' })
  await next.stop()
  expect(await inspected(camera, at(59), now + minutes)).toEqual({
    inspected: [[-58, -30]],
    notInspected: [
      [-59, -58, 'stream-starting'],
      [-30, -20, 'gateway-stopped'],
      [-20, 0, 'connection-lost'],
    ],
  })
  expect(await inspected(camera, at(50), at(40))).toEqual({ inspected: [[-50, -40]], notInspected: [] })
})

it('starts again where it was killed before it was heard of again after a span began', async () => {
  const camera = 'early' as CameraId
  const at = (ago: number) => now - ago * minutes
  const killed = ledger()
  await killed.start(at(10))
  killed.add(camera, { fromUtcMs: at(8), toUtcMs: null, reason: null })
  await killed.flush()
  await database.db
    .updateTable('inspection_alive')
    .set({ at: new Date(at(9)) })
    .execute()
  const next = ledger()
  await next.start(at(5))
  await next.stop()
  expect(await inspected(camera, at(10), at(5))).toEqual({
    inspected: [],
    notInspected: [[-8, -5, 'gateway-stopped']],
  })
})

it('writes what is said again over what was said before, and ends a span where a later one begins', async () => {
  const camera = 'again' as CameraId
  const kept = ledger()
  const from = now - 10 * minutes
  kept.add(camera, { fromUtcMs: from, toUtcMs: null, reason: 'stream-starting' })
  await kept.flush()
  kept.add(camera, { fromUtcMs: from, toUtcMs: null, reason: 'analysis-off' })
  // Its end was lost on the way.
  kept.add(camera, { fromUtcMs: from + 5 * minutes, toUtcMs: null, reason: null })
  await kept.stop()
  expect(await inspected(camera, from, now)).toEqual({
    inspected: [[-5, 0]],
    notInspected: [[-10, -5, 'analysis-off']],
  })
})

it('keeps what cannot be stored until it can be', async () => {
  const camera = 'later' as CameraId
  const kept = ledger()
  const from = now - 4 * minutes
  kept.add(camera, { fromUtcMs: from, toUtcMs: now, reason: null })
  await database.db.schema.alterTable('inspection_intervals').renameTo('inspection_away').execute()
  await kept.flush()
  await database.db.schema.alterTable('inspection_away').renameTo('inspection_intervals').execute()
  expect(await inspected(camera, from, now)).toEqual({ inspected: [], notInspected: [] })
  await kept.stop()
  expect(await inspected(camera, from, now)).toEqual({ inspected: [[-4, 0]], notInspected: [] })
})

it.each([
  ['from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 'window-empty'],
  ['from=2025-01-01T00:00:00Z&to=2026-01-01T00:00:00Z', 'inspected-window-too-long'],
  ['from=yesterday&to=1', 'time-malformed'],
])('refuses %s', async (query, code) => {
  const answer = await app.inject({ url: `/api/v1/cameras/a/inspected?${query}` })
  expect(answer.json<{ code: string }>().code).toBe(code)
})
