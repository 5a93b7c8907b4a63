import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest'
import type { CameraId } from '../../src/domain/ids.ts'
import { recordingRoutes } from '../../src/media/recorder/routes.ts'
import { RecordingSettingsStore } from '../../src/media/recorder/settings-store.ts'
import { FootageLocks } from '../../src/media/retention/footage-locks.ts'
import { Retention, type RetentionOptions } from '../../src/media/retention/retention.ts'
import { createLog } from '../../src/platform/log.ts'
import { insertCameras } from '../harness/cameras.ts'
import { startDatabase, type TestDatabase } from '../harness/database.ts'
import { httpApp } from '../harness/http.ts'
import { clearRecordings, recordingFolder } from '../harness/recording.ts'

const gate = 'gate' as CameraId
const dayMs = 86_400_000
const now = Date.now()

let database: TestDatabase
let folder: ReturnType<typeof recordingFolder>
let verdicts: boolean[]

beforeAll(async () => {
  database = await startDatabase()
  await insertCameras(database.db, gate, 'yard')
})
afterAll(() => database.stop())
beforeEach(async () => {
  await clearRecordings(database.db)
  folder = recordingFolder()
  verdicts = []
})
afterEach(() => folder.remove())

function retention(change: Partial<RetentionOptions> = {}): Retention {
  const part = new Retention({
    db: database.db,
    log: createLog('silent'),
    root: folder.dataDir,
    settings: new RecordingSettingsStore(database.db),
    locks: new FootageLocks(database.db),
    budgetBytes: null,
    reserveBytes: 0,
    writtenBytes: () => 0,
    verdict: (may) => verdicts.push(may),
    ...change,
  })
  onTestFinished(() => part.stop())
  return part
}

/** Ten seconds that long ago, with a file of 1000 bytes. */
async function segment(ageMs: number, change: { camera?: string; class?: 'event' } = {}): Promise<string> {
  const { camera = gate, class: footage = 'continuous' } = change
  const start = new Date(now - ageMs)
  const path = `${camera}/${start.toISOString().slice(0, 10)}/${start.getTime()}.mp4`
  mkdirSync(dirname(join(folder.dataDir, path)), { recursive: true })
  writeFileSync(join(folder.dataDir, path), Buffer.alloc(1000))
  await database.db
    .insertInto('recording_segments')
    .values({
      ...{ camera_id: camera, stream: 'main', run_id: 'run', class: footage, path, bytes: 1000 },
      ...{ start_at: start, end_at: new Date(start.getTime() + 10_000), sha256: Buffer.alloc(32) },
      ...{ init_bytes: 10, init_sha256: Buffer.alloc(32), codec: 'avc1', width_px: 1, height_px: 1 },
      ...{ samples: 250, keyframe_ms: [0], keyframe_offset: [10] },
    })
    .execute()
  return path
}

async function kept(): Promise<string[]> {
  const rows = await database.db.selectFrom('recording_segments').select('path').orderBy('start_at').execute()
  return rows.map(({ path }) => path)
}
const onDisk = (path: string) => existsSync(join(folder.dataDir, path))
const lock = (agoMs: number) => ({
  cameraId: gate,
  fromUtcMs: now - agoMs,
  toUtcMs: now - agoMs + 5000,
  reason: 'a case',
  lockedBy: 'admin',
})

it('what is past its days goes, with its file and its empty folder; what is locked stays', async () => {
  await new RecordingSettingsStore(database.db).change(gate, {
    continuousRetentionDays: 2,
    eventRetentionDays: 5,
  })
  const locked = await segment(9 * dayMs)
  const old = await segment(8 * dayMs)
  const event = await segment(3 * dayMs, { class: 'event' })
  const past = await segment(3 * dayMs - 60_000)
  const elsewhere = await segment(3 * dayMs - 30_000, { camera: 'yard' })
  const young = await segment(dayMs)
  const locks = new FootageLocks(database.db)
  const id = await locks.lock(lock(9 * dayMs))
  const part = retention()
  await part.look()
  expect(await kept()).toEqual([locked, event, elsewhere, young])
  expect([locked, event, elsewhere, young].every(onDisk)).toBe(true)
  expect([old, past, dirname(old)].some(onDisk)).toBe(false)
  expect(part.figures()).toMatchObject({ deletedSegments: 2, deletedBytes: 2000, usedBytes: 4000 })
  expect(part.shortfalls()).toEqual([])
  await locks.release(id)
  await retention().look()
  expect(await kept()).toEqual([event, elsewhere, young])
})

it('over the budget the oldest goes first, but for what is locked', async () => {
  const paths: string[] = []
  for (let i = 0; i < 6; i++) paths.push(await segment(dayMs - i * 20_000))
  await new FootageLocks(database.db).lock(lock(dayMs))
  await retention({ budgetBytes: 4100 }).look()
  // 1900 bytes over it: two go, and the locked one is not among them.
  expect(await kept()).toEqual([paths[0], ...paths.slice(3)])
  expect(verdicts).toEqual([true])
})

