import { join } from 'node:path'
import { sql } from 'kysely'
import { Client } from 'pg'
import { expect, it, onTestFinished } from 'vitest'
import { openDatabase } from '../../src/platform/database.ts'
import { createLog } from '../../src/platform/log.ts'
import { listCameras } from '../../src/registry/camera-list.ts'
import { fillNameKeys, nameKey } from '../../src/registry/name-key.ts'
import { startDatabase } from '../harness/database.ts'

it.each([
  ['重庆路', '重庆路\nchongqinglu\ncql'],
  ['Gate 12', 'Gate 12\nGate12\nG12'],
  ['吕梁1号', '吕梁1号\nlvliang1hao\nll1h'],
])('%s is searched by itself, its sounds and its initials', (name, expected) => {
  expect(nameKey(name)).toBe(expected)
})

it('searches also where the extension for trigrams may not be created, and rows from before', async () => {
  const log = createLog('silent')
  const server = await startDatabase()
  onTestFinished(() => server.stop())
  await sql`create role plain login`.execute(server.db)
  await sql`create database plain`.execute(server.db)
  const socket = encodeURIComponent(join(server.dataDir, 'db'))
  const address = (user: string) => `postgresql://${user}@localhost:5432/plain?host=${socket}`
  const owner = new Client({ connectionString: address('xueliang') })
  await owner.connect()
  await owner.query('grant create on schema public to plain')
  await owner.end()
  const { db, stop } = await openDatabase({ log, dataDir: server.dataDir, databaseUrl: address('plain') })
  onTestFinished(() => stop())
  const indexes = await sql`select 1 from pg_indexes where indexname = 'cameras_search'`.execute(db)
  expect(indexes.rows).toEqual([])

  const unit = { id: 'unit', name: '东区', level: 'county', path: 'unit/' } as const
  await db.insertInto('units').values(unit).execute()
  const camera = { unit_id: 'unit', source: 'rtsp', streams: '[]', device: '{}' } as const
  await db
    .insertInto('cameras')
    .values({ ...camera, id: 'camera', name: '重庆路', address: 'rtsp://10.0.0.1/Main' })
    .execute()
  const found = async (q: string) => (await listCameras(db, { q })).rows.length
  expect([await found('重庆'), await found('MAIN'), await found('cql')]).toEqual([1, 1, 0])
  await fillNameKeys(db, 'cameras')
  expect([await found('重庆'), await found('MAIN'), await found('CQL')]).toEqual([1, 1, 1])
}, 60_000)
