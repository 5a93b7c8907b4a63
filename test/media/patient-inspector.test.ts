import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { framesFolder } from '../../src/analytics/frames-folder.ts'
import { PatientInspector } from '../../src/analytics/patient-inspector.ts'
import { loadConfig } from '../../src/config.ts'
import type { PlanarPicture } from '../../src/domain/picture.ts'
import { createLog } from '../../src/platform/log.ts'
import { startAnalysis, type TestAnalysis } from '../harness/analysis.ts'
import { until } from '../harness/until.ts'

const clip = join(loadConfig(process.env).footageDir ?? '', 'road-approach-27s.mp4')

describe.skipIf(!existsSync(clip))('recorded pictures beside live ones (needs the footage)', () => {
  let running: TestAnalysis
  let inspector: PatientInspector

  beforeAll(async () => {
    running = await startAnalysis({ clip, pictures: true })
    inspector = new PatientInspector({
      ...{
        log: createLog('silent'),
        queue: running.queue,
        places: 2,
      },
      folder: framesFolder(running.dataDir),
    })
    await until('a live inspection', () => running.latestPicture() !== null)
  })
  afterAll(async () => {
    await inspector.stop()
    await running.stop()
  })

  const sixOf = (picture: PlanarPicture, signal = new AbortController().signal) =>
    Promise.all(Array.from({ length: 6 }, () => inspector.inspect(picture, null, signal)))
  const latest = () => {
    const picture = running.latestPicture()
    if (picture === null) throw new Error('no picture')
    return picture
  }

  it('are all looked at, while live ones go on', async () => {
    const before = running.inspections.length
    const found = await sixOf(latest())
    expect(found.filter((each) => each !== null)).toHaveLength(6)
    // The same picture is the same to all of them.
    expect(new Set(found.map((each) => JSON.stringify(each?.sure.map(({ class: name }) => name)))).size).toBe(
      1,
    )
    await until('live inspections go on', () => running.inspections.length > before + 2)
  })

  it('are looked at by workers that do not share our memory, and when one of them is killed', async () => {
    const folder = framesFolder(running.dataDir)
    const [pid] = running.analysis.workerPids
    const looked = sixOf(latest())
    // As on another machine: the next worker finds no frame slot under the path that it is told.
    for (const file of readdirSync(folder)) rmSync(join(folder, file), { force: true })
    process.kill(pid ?? 0, 'SIGKILL')
    running.analysis.lendAlso((cameraId) => inspector.lend(cameraId))
    expect((await looked).filter((each) => each !== null)).toHaveLength(6)
  })

  it('are given up when nobody wants them any more', async () => {
    const gone = new AbortController()
    const looked = sixOf(latest(), gone.signal)
    gone.abort(new Error('not wanted'))
    await expect(looked).rejects.toThrow('not wanted')
    expect(await inspector.inspect(latest(), null, new AbortController().signal)).not.toBeNull()
  })
})
