import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Readiness } from '../../src/contract/system.ts'
import { createMetrics } from '../../src/platform/metrics.ts'
import { LayoutStore } from '../../src/wall/layout-store.ts'
import { systemRoutes } from '../../src/wall/system-routes.ts'
import { wallRoutes } from '../../src/wall/wall-routes.ts'
import { startAccess, type TestAccess } from '../harness/access.ts'
import { startDatabase, type TestDatabase } from '../harness/database.ts'

let database: TestDatabase
let access: TestAccess
let readiness: Readiness = { ready: true, version: '1', shortfalls: [] }

beforeAll(async () => {
  database = await startDatabase()
  access = await startAccess(database.db)
  wallRoutes(access.app, { layouts: new LayoutStore(database.db) })
  systemRoutes(access.app, {
    readiness: async () => readiness,
    metrics: createMetrics(),
    status: () => ({
      version: '1',
      demo: false,
      timeZone: 'Asia/Shanghai',
      shortfalls: [],
      analysis: {
        workers: 1,
        models: [],
        inspectedPerS: 0,
        wantedPerS: 0,
        droppedPerS: 0,
        camerasBehind: 0,
        oldestFrameMs: 0,
        failedPerMin: 0,
      },
      streams: { open: 0, viewers: 0 },
    }),
  })
  await database.db
    .insertInto('units')
    .values({ id: 'u', parent_id: null, name: 'u', level: 'city', division_code: null, path: 'u/' })
    .execute()
})
afterAll(async () => {
  await access.app.close()
  await database.stop()
})

async function ask(token: string, method: 'GET' | 'PUT', payload?: object) {
  const headers = { authorization: `Bearer ${token}` }
  const answer = await access.app.inject({
    method,
    url: '/api/v1/wall',
    headers,
    ...(payload && { payload }),
  })
  return answer.json<Record<string, unknown>>()
}

it('keeps the wall of each account', async () => {
  await database.db
    .insertInto('cameras')
    .values({
      id: 'c1',
      unit_id: 'u',
      name: 'c',
      source: 'rtsp',
      address: 'rtsp://c',
      streams: '[]',
      device: '{}',
    })
    .execute()
  const [one, other] = [await access.tokenOf('viewer'), await access.tokenOf('operator')]
  expect(await ask(one, 'GET')).toEqual({ tiles: 9, cameraIds: [] })
  const wall = { tiles: 4, cameraIds: [null, 'c1', 'gone'] }
  expect(await ask(one, 'PUT', wall)).toEqual(wall)
  expect(await ask(one, 'GET')).toEqual({ tiles: 4, cameraIds: [null, 'c1', null] })
  expect(await ask(one, 'PUT', { tiles: 16, cameraIds: ['c1'] })).toMatchObject({ tiles: 16 })
  expect(await ask(one, 'GET')).toEqual({ tiles: 16, cameraIds: ['c1'] })
  expect(await ask(other, 'GET')).toEqual({ tiles: 9, cameraIds: [] })
  for (const wrong of [
    { tiles: 5, cameraIds: [] },
    { tiles: 4 },
    { tiles: '4', cameraIds: [] },
    { tiles: 4, cameraIds: ['a b'] },
    { tiles: 4, cameraIds: Array(17).fill(null) },
  ])
    expect(await ask(one, 'PUT', wrong)).toMatchObject({ status: 400, code: 'body-malformed' })
})

it('is alive without the database and ready only with what it needs', async () => {
  expect((await access.app.inject('/healthz')).json()).toEqual({ status: 'ok' })
  const shortfall = { code: 'weights-missing', text: 'no weights', remedy: 'npm start' }
  readiness = { ready: true, version: '1', shortfalls: [shortfall] }
  expect((await access.app.inject('/readyz')).json()).toEqual(readiness)
  readiness = { ...readiness, ready: false }
  const answer = await access.app.inject('/readyz')
  expect([answer.statusCode, answer.json()]).toEqual([503, readiness])
})

it('gives its figures to this machine, or to an administrator', async () => {
  const get = async (from: string, headers: Record<string, string> = {}) => {
    const answer = await access.app.inject({
      url: '/metrics',
      remoteAddress: from,
      headers: { host: 'localhost:8080', ...headers },
    })
    return answer.statusCode
  }
  expect(await get('127.0.0.1')).toBe(200)
  expect(await get('::1')).toBe(200)
  expect(await get('::ffff:127.0.0.1', { host: '127.0.0.1:80' })).toBe(200)
  expect(await get('192.0.2.1')).toBe(401)
  // A proxy on this machine speaks for others, and a name may be pointed at this machine by anybody.
  expect(await get('127.0.0.1', { 'x-forwarded-for': '192.0.2.1' })).toBe(401)
  expect(await get('127.0.0.1', { host: 'evil.example' })).toBe(401)
  const admin = { authorization: `Bearer ${await access.tokenOf('administrator')}` }
  expect(await get('192.0.2.1', admin)).toBe(200)
  const viewer = { authorization: `Bearer ${await access.tokenOf('viewer')}` }
  expect(await get('192.0.2.1', viewer)).toBe(403)
  const system = await access.app.inject({ url: '/api/v1/system', headers: viewer })
  expect(system.json()).toMatchObject({ streams: { open: 0 } })
})
