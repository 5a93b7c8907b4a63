import { existsSync } from 'node:fs'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import {
  startVirtualCameras,
  type VirtualCamera,
  type VirtualCameras,
} from '../../scripts/virtual-cameras/index.ts'
import type { CameraCondition } from '../../src/domain/camera.ts'
import type { StreamHub } from '../../src/media/hub.ts'
import { type EncoderName, hardwareEncoders } from '../../src/media/transcode/encoder-arguments.ts'
import { Encoders, encodes } from '../../src/media/transcode/encoders.ts'
import type { Delivery, PlayableSubscriber } from '../../src/media/transcode/playable-stream.ts'
import { Transcodes, type TranscodesOptions } from '../../src/media/transcode/transcodes.ts'
import { createLog } from '../../src/platform/log.ts'
import { Collector, cameraId, h265Clip, hubOf, plainClip, run } from '../harness/streams.ts'
import { until } from '../harness/until.ts'

let cameras: VirtualCameras
let hub: StreamHub
const camera = (name: string) => cameras.cameras.find((each) => each.name === name) as VirtualCamera

beforeAll(async () => {
  const address = '127.0.1.61'
  const [h264, h265] = await Promise.all([plainClip(), h265Clip()])
  cameras = await startVirtualCameras({
    discovery: false,
    cameras: [
      { name: 'new', main: h265, sub: h264, address },
      { name: 'new too', main: h265, sub: h264, address },
      { name: 'all new', main: h265, sub: h265, address },
      { name: 'old', main: h264, address },
    ],
  })
  ;({ hub } = hubOf(cameras.cameras))
})
afterAll(async () => {
  await hub.stop()
  await cameras.stop()
})

function transcodesOf(options: Partial<TranscodesOptions> = {}): Transcodes {
  const transcodes = new Transcodes({
    log: createLog('silent'),
    hub,
    budgetCores: 4,
    lingerMs: 300,
    ...options,
  })
  onTestFinished(() => transcodes.stop())
  return transcodes
}

class Viewer extends Collector implements PlayableSubscriber {
  readonly deliveries: Delivery[] = []
  readonly conditions: CameraCondition[] = []

  delivered(delivery: Delivery): void {
    this.deliveries.push(delivery)
  }

  condition(condition: CameraCondition): void {
    this.conditions.push(condition)
  }

  get seconds(): number {
    return this.fragments.reduce((sum, { durationMs }) => sum + durationMs, 0) / 1000
  }
}

function watch(transcodes: Transcodes, name: string, stream: 'main' | 'sub' = 'main') {
  const viewer = new Viewer()
  const handle = transcodes.open(cameraId(name), stream, ['avc1'], viewer)
  onTestFinished(() => handle.close())
  return { viewer, handle }
}

it('H.265 becomes H.264 with the very times of the camera’s pictures', async () => {
  const transcodes = transcodesOf()
  const source = new Collector()
  const own = hub.open(cameraId('new'), 'main', source)
  const { viewer } = watch(transcodes, 'new')
  await until('four seconds', () => viewer.seconds > 4)
  own.close()
  expect(viewer.deliveries).toEqual([{ stream: 'main', transcoded: true, reduced: null }])
  expect(viewer.inits[0]?.codec).toMatch(/^avc1\.64/)

  const times = new Map(
    source.fragments.flatMap(({ samples }) => samples.map((each) => [each.pts90k, each.programmeUtcMs])),
  )
  const [first, ...later] = viewer.fragments.flatMap(({ samples }) => samples)
  expect(first?.keyframe).toBe(true)
  for (const sample of later) expect(times.get(sample.pts90k)).toBe(sample.programmeUtcMs)
  const gaps = later.map(({ pts90k }, i) => pts90k - ((later[i - 1] ?? first)?.pts90k ?? 0))
  // The drawn clip has 25 pictures a second: none is missing.
  expect(Math.max(...gaps)).toBeLessThanOrEqual(3700)

  const file = viewer.file()
  const { streams } = JSON.parse(
    await run('ffprobe', '-v error -show_streams -of json pipe:0'.split(' '), file),
  ) as { streams: { codec_name: string; has_b_frames: number; width: number; height: number }[] }
  expect(streams).toMatchObject([{ codec_name: 'h264', has_b_frames: 0, width: 320, height: 240 }])
  expect(await run('ffmpeg', '-v error -xerror -i pipe:0 -f null -'.split(' '), file)).toBe('')
  const keyframes = later.filter(({ keyframe }) => keyframe)
  const steps = keyframes.slice(1).map(({ pts90k }, i) => (pts90k - (keyframes[i]?.pts90k ?? 0)) / 90_000)
  for (const step of steps) expect(step).toBeCloseTo(1, 1)
  expect(steps.length).toBeGreaterThan(1)
})

it('viewers share one child, the later one starts with kept pictures, and it ends after the last', async () => {
  const transcodes = transcodesOf()
  const first = watch(transcodes, 'new')
  await until('a picture', () => first.viewer.fragments.length > 0)
  const [pid] = transcodes.pids
  const askedMs = performance.now()
  const second = watch(transcodes, 'new')
  await until('a picture', () => second.viewer.fragments.length > 0)
  expect(performance.now() - askedMs).toBeLessThan(300)
  expect(second.viewer.fragments[0]?.independent).toBe(true)
  expect(second.viewer.inits).toEqual(first.viewer.inits)
  expect(transcodes.pids).toEqual([pid])
  expect(camera('new').rtspClients).toBe(1)
  first.handle.close()
  const before = second.viewer.seconds
  await until('it goes on for the other', () => second.viewer.seconds > before + 1)
  expect(transcodes.pids).toEqual([pid])
  second.handle.close()
  await until('it has ended', () => transcodes.figures().running === 0 && !isAlive(pid))
})

