import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { framesFolder } from '../../src/analytics/frames-folder.ts'
import { PatientInspector } from '../../src/analytics/patient-inspector.ts'
import { loadConfig } from '../../src/config.ts'
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
        log: createLog('debug', { write: (line) => process.stderr.write(line) }),
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

  it('are all looked at', async () => {
    const picture = running.latestPicture()
    if (picture === null) throw new Error('no picture')
    const { signal } = new AbortController()
    const found = await Promise.all(Array.from({ length: 6 }, () => inspector.inspect(picture, null, signal)))
    expect(found).toHaveLength(6)
  })
})
