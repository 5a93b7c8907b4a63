import { setTimeout as sleep } from 'node:timers/promises'
import type { CameraId } from '../../src/domain/ids.ts'
import { StreamHub } from '../../src/media/hub.ts'
import { createLog } from '../../src/platform/log.ts'
import { until } from '../../test/harness/until.ts'
import { startVirtualCameras } from '../virtual-cameras/index.ts'
import { clockClip } from './wall/clock-clip.ts'
import { percentile } from './wall/stage.ts'

const usualCount = 60
const awayMs = [3000, 20_000]
const longestMs = 60_000

/**
 * How soon cameras that go dark together play again after they have come back, by the hub's own times: a
 * short while away, and long enough for the waits between tries to have grown. `[cameras]`, sixty unless
 * given.
 */
export default async function run(args: string[]): Promise<Record<string, unknown>> {
  const count = args[0] === undefined ? usualCount : Number(args[0])
  const main = clockClip()
  const virtual = await startVirtualCameras({
    discovery: false,
    cameras: Array.from({ length: count }, (_, i) => ({ name: `camera-${i}`, main, audio: false })),
  })
  const { cameras } = virtual
  const onlineUtcMs = new Map<string, number>()
  const hub = new StreamHub({
    log: createLog('silent'),
    source: (cameraId, stream) => {
      const camera = cameras[Number(cameraId)]
      if (camera === undefined) return Promise.reject(new Error('no such camera'))
      const { username, password } = camera
      return Promise.resolve({ cameraId, stream, url: camera.rtspUrl(stream), username, password })
    },
    onCondition: (cameraId, _stream, condition) => {
      if (condition?.state === 'online') onlineUtcMs.set(cameraId, condition.sinceUtcMs)
      else onlineUtcMs.delete(cameraId)
    },
  })
  try {
    for (const i of cameras.keys()) {
      const nothing = () => undefined
      hub.open(String(i) as CameraId, 'main', { init: nothing, fragment: nothing })
    }
    const all = () => onlineUtcMs.size === count
    await until('all play', all, longestMs)
    const byAway: Record<string, { p50Ms: number | null; p95Ms: number | null; longestMs: number | null }> =
      {}
    for (const away of awayMs) {
      await Promise.all(cameras.map((camera) => camera.fault('refuse')))
      await until('all are dark', () => onlineUtcMs.size === 0, longestMs)
      await sleep(away)
      const backUtcMs = Date.now()
      await Promise.all(cameras.map((camera) => camera.fault(null)))
      await until('all play again', all, longestMs)
      const took = [...onlineUtcMs.values()].map((utcMs) => utcMs - backUtcMs)
      byAway[String(away)] = {
        p50Ms: percentile(took, 0.5),
        p95Ms: percentile(took, 0.95),
        longestMs: percentile(took, 1),
      }
    }
    return { cameras: count, ...byAway[String(awayMs.at(-1))], byAwayMs: byAway }
  } finally {
    await hub.stop()
    await virtual.stop()
  }
}