function isAlive(pid: number | undefined): boolean {
  try {
    return process.kill(pid ?? 0, 0)
  } catch {
    return false
  }
}

it('passes H.264 on as it is, and H.265 to those who can play it', async () => {
  const transcodes = transcodesOf()
  const { viewer } = watch(transcodes, 'old')
  const able = new Viewer()
  const handle = transcodes.open(cameraId('new'), 'main', ['avc1', 'hvc1'], able)
  onTestFinished(() => handle.close())
  const own = new Collector()
  const source = hub.open(cameraId('old'), 'main', own)
  await until('pictures', () => [viewer, able, own].every(({ fragments }) => fragments.length > 3))
  source.close()
  expect(viewer.deliveries).toEqual([{ stream: 'main', transcoded: false, reduced: null }])
  expect(viewer.fragments).toContain(own.fragments[2])
  expect(able.inits[0]?.codec).toMatch(/^hvc1/)
  expect(transcodes.figures().running).toBe(0)
})

it.each<[string, NodeJS.Signals, number]>([
  ['is killed', 'SIGKILL', 6000],
  ['hangs', 'SIGSTOP', 20_000],
])('goes on after its child %s, and says so meanwhile', async (_fault, signal, withinMs) => {
  const transcodes = transcodesOf()
  const { viewer } = watch(transcodes, 'new')
  await until('a second', () => viewer.seconds > 1)
  const [pid] = transcodes.pids
  process.kill(pid as number, signal)
  await until('the fault', () => viewer.conditions.at(-1)?.fault?.code === 'transcode-failed', withinMs)
  expect(viewer.conditions.at(-1)?.fault?.hop).toBe('media')
  const before = viewer.fragments.length
  await until('it goes on', () => viewer.fragments.length > before + 5, withinMs)
  expect(viewer.conditions.at(-1)).toMatchObject({ state: 'online' })
  expect(viewer.conditions.at(-1)?.fault).toBeUndefined()
  expect(viewer.fragments[before]).toMatchObject({ independent: true, discontinuity: true })
  const times = viewer.fragments.flatMap(({ samples }) => samples.map(({ pts90k }) => pts90k))
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  expect(transcodes.pids).not.toContain(pid)
  expect(transcodes.figures().running).toBe(1)
})

it('over budget the viewer gets the H.264 substream and is told, until there is room', async () => {
  // Room for one only.
  const transcodes = transcodesOf({ budgetCores: 0.01 })
  const one = watch(transcodes, 'new')
  const other = watch(transcodes, 'new too')
  await until('pictures of both', () => one.viewer.seconds > 1 && other.viewer.seconds > 1)
  expect(other.viewer.deliveries).toEqual([
    {
      stream: 'sub',
      transcoded: false,
      reduced: expect.objectContaining({ hop: 'capacity', code: 'transcode-budget' }),
    },
  ])
  expect(other.viewer.inits[0]?.codec).toMatch(/^avc1\.42/)
  expect(other.viewer.conditions.at(-1)).toMatchObject({ state: 'online' })
  expect(transcodes.figures()).toMatchObject({ running: 1, waiting: 1 })
  one.handle.close()
  await until('its main stream', () => other.viewer.deliveries.at(-1)?.transcoded === true)
  const version = other.viewer.inits.at(-1)?.version
  expect(other.viewer.inits.at(-1)?.codec).toMatch(/^avc1\.64/)
  await until('a picture of it', () => other.viewer.fragments.some((each) => each.initVersion === version))
  expect(other.viewer.fragments.find((each) => each.initVersion === version)).toMatchObject({
    independent: true,
    discontinuity: true,
  })
  expect(transcodes.figures().waiting).toBe(0)
})

it('is refused where no stream of the camera can be played and there is no room', async () => {
  const transcodes = transcodesOf({ budgetCores: 0 })
  const viewers = [watch(transcodes, 'all new'), watch(transcodes, 'all new', 'sub')]
  for (const { viewer, handle } of viewers) {
    await until('refused', () => viewer.conditions.at(-1)?.fault?.code === 'transcode-budget')
    expect(handle.condition).toMatchObject({ state: 'offline', fault: { hop: 'capacity' } })
    expect(viewer.fragments).toEqual([])
  }
  expect(transcodes.pids).toEqual([])
})

it.skipIf(existsSync('/dev/nvidiactl'))(
  'leaves an encoder that fails in earnest for the next one',
  async () => {
    const distrusted: EncoderName[] = []
    const transcodes = transcodesOf({
      encoders: {
        hardware: false,
        choose: () => Promise.resolve(distrusted.length === 0 ? 'h264_nvenc' : 'libx264'),
        distrust: (encoder) => distrusted.push(encoder),
      },
    })
    const { viewer } = watch(transcodes, 'new')
    await until('pictures', () => viewer.fragments.length > 3)
    expect(distrusted).toEqual(['h264_nvenc'])
    expect(viewer.conditions.some(({ fault }) => fault?.code === 'transcode-failed')).toBe(true)
  },
)

it('trusts an encoder only after a trial', async () => {
  const log = createLog('silent')
  expect(await encodes('libx264', log)).toBe(true)
  const missing = hardwareEncoders.filter(
    (encoder) => encoder !== 'h264_nvenc' || !existsSync('/dev/nvidiactl'),
  )
  const [some] = existsSync('/dev/dri') ? missing.slice(2) : missing
  expect(some).toBeDefined()
  expect(await new Encoders(log, [some as EncoderName]).choose()).toBe('libx264')
})
