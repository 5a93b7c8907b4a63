import {
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import {
  startVirtualCameras,
  type VirtualCamera,
  type VirtualCameras,
} from '../../scripts/virtual-cameras/index.ts'
import { readRecordings } from '../../src/media/recorder/recording-index.ts'
import { insertCameras } from '../harness/cameras.ts'
import { startDatabase, type TestDatabase } from '../harness/database.ts'
import { openFailing } from '../harness/database-proxy.ts'
import {
  clearRecordings,
  falseRows,
  record,
  recordingFolder,
  startRecorder,
  type TestRecorder,
} from '../harness/recording.ts'
import { bFrameClip, cameraId, plainClip } from '../harness/streams.ts'
import { until } from '../harness/until.ts'

let database: TestDatabase
let cameras: VirtualCameras
let gate: VirtualCamera
let yard: VirtualCamera
let folder: ReturnType<typeof recordingFolder>
let running: TestRecorder

beforeAll(async () => {
  database = await startDatabase()
  await insertCameras(database.db, 'gate', 'yard')
  cameras = await startVirtualCameras({
    cameras: [
      { name: 'gate', main: await plainClip(), address: '127.0.1.44' },
      { name: 'yard', main: await bFrameClip(), address: '127.0.1.45' },
    ],
  })
  ;[gate, yard] = cameras.cameras as [VirtualCamera, VirtualCamera]
})
afterAll(async () => {
  await cameras.stop()
  await database.stop()
})
beforeEach(async () => {
  await clearRecordings(database.db)
  folder = recordingFolder()
  await start()
})
afterEach(async () => {
  await running.stop()
  await gate.fault(null)
  folder.remove()
})

async function start(): Promise<void> {
  running = await startRecorder(database.db, [gate, yard], folder.dataDir, { segmentMs: 2000 })
}

async function rows() {
  return await database.db.selectFrom('recording_segments').selectAll().orderBy('start_at').execute()
}
async function gaps() {
  return await database.db.selectFrom('recording_gaps').selectAll().orderBy('from_at').execute()
}
const stored = (count: number) => until(`${count} segments`, async () => (await rows()).length >= count)
const answer = (name: string) =>
  readRecordings(
    database.db,
    cameraId(name),
    { fromUtcMs: Date.now() - 3_600_000, toUtcMs: Date.now() + 60_000 },
    Date.now(),
  )
const expectTrue = async () => expect(await falseRows(database.db, running.root)).toEqual([])

it.each(['gate', 'yard'])('records %s without a break, in segments that join', async (name) => {
  await record(running, name)
  await stored(2)
  await running.stop()
  const [first, second, ...more] = await rows()
  if (first === undefined || second === undefined) throw new Error('two segments were expected')
  expect(second.run_id).toBe(first.run_id)
  expect(second.start_at).toEqual(first.end_at)
  expect(second.init_sha256).toEqual(first.init_sha256)
  expect(first).toMatchObject({ stream: 'main', class: 'continuous', width_px: 320, height_px: 240 })
  expect(first.end_at.getTime() - first.start_at.getTime()).toBeGreaterThan(1900)
  expect(first.keyframe_ms.length).toBeGreaterThanOrEqual(2)
  expect(first.keyframe_offset[0]).toBe(first.init_bytes)
  await expectTrue()
  const { runs, gaps: missing, days } = await answer(name)
  const end = (more.at(-1) ?? second).end_at
  expect(runs).toMatchObject([{ from: first.start_at.toISOString(), to: end.toISOString() }])
  expect(missing.filter(({ reason }) => reason !== 'stream-starting')).toEqual([])
  expect(days.reduce((sum, day) => sum + day.recordedMs, 0)).toBe(end.getTime() - first.start_at.getTime())
})

it('a camera that is away leaves a gap with the reason, open while it lasts', async () => {
  await record(running, 'gate')
  await stored(1)
  await gate.fault('refuse')
  await until('an open gap', async () => (await answer('gate')).gaps.find(({ open }) => open))
  const [open] = (await answer('gate')).gaps.filter((gap) => gap.open)
  expect(open?.reason).toMatch(/^connection-(lost|closed)$/)
  await gate.fault(null)
  await until('the gap is closed', async () => (await answer('gate')).gaps.every((gap) => !gap.open))
  const before = (await rows()).length
  await stored(before + 1)
  await running.stop()
  const gap = (await gaps()).find(({ reason }) => reason === open?.reason)
  const stretch = await rows()
  // What is recorded ends where the gap begins, and goes on where it ends.
  expect(stretch.map(({ end_at }) => end_at)).toContainEqual(gap?.from_at)
  expect(stretch.map(({ start_at }) => start_at)).toContainEqual(gap?.to_at)
  expect(new Set(stretch.map(({ run_id }) => run_id)).size).toBe(2)
  const { days } = await answer('gate')
  expect(days.reduce((sum, { missingMs }) => sum + missingMs, 0)).toBeGreaterThanOrEqual(
    (gap?.to_at?.getTime() ?? 0) - (gap?.from_at.getTime() ?? 0),
  )
  await expectTrue()
})

it('a gateway that was stopped says so', async () => {
  await record(running, 'gate')
  await stored(1)
  await running.stop()
  const last = (await rows()).at(-1)
  await start()
  const before = (await rows()).length
  await stored(before + 1)
  const next = (await rows())[before]
  expect((await gaps()).find(({ reason }) => reason === 'gateway-stopped')).toMatchObject({
    from_at: last?.end_at,
    to_at: next?.start_at,
  })
})

it('records around an event only, from before it on', async () => {
  await record(running, 'gate', { mode: 'event', preRollMs: 2000, postRollMs: 1500 })
  await until('the stream plays', () => running.watched.latest('gate')?.state === 'online')
  await new Promise((resolve) => setTimeout(resolve, 4000))
  expect(running.recorder.figures()).toMatchObject({ recording: 0, writtenBytes: 0 })
  const atUtcMs = Date.now() - 300
  running.recorder.event(cameraId('gate'), atUtcMs, 'track')
  expect(running.recorder.figures().recording).toBe(0)
  running.recorder.event(cameraId('gate'), atUtcMs, 'alert')
  expect(running.recorder.figures().recording).toBe(1)
  await until('the end of it', () => running.recorder.figures().recording === 0)
  await until('its rows', async () => (await rows()).at(-1)?.end_at.getTime() ?? 0 >= atUtcMs + 1000)
  await running.stop()
  const found = await rows()
  expect(found.every((row) => row.class === 'event')).toBe(true)
  expect(found[0]?.start_at.getTime()).toBeLessThanOrEqual(atUtcMs - 2000)
  expect(found[0]?.start_at.getTime()).toBeGreaterThan(atUtcMs - 4000)
  expect(found.at(-1)?.end_at.getTime()).toBeGreaterThan(atUtcMs + 1000)
  expect(found.at(-1)?.end_at.getTime()).toBeLessThan(atUtcMs + 3000)
  expect(await gaps()).toEqual([])
  await expectTrue()
})

it('footage of an event in a continuous recording is marked', async () => {
  await record(running, 'gate', { mode: 'continuous', preRollMs: 1000, postRollMs: 1000 })
  await stored(2)
  const [first, second] = await rows()
  running.recorder.event(cameraId('gate'), (second?.start_at.getTime() ?? 0) + 1500, 'alert')
  await until('marked', async () => (await rows())[1]?.class === 'event')
  expect((await rows())[0]).toMatchObject({ path: first?.path, class: 'continuous' })
})

it('nothing is recorded outside the schedule, and nothing is missed then', async () => {
  const now = new Date()
  const day = ((now.getDay() || 7) % 7) + 1
  const schedule = [{ days: [day === 7 ? 1 : day + 1], fromMinute: 60, toMinute: 120 }]
  await record(running, 'gate', { mode: 'continuous', schedule })
  await new Promise((resolve) => setTimeout(resolve, 1500))
  expect(running.watched.hub.isPulled(cameraId('gate'))).toBe(false)
  expect(running.recorder.figures()).toMatchObject({ recording: 0, missing: 0 })
  await record(running, 'gate', { schedule: [] })
  await until('recording', () => running.recorder.figures().recording === 1)
})

it('at the start files and rows are made to agree', async () => {
  await record(running, 'gate')
  await stored(6)
  await record(running, 'gate', { mode: 'off' })
  await running.stop()
  const all = await rows()
  const [missing, damaged, whole, orphan, torn, emptied] = all
  if (!missing || !damaged || !whole || !orphan || !torn || !emptied) throw new Error('six were expected')
  const at = (row: { path: string }) => join(running.root, row.path)
  unlinkSync(at(missing))
  truncateSync(at(damaged), damaged.bytes - 100)
  const wholeBytes = torn.bytes
  writeFileSync(at(torn), Buffer.concat([readFileSync(at(torn)), Buffer.alloc(5000)]))
  truncateSync(at(emptied), emptied.init_bytes + 50)
  await database.db
    .deleteFrom('recording_segments')
    .where('path', 'in', [orphan.path, torn.path, emptied.path])
    .execute()
  await start()
  expect(running.recorder.figures().reconciled).toEqual({
    adopted: 2,
    cut: 2,
    emptied: 1,
    missing: 1,
    damaged: 1,
    deleted: 0,
  })
  await expectTrue()
  const after = await rows()
  const of = (row: { path: string }) => after.find(({ path }) => path === row.path)
  expect(of(missing)).toBeUndefined()
  expect(of(emptied)).toBeUndefined()
  expect(readdirSync(join(running.root, 'gate', damaged.path.split('/')[1] ?? ''))).toHaveLength(
    all.length - 2,
  )
  // What is found in a file without a row is what its row said.
  const found = of(orphan)
  if (!found) throw new Error('the orphan has no row')
  const { id: _, end_at: endedAt, keyframe_ms: keyframes, clock_error_ms: __, ...row } = orphan
  // It may have been read again meanwhile.
  const { intact: ___, verified_at: ____, ...facts } = row
  expect(found).toMatchObject(facts)
  // As sure as the segment before it in its run.
  expect(found.clock_error_ms).toBe(whole.clock_error_ms)
  // Programme time follows the gateway's clock, which a file does not know: a few ms in a segment.
  expect(Math.abs(found.end_at.getTime() - endedAt.getTime())).toBeLessThan(50)
  found.keyframe_ms.forEach((ms, i) => expect(Math.abs(ms - (keyframes[i] ?? 0))).toBeLessThan(50))
  expect(of(torn)?.bytes).toBe(wholeBytes)
  expect(of(damaged)?.samples).toBeLessThan(damaged.samples)
  const lost = await gaps()
  expect(lost.find(({ reason }) => reason === 'file-missing')).toMatchObject({
    from_at: missing.start_at,
    to_at: missing.end_at,
  })
  expect(lost.find(({ reason }) => reason === 'file-damaged')).toMatchObject({
    from_at: of(damaged)?.end_at,
    to_at: damaged.end_at,
  })
})

it('goes on recording while the database is away, and what it recorded is indexed later', async () => {
  await running.stop()
  const failing = await openFailing(database)
  running = await startRecorder(failing.db, [gate, yard], folder.dataDir, { segmentMs: 2000 })
  try {
    await record(running, 'gate')
    await stored(1)
    failing.close()
    const before = (await rows()).length
    await until('entries that wait', () => running.recorder.figures().unindexed >= 2)
    expect(running.recorder.figures().recording).toBe(1)
    // It can be played meanwhile.
    expect(running.recorder.unfinished(cameraId('gate')).filter(({ open }) => !open)).toHaveLength(2)
    failing.open()
    await stored(before + 2)
    await running.stop()
    const found = await rows()
    expect(new Set(found.map(({ run_id }) => run_id)).size).toBe(1)
    found.slice(1).forEach((row, at) => expect(row.start_at).toEqual(found[at]?.end_at))
    await expectTrue()
  } finally {
    await running.stop()
    await failing.stop()
  }
})

it('keeps the index where the disk of the recordings is not mounted, and records on when it is', async () => {
  await record(running, 'gate')
  await stored(1)
  await running.stop()
  const before = await rows()
  const { root } = running
  renameSync(root, `${root}-elsewhere`)
  await start()
  expect(running.recorder.shortfalls().map(({ code }) => code)).toEqual(['recordings-folder-missing'])
  await running.stop()
  expect(await rows()).toEqual(before)
  rmSync(root, { recursive: true })
  renameSync(`${root}-elsewhere`, root)
  await start()
  await stored(before.length + 1)
  expect(running.recorder.shortfalls()).toEqual([])
})

it('reads recorded files again, and marks and tells of what is not what was written', async () => {
  await record(running, 'gate')
  await stored(3)
  await record(running, 'gate', { mode: 'off' })
  await running.stop()
  const [, changed] = await rows()
  if (!changed) throw new Error('three were expected')
  const file = join(running.root, changed.path)
  const bytes = readFileSync(file)
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 10) ^ 1, bytes.length - 10)
  writeFileSync(file, bytes)
  const segments = { segmentMs: 2000, verifiedBytesPerS: 2 ** 30 }
  running = await startRecorder(database.db, [gate, yard], folder.dataDir, segments)
  await until('all are verified', async () => (await rows()).every(({ verified_at }) => verified_at !== null))
  for (const { path, intact } of await rows()) expect(intact).toBe(path !== changed.path)
  await until('it is told', () =>
    running.recorder.shortfalls().some(({ code }) => code === 'recordings-damaged'),
  )
  const told = (await answer('gate')).damaged
  expect(told).toHaveLength(1)
  expect(told?.[0]?.from).toBe(changed.start_at.toISOString())
})
