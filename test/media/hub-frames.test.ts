import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startVirtualCameras, type VirtualCameras } from '../../scripts/virtual-cameras/index.ts'
import {
  bFrameClip,
  Collector,
  cameraId,
  h265Clip,
  hubOf,
  pictures,
  plainClip,
  run,
} from '../harness/streams.ts'
import { until } from '../harness/until.ts'

/** Real footage with B-frames and one keyframe in eight seconds, where this machine has it. */
const pedestrians = join(
  process.env['FOOTAGE_DIR'] ?? join(dirname(fileURLToPath(import.meta.url)), '../../../shared/footage'),
  'pedestrians-8s.mp4',
)

let cameras: VirtualCameras
const clips = new Map<string, string>()

beforeAll(async () => {
  clips.set('plain', await plainClip())
  clips.set('bframes', await bFrameClip())
  clips.set('h265', await h265Clip())
  if (existsSync(pedestrians)) clips.set('pedestrians', pedestrians)
  cameras = await startVirtualCameras({
    cameras: [...clips].map(([name, main]) => ({ name, main, address: '127.0.1.31' })),
  })
})
afterAll(() => cameras.stop())

describe.each(['plain', 'bframes', 'h265', 'pedestrians'])('%s', (name) => {
  it('shows the very pictures of the source, in their order and at their times', async ({ skip }) => {
    const clip = clips.get(name)
    if (clip === undefined) return skip('this machine has no real footage')
    const { hub } = hubOf(cameras.cameras)
    const got = new Collector()
    hub.open(cameraId(name), 'main', got)
    await until('60 frames', () => got.fragments.flatMap(({ samples }) => samples).length >= 60)
    await hub.stop()

    const file = got.file()
    const source = await pictures(['-i', clip])
    const shown = await pictures(['-i', 'pipe:0'], file)
    // The last ones may lack what the stream would have brought next.
    const whole = shown.slice(0, -4)
    const start = source.indexOf(whole[0] ?? '')
    expect(start).toBeGreaterThanOrEqual(0)
    expect(whole).toEqual(whole.map((_, i) => source[(start + i) % source.length]))

    const probed = JSON.parse(
      await run('ffprobe', '-v error -show_packets -show_streams -of json pipe:0'.split(' '), file),
    ) as {
      streams: { codec_name: string; codec_tag_string: string; width: number }[]
      packets: { dts: number; pts: number }[]
    }
    expect(probed.streams[0]?.codec_tag_string).toBe(name === 'h265' ? 'hvc1' : 'avc1')
    expect(probed.streams[0]?.width).toBe(got.inits[0]?.widthPx)
    const dts = probed.packets.map((packet) => packet.dts)
    expect(dts).toEqual([...new Set(dts)].toSorted((a, b) => a - b))
    expect(probed.packets.every((packet) => packet.pts >= packet.dts)).toBe(true)
    const seconds = whole.length / (name === 'pedestrians' ? 29.97 : 25)
    const pts = probed.packets.map((packet) => packet.pts).toSorted((a, b) => a - b)
    expect(((pts[whole.length] ?? 0) - (pts[0] ?? 0)) / 90_000).toBeCloseTo(seconds, 1)
  })
})

it('tells the gateway time of each picture, whatever clock the camera has', async () => {
  const [camera] = cameras.cameras
  await camera?.fault('clock')
  const { hub } = hubOf(cameras.cameras)
  const got = new Collector()
  hub.open(cameraId('plain'), 'main', got)
  await until('two seconds', () => got.fragments.length >= 10)
  await hub.stop()
  await camera?.fault(null)
  const samples = got.fragments.flatMap((fragment) => fragment.samples)
  const lateMs = samples.map((sample) => sample.arrivedUtcMs - sample.programmeUtcMs)
  expect(Math.max(...lateMs.map(Math.abs))).toBeLessThan(1000)
  const paces = samples.slice(1).map((sample, i) => sample.programmeUtcMs - (samples[i]?.programmeUtcMs ?? 0))
  // Paced by the camera's time stamps, 40 ms a picture, not by when packets happened to arrive.
  expect(paces.toSorted((a, b) => a - b)[Math.floor(paces.length / 2)]).toBeCloseTo(40, 0)
})
