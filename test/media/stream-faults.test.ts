import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { CameraFault } from '../../scripts/virtual-cameras/faults.ts'
import {
  startVirtualCameras,
  type VirtualCamera,
  type VirtualCameras,
} from '../../scripts/virtual-cameras/index.ts'
import { streamNames } from '../../src/domain/camera.ts'
import { pullTiming } from '../../src/media/pull-timing.ts'
import { Collector, cameraId, hubOf, plainClip, type WatchedHub } from '../harness/streams.ts'
import { until } from '../harness/until.ts'

let cameras: VirtualCameras
let camera: VirtualCamera
let watched: WatchedHub
const id = cameraId('gate')

beforeAll(async () => {
  cameras = await startVirtualCameras({
    cameras: [{ name: 'gate', main: await plainClip(), address: '127.0.1.36' }],
  })
  camera = cameras.cameras[0] as VirtualCamera
})
afterAll(() => cameras.stop())
beforeEach(() => {
  // As in the gateway: what is promised is that a fault is noticed within three seconds.
  watched = hubOf([camera], { timing: { frameMs: pullTiming.frameMs, answerMs: 3000 } })
})
afterEach(async () => {
  await watched.hub.stop()
  await camera.fault(null)
})

/** What may be said of each fault; the hop is the same whichever it is. */
const told: Readonly<Record<Exclude<CameraFault, 'clock'>, readonly string[]>> = {
  refuse: ['connection-lost', 'connection-refused'],
  hang: ['no-data', 'no-answer'],
  drop: ['connection-lost'],
  'wrong-password': ['connection-lost', 'password-refused'],
  'audio-only': ['no-video', 'no-data', 'audio-only'],
  garbage: ['garbage', 'bad-reply', 'no-video', 'no-answer', 'no-data'],
  stall: ['stalling', 'no-data'],
  loss: ['packets-lost'],
}
/** The watch looks a dozen times in the three seconds, and a busy machine is late. */
const noticedMs = pullTiming.frameMs * 1.5 + 1000

describe.each(streamNames)('of the %s stream', (stream) => {
  it.each(Object.entries(told))('%s is noticed in time, and left behind', async (fault, codes) => {
    const got = new Collector()
    watched.hub.open(id, stream, got)
    await until('pictures', () => got.fragments.length > 1)
    await camera.fault(fault as CameraFault)
    const begunUtcMs = Date.now()
    const noticed = await until(fault, () => {
      const { condition } =
        watched.conditions.find((each) => codes.includes(each.condition?.fault?.code ?? '')) ?? {}
      return condition
    })
    // A stall lasts two seconds of eight, and the first lost packet comes when it comes.
    if (fault !== 'loss' && fault !== 'stall') expect(noticed.sinceUtcMs - begunUtcMs).toBeLessThan(noticedMs)
    await camera.fault(null)
    const before = got.fragments.length
    if (fault === 'wrong-password') watched.hub.restart(id)
    await until('pictures again', () => got.fragments.length > before + 2)
    await until('online', () => watched.latest('gate', stream)?.state === 'online')
  })
})

it('a clock that is ten minutes ahead is measured, and puts no picture into the future', async () => {
  await camera.fault('clock')
  const got = new Collector()
  watched.hub.open(id, 'main', got)
  await until('pictures', () => got.fragments.length > 2)
  for (const { clock, samples } of got.fragments) {
    expect(clock?.source).toBe('reports')
    expect(Math.abs((clock?.cameraOffsetMs ?? 0) - 600_000)).toBeLessThan(2000)
    for (const { programmeUtcMs, arrivedUtcMs } of samples)
      expect(programmeUtcMs).toBeLessThanOrEqual(arrivedUtcMs)
  }
  expect(watched.hub.figures().wrongClocks).toBe(1)
})

it('main stream and substream recover by themselves: one that fails leaves the other alone', async () => {
  const address = { sub: camera.rtspUrl('sub') }
  await watched.hub.stop()
  watched = hubOf([camera], {
    change: (source) => (source.stream === 'sub' ? { ...source, url: address.sub } : source),
  })
  const [main, sub] = [new Collector(), new Collector()]
  watched.hub.open(id, 'main', main)
  watched.hub.open(id, 'sub', sub)
  await until('both', () => main.fragments.length > 1 && sub.fragments.length > 1)
  address.sub = camera.rtspUrl('sub').replace('/sub', '/nothing')
  await camera.fault('drop')
  await until('the substream fails', () => watched.latest('gate', 'sub')?.fault?.code === 'stream-not-found')
  const before = main.fragments.length
  await until('the main stream goes on', () => main.fragments.length > before + 2)
  expect(watched.latest('gate', 'main')?.state).toBe('online')
  address.sub = camera.rtspUrl('sub')
  const failed = sub.fragments.length
  await until('the substream too', () => sub.fragments.length > failed + 2)
})
