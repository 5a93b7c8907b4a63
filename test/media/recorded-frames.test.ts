import { rmSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { FootageStore } from '../../src/media/playback/footage-store.ts'
import { type RecordedFrame, recordedFrames } from '../../src/reviews/recorded-frames.ts'
import { insertCameras } from '../harness/cameras.ts'
import { startDatabase, type TestDatabase } from '../harness/database.ts'
import { recordingsFolder, recordRun } from '../harness/footage.ts'
import { bFrameClip, cameraId } from '../harness/streams.ts'

const camera = cameraId('gate')
const startUtcMs = Date.UTC(2026, 2, 1, 6)
const folder = recordingsFolder()
let database: TestDatabase
let footage: FootageStore

beforeAll(async () => {
  database = await startDatabase()
  await insertCameras(database.db, camera)
  footage = new FootageStore({ db: database.db, folder, unfinished: () => [] })
  const clip = await bFrameClip()
  // Two runs with a gap of ten seconds; the first in two files.
  await recordRun(database.db, folder, { cameraId: camera, clip, startUtcMs, seconds: 16 })
  const second = startUtcMs + 26_000
  await recordRun(database.db, folder, { cameraId: camera, clip, startUtcMs: second, seconds: 8 })
})
afterAll(async () => {
  await database.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function frames(fromMs: number, toMs: number, takeMost = Infinity): Promise<RecordedFrame[]> {
  const [fromUtcMs, toUtcMs] = [startUtcMs + fromMs, startUtcMs + toMs]
  const found: RecordedFrame[] = []
  const wish = {
    ...{ footage, fromUtcMs, toUtcMs, framesPerS: 4 },
    segments: await footage.between(camera, fromUtcMs, toUtcMs),
    onTrouble: (error: unknown) => {
      throw error
    },
  }
  for await (const frame of recordedFrames(wish)) {
    found.push(frame)
    if (found.length >= takeMost) break
  }
  return found
}

it('gives every sampled frame once, in order, at its time, over files and gaps', async () => {
  const found = await frames(0, 40_000)
  const after = found.map(({ programmeUtcMs }) => programmeUtcMs - startUtcMs)
  expect(after).toEqual([...new Set(after)].sort((a, b) => a - b))
  // Four a second of 16 s and 8 s; where a run begins the grid may give one more.
  expect(found.length).toBeGreaterThanOrEqual(94)
  expect(found.length).toBeLessThanOrEqual(100)
  expect(after.filter((ms) => ms > 16_100 && ms < 25_900)).toEqual([])
  const steps = after.slice(1).map((ms, i) => ms - (after[i] ?? 0))
  expect(steps.filter((ms) => ms < 150 || ms > 350).length).toBeLessThanOrEqual(3)
  // They are pictures of their own, not one memory again and again.
  expect(
    new Set(found.map(({ picture }) => Buffer.from(picture.gbr).toString('base64'))).size,
  ).toBeGreaterThan(10)
  expect(found[0]?.picture).toMatchObject({ widthPx: 320, heightPx: 240 })
})

it('begins and ends where it is told, and may be left in the middle', async () => {
  const part = await frames(5_000, 9_000)
  const after = part.map(({ programmeUtcMs }) => programmeUtcMs - startUtcMs)
  expect(Math.min(...after)).toBeGreaterThanOrEqual(5_000)
  expect(Math.max(...after)).toBeLessThan(9_000)
  expect(part.length).toBeGreaterThanOrEqual(14)
  expect(part.length).toBeLessThanOrEqual(17)
  expect(await frames(0, 40_000, 3)).toHaveLength(3)
})
