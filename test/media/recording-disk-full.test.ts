import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startVirtualCameras, type VirtualCameras } from '../../scripts/virtual-cameras/index.ts'
import { insertCameras } from '../harness/cameras.ts'
import { startDatabase, type TestDatabase } from '../harness/database.ts'
import { falseRows, record, startRecorder, type TestRecorder } from '../harness/recording.ts'
import { cameraId, plainClip } from '../harness/streams.ts'
import { until } from '../harness/until.ts'

const mebibyte = 2 ** 20
const disk = mkdtempSync(join(tmpdir(), 'xueliang-small-disk-'))
const mounted = mountSmallDisk()

let database: TestDatabase
let cameras: VirtualCameras
let running: TestRecorder

beforeAll(async () => {
  database = await startDatabase()
  await insertCameras(database.db, 'gate')
  cameras = await startVirtualCameras({
    cameras: [{ name: 'gate', main: await plainClip(), address: '127.0.1.48' }],
  })
})
afterAll(async () => {
  await cameras.stop()
  await database.stop()
  if (mounted) execFileSync('umount', ['--lazy', disk])
  rmSync(disk, { recursive: true, force: true })
})

/** Needs root, which a container may have without being allowed to mount. */
function mountSmallDisk(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', disk], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const filler = join(disk, 'something-else')
/** Somebody else takes all but so much of the disk. */
function leaveFree(bytes: number): void {
  const { bavail, bsize } = statfsSync(disk)
  writeFileSync(filler, Buffer.alloc(bavail * bsize - bytes))
}

async function rows() {
  return await database.db.selectFrom('recording_segments').selectAll().orderBy('start_at').execute()
}
const shortfall = (code: string) => () => running.recorder.shortfalls().some((found) => found.code === code)

it.skipIf(!mounted)(
  'a disk that fills: the oldest goes, then an alarm, then recording stops; what is locked survives (skipped where no tmpfs can be mounted)',
  { timeout: 120_000 },
  async () => {
    running = await startRecorder(database.db, cameras.cameras, disk, {
      segmentMs: 2000,
      reserveBytes: 2 * mebibyte,
    })
    await record(running, 'gate')
    await until('four segments', async () => (await rows()).length >= 4)
    const [locked, oldest] = await rows()
    if (locked === undefined || oldest === undefined) throw new Error('no segments')
    const lock = { cameraId: cameraId('gate'), reason: 'a case', lockedBy: 'admin' }
    await running.recorder.locks.lock({
      ...lock,
      fromUtcMs: locked.start_at.getTime(),
      toUtcMs: locked.end_at.getTime(),
    })

    leaveFree(2 * mebibyte - 50_000)
    await until('the oldest that is not locked is gone', async () =>
      (await rows()).every(({ path }) => path !== oldest.path),
    )
    expect((await rows())[0]?.path).toBe(locked.path)
    await until('an alarm', shortfall('recording-disk-low'))
    expect(running.recorder.figures().recording).toBe(1)

    // Now nothing may go, and what is left of the reserve is for others.
    await running.recorder.locks.lock({ ...lock, fromUtcMs: 0, toUtcMs: Date.now() + 3_600_000 })
    const keptBefore = (await rows()).length
    unlinkSync(filler)
    leaveFree(mebibyte / 2)
    await until('recording has stopped', shortfall('recording-stopped'))
    expect(running.recorder.figures()).toMatchObject({ recording: 0, missing: 1 })
    await until('it is a known gap', async () =>
      database.db
        .selectFrom('recording_gaps')
        .selectAll()
        .where('to_at', 'is', null)
        .where('reason', '=', 'disk-full')
        .executeTakeFirst(),
    )
    expect((await rows()).length).toBeGreaterThanOrEqual(keptBefore)
    expect((await rows())[0]?.path).toBe(locked.path)

    unlinkSync(filler)
    await until('it goes on by itself', () => running.recorder.figures().recording === 1)
    expect(running.recorder.shortfalls().map(({ code }) => code)).not.toContain('recording-stopped')
    await running.stop()
    expect(await falseRows(database.db, running.root)).toEqual([])
  },
)

it.skipIf(!mounted)(
  'a disk that takes nothing any more stops the recording, and no row is false',
  async () => {
    await database.db.deleteFrom('footage_locks').execute()
    running = await startRecorder(database.db, cameras.cameras, disk, { segmentMs: 2000, reserveBytes: 0 })
    await until('recording', () => running.recorder.figures().writtenBytes > 0)
    leaveFree(0)
    await until('noticed', shortfall('recording-stopped'))
    unlinkSync(filler)
    await until('it goes on by itself', () => running.recorder.figures().recording === 1)
    const before = (await rows()).length
    await until('a segment', async () => (await rows()).length > before)
    await running.stop()
    expect(await falseRows(database.db, running.root)).toEqual([])
  },
)
