import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startVirtualCameras, type VirtualCameras } from '../../scripts/virtual-cameras/index.ts'
import { privatePostgresAddress } from '../../src/platform/private-postgres.ts'
import { insertCameras } from '../harness/cameras.ts'
import { startDatabase, type TestDatabase } from '../harness/database.ts'
import { falseRows, recordingFolder, startRecorder } from '../harness/recording.ts'
import type { RecordingProcessWish } from '../harness/recording-process.ts'
import { plainClip } from '../harness/streams.ts'

/** More of them on a quiet evening: KILLS=20. */
const kills = Number(process.env['KILLS'] ?? 5)
const mostMissingMs = 2000
const names = ['gate', 'yard']

let database: TestDatabase
let cameras: VirtualCameras
const folder = recordingFolder()

beforeAll(async () => {
  database = await startDatabase()
  await insertCameras(database.db, ...names)
  const main = await plainClip()
  cameras = await startVirtualCameras({
    cameras: names.map((name, i) => ({ name, main, address: `127.0.1.${46 + i}` })),
  })
  for (const name of names) {
    await database.db
      .insertInto('recording_settings')
      .values({
        camera_id: name,
        mode: 'continuous',
        event_trigger: 'alert',
        stream: 'main',
        pre_roll_ms: 0,
        post_roll_ms: 1000,
        continuous_retention_days: 1,
        event_retention_days: 1,
        schedule: '[]',
      })
      .execute()
  }
})
afterAll(async () => {
  await cameras.stop()
  await database.stop()
  folder.remove()
})

async function recording(): Promise<ChildProcess> {
  const { host, port, user, database: name } = privatePostgresAddress(join(database.dataDir, 'db'))
  const wish: RecordingProcessWish = {
    databaseUrl: `postgresql://${user}@localhost:${port}/${name}?host=${encodeURIComponent(host)}`,
    dataDir: folder.dataDir,
    cameras: cameras.cameras.map((camera) => ({
      name: camera.name,
      url: camera.rtspUrl('main'),
      username: camera.username,
      password: camera.password,
    })),
  }
  const script = fileURLToPath(new URL('../harness/recording-process.ts', import.meta.url))
  const child = spawn(process.execPath, [script, JSON.stringify(wish)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`the recording process ended with ${String(code)}`)
    }),
  ])
  return child
}

it(`killed ${kills} times at random moments, it loses at most the last ${mostMissingMs} ms, and the index is true`, {
  timeout: 60_000 + kills * 15_000,
}, async () => {
  const moments: number[] = []
  for (let i = 0; i < kills; i++) {
    const child = await recording()
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 4500))
    moments.push(Date.now())
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  // The last one's remains are looked through by whoever starts next.
  await database.db.deleteFrom('recording_settings').execute()
  const next = await startRecorder(database.db, [], folder.dataDir)
  const { missing, damaged } = next.recorder.figures().reconciled
  await next.stop()
  expect({ missing, damaged }).toEqual({ missing: 0, damaged: 0 })
  expect(await falseRows(database.db, next.root)).toEqual([])
  const lost: number[] = []
  for (const name of names) {
    const rows = await database.db
      .selectFrom('recording_segments')
      .selectAll()
      .where('camera_id', '=', name)
      .orderBy('start_at')
      .execute()
    const runs = Map.groupBy(rows, ({ run_id }) => run_id)
    expect(runs.size).toBe(kills)
    for (const [i, run] of [...runs.values()].entries()) {
      run.slice(1).forEach((row, at) => expect(row.start_at).toEqual(run[at]?.end_at))
      const recordedMs = run.reduce((sum, row) => sum + row.end_at.getTime() - row.start_at.getTime(), 0)
      const pictures = run.reduce((sum, { samples }) => sum + samples, 0)
      // Its times are the camera's as far as its reports tell: learning them better moves an end by the error.
      const clockErrorMs = Math.max(...run.map(({ clock_error_ms: errorMs }) => errorMs ?? 0))
      expect(Math.abs(pictures - recordedMs / 40)).toBeLessThan(2 + clockErrorMs / 40)
      lost.push((moments[i] ?? 0) - (run.at(-1)?.end_at.getTime() ?? 0))
    }
  }
  console.info(`lost by ${kills} kills, ms: ${lost.map(Math.round).join(' ')}`)
  expect(Math.max(...lost)).toBeLessThanOrEqual(mostMissingMs)
})
