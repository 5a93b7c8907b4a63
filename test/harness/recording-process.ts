/**
 * Records cameras until it is killed: `[databaseUrl, dataDir, [{name, url, username, password}]]` as JSON
 * in its only argument. Says `recording` when the first bytes of every camera are on the disk.
 */

import type { CameraId } from '../../src/domain/ids.ts'
import { StreamHub } from '../../src/media/hub.ts'
import { Recorder } from '../../src/media/recorder/recorder.ts'
import { openDatabase } from '../../src/platform/database.ts'
import { createLog } from '../../src/platform/log.ts'
import { createMetrics } from '../../src/platform/metrics.ts'
import { until } from './until.ts'

export interface RecordingProcessWish {
  readonly databaseUrl: string
  readonly dataDir: string
  readonly cameras: readonly { name: string; url: string; username: string; password: string }[]
}

const { databaseUrl, dataDir, cameras } = JSON.parse(process.argv[2] ?? '') as RecordingProcessWish
const log = createLog('warn')
const { db } = await openDatabase({ log, dataDir, databaseUrl })
const hub = new StreamHub({
  log,
  source: (cameraId, stream) => {
    const camera = cameras.find(({ name }) => name === cameraId)
    if (camera === undefined) return Promise.reject(new Error(`no camera ${cameraId}`))
    const { url, username, password } = camera
    return Promise.resolve({ cameraId, stream, url, username, password })
  },
  onCondition: () => undefined,
})
const recorder = new Recorder({
  ...{ db, log, metrics: createMetrics(), hub, dataDir },
  budgetBytes: null,
  reserveBytes: 0,
  segmentMs: 2000,
})
await recorder.start()
await until('recording', () => cameras.every(({ name }) => recorder.unfinished(name as CameraId).length > 0))
process.stdout.write('recording\n')
