import { join } from 'node:path'
import type { CameraId } from '../../../src/domain/ids.ts'
import type { Fragment, InitSegment } from '../../../src/media/fragment.ts'
import { livePatienceMs } from '../../../src/media/hls/live-hls.ts'
import { LiveSession } from '../../../src/media/hls/live-session.ts'
import { StreamHub } from '../../../src/media/hub.ts'
import { Recorder } from '../../../src/media/recorder/recorder.ts'
import { openDatabase } from '../../../src/platform/database.ts'
import { createLog } from '../../../src/platform/log.ts'
import { reckonPictureMemory } from '../../../src/platform/memory.ts'
import { createMetrics } from '../../../src/platform/metrics.ts'
import { insertCameras } from '../../../test/harness/cameras.ts'

/** What a process under measurement has seen so far. */
export interface Seen {
  /** Cameras that deliver. */
  readonly playing: number
  /** After each at least one packet was missing. */
  readonly breaks: number
}

/**
 * The gateway's own way for every camera: RTSP, fragments, the segments and parts of LL-HLS, and the
 * recorder with its files, hashes, syncs and rows in a database of its own.
 */
export async function carryAll(urls: readonly string[], dataDir: string): Promise<() => Seen> {
  reckonPictureMemory()
  const log = createLog('warn')
  const { db } = await openDatabase({ dataDir, log })
  const hub = new StreamHub({
    log,
    source: (cameraId, stream) => Promise.resolve({ cameraId, stream, url: urls[Number(cameraId)] ?? '' }),
    onCondition: () => undefined,
  })
  const recorder = new Recorder({
    ...{ db, log, metrics: createMetrics(), hub, dataDir: join(dataDir, 'kept') },
    ...{ budgetBytes: null, reserveBytes: 0 },
  })
  await recorder.start()
  const cameraIds = [...urls.keys()].map((camera) => String(camera) as CameraId)
  await insertCameras(db, ...cameraIds)
  const playing = new Set<number>()
  let breaks = 0
  for (const [camera, cameraId] of cameraIds.entries()) {
    const session = new LiveSession(0, performance.now())
    const handle = hub.open(cameraId, 'main', {
      init: (segment: InitSegment) => session.init(segment),
      fragment: (fragment: Fragment) => {
        if (fragment.discontinuity && playing.has(camera)) breaks++
        playing.add(camera)
        session.fragment(fragment)
      },
    })
    handle.setPatience(livePatienceMs)
    await recorder.settings.change(cameraId, { mode: 'continuous' })
  }
  return () => {
    const { recording } = recorder.figures()
    return { playing: Math.min(playing.size, recording), breaks }
  }
}