it('stops recording when all that is left is locked, says so, and goes on when there is room', async () => {
  for (let i = 0; i < 3; i++) await segment(dayMs - i * 20_000)
  const locks = new FootageLocks(database.db)
  const id = await locks.lock({ ...lock(dayMs), toUtcMs: now })
  const part = retention({ budgetBytes: 2000 })
  await part.look()
  expect(await kept()).toHaveLength(3)
  expect(verdicts).toEqual([false])
  expect(part.shortfalls()).toMatchObject([{ code: 'recording-stopped' }])
  await locks.release(id)
  await part.look()
  expect(await kept()).toHaveLength(1)
  expect(verdicts).toEqual([false, true])
  expect(part.shortfalls()).toEqual([])
})

it('an alarm comes before recording stops', async () => {
  await segment(dayMs)
  await new FootageLocks(database.db).lock(lock(dayMs))
  const before = retention()
  await before.look()
  const { freeBytes } = before.figures()
  const part = retention({ reserveBytes: Math.round(freeBytes * 1.5) })
  await part.look()
  expect(verdicts.at(-1)).toBe(true)
  expect(part.shortfalls()).toMatchObject([{ code: 'recording-disk-low' }])
})

it('a deletion that was cut off is finished', async () => {
  const path = await segment(dayMs)
  await database.db.deleteFrom('recording_segments').execute()
  await database.db.insertInto('recording_garbage').values({ path, bytes: 1000 }).execute()
  await retention().look()
  expect(onDisk(path)).toBe(false)
  expect(await database.db.selectFrom('recording_garbage').selectAll().execute()).toEqual([])
})

it('answers how a camera is recorded, and what is recorded', async () => {
  const app = await httpApp()
  onTestFinished(() => app.close())
  recordingRoutes(app, { db: database.db, settings: new RecordingSettingsStore(database.db) })
  const ask = async (method: 'GET' | 'PUT', path: string, payload?: object, role = 'administrator') => {
    const answer = await app.inject({
      method,
      url: `/api/v1/cameras/${path}`,
      headers: { 'x-role': role },
      ...(payload && { payload }),
    })
    return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() }
  }
  expect((await ask('GET', 'gate/recording')).body).toMatchObject({ mode: 'off', stream: 'main' })
  const schedule = [{ days: [1, 2], fromMinute: 0, toMinute: 720 }]
  const changed = await ask('PUT', 'gate/recording', { mode: 'event', eventTrigger: 'track', schedule })
  expect(changed.body).toMatchObject({ mode: 'event', eventTrigger: 'track', schedule, preRollMs: 5000 })
  expect((await ask('GET', 'gate/recording', undefined, 'viewer')).body).toEqual(changed.body)
  expect((await ask('PUT', 'gate/recording', { mode: 'off' }, 'operator')).status).toBe(403)
  expect((await ask('PUT', 'gate/recording', { mode: 'sometimes' })).status).toBe(400)
  expect((await ask('PUT', 'nowhere/recording', { mode: 'off' })).body['code']).toBe('camera-unknown')

  await segment(60_000)
  await segment(50_000)
  await segment(30_000)
  const from = new Date(now - 3_600_000).toISOString()
  const { body } = await ask('GET', `gate/recordings?from=${from}&to=${now}`, undefined, 'viewer')
  expect(body['runs']).toEqual([
    {
      from: new Date(now - 60_000).toISOString(),
      to: new Date(now - 40_000).toISOString(),
      ...{ stream: 'main', class: 'continuous', bytes: 2000 },
    },
    {
      from: new Date(now - 30_000).toISOString(),
      to: new Date(now - 20_000).toISOString(),
      ...{ stream: 'main', class: 'continuous', bytes: 1000 },
    },
  ])
  const refused = async (query: string) => (await ask('GET', query)).body['code']
  expect(await refused(`gate/recordings?from=${now}&to=${now}`)).toBe('window-empty')
  expect(await refused(`gate/recordings?from=0&to=${now}`)).toBe('recordings-window-too-long')
  expect(await refused(`nowhere/recordings?from=${from}&to=${now}`)).toBe('camera-unknown')
})

it('a file that cannot be removed keeps no other footage on the disk', async () => {
  const [stuck, old] = [await segment(90 * dayMs), await segment(89 * dayMs)]
  // A folder in its place cannot be removed as a file.
  rmSync(join(folder.dataDir, stuck))
  mkdirSync(join(folder.dataDir, stuck, 'inside'), { recursive: true })
  const part = retention()
  await part.look()
  expect(onDisk(old)).toBe(false)
  const older = await segment(88 * dayMs)
  // One that could be removed by now, and another look at all that is old.
  rmSync(join(folder.dataDir, stuck), { recursive: true })
  await retention().look()
  expect(onDisk(older)).toBe(false)
  expect(await database.db.selectFrom('recording_garbage').selectAll().execute()).toEqual([])
})
