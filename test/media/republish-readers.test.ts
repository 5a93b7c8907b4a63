import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startVirtualCameras, type VirtualCameras } from '../../scripts/virtual-cameras/index.ts'
import { soundEncodings } from '../../scripts/virtual-cameras/sound.ts'
import { type Reader, republishing } from '../harness/republish.ts'
import { heard, soundingClip } from '../harness/sound.ts'
import {
  bFrameClip,
  Collector,
  cameraId,
  h265Clip,
  hubOf,
  longGopClip,
  pictures,
  plainClip,
  run,
  type WatchedHub,
} from '../harness/streams.ts'
import { until } from '../harness/until.ts'

const clips = new Map<string, string>()
let cameras: VirtualCameras
let watched: WatchedHub
let reader: Reader

beforeAll(async () => {
  clips.set('plain', await plainClip())
  clips.set('bframes', await bFrameClip())
  clips.set('h265', await h265Clip())
  clips.set('longgop', await longGopClip())
  const sounding = await soundingClip()
  cameras = await startVirtualCameras({
    cameras: [
      ...[...clips].map(([name, main]) => ({ name, main, address: '127.0.1.51' })),
      ...soundEncodings.map((audio) => ({ name: audio, main: sounding, audio, address: '127.0.1.51' })),
    ],
  })
  watched = hubOf(cameras.cameras)
})
const republished = republishing(() => ({ hub: watched.hub, cameras: [...clips.keys(), ...soundEncodings] }))
beforeAll(async () => {
  reader = await republished().reader('wall')
})
afterAll(async () => {
  await watched.hub.stop()
  await cameras.stop()
})

/** What was shown is an unbroken piece of the source, which plays in a loop. */
function expectUnbroken(shown: readonly string[], source: readonly string[]): void {
  const start = source.indexOf(shown[0] ?? '')
  expect(start).toBeGreaterThanOrEqual(0)
  expect(shown).toEqual(shown.map((_, i) => source[(start + i) % source.length]))
}

describe.concurrent.each(['plain', 'bframes', 'h265'])('%s', (name) => {
  it('ffmpeg sees the very pictures of the camera', async () => {
    const source = await pictures(['-i', clips.get(name) ?? ''])
    const input = ['-rtsp_transport', 'tcp', '-i', reader.url(`/${name}/main`), '-frames:v', '60']
    const shown = await pictures(input)
    expect(shown).toHaveLength(60)
    expectUnbroken(shown, source)
  })

  it('GStreamer sees the very pictures of the camera', async () => {
    const source = await pictures(['-i', clips.get(name) ?? ''])
    const codec = name === 'h265' ? 'h265' : 'h264'
    const folder = mkdtempSync(join(tmpdir(), 'xueliang-test-'))
    const file = join(folder, `stream.${codec}`)
    const argv = [
      ...['-q', '-e', 'rtspsrc', `location=rtsp://127.0.0.1:${republished().server.port}/${name}/main`],
      ...[`user-id=${reader.username}`, `user-pw=${reader.password}`, 'protocols=tcp', 'latency=100'],
      ...['!', `rtp${codec}depay`, '!', `${codec}parse`, '!', 'identity', 'eos-after=70'],
      ...[
        '!',
        `video/x-${codec},stream-format=byte-stream,alignment=au`,
        '!',
        'filesink',
        `location=${file}`,
      ],
    ]
    const player = spawn('gst-launch-1.0', argv, { stdio: ['ignore', 'ignore', 'pipe'] })
    let complaint = ''
    player.stderr.on('data', (bytes: Buffer) => (complaint += bytes.toString()))
    // It may complain of its own farewell, because the end reaches it from behind.
    await once(player, 'close')
    const shown = (await pictures(['-f', codec === 'h265' ? 'hevc' : 'h264', '-i', file])).slice(0, -4)
    rmSync(folder, { recursive: true })
    expect(shown.length, complaint).toBeGreaterThan(50)
    expectUnbroken(shown, source)
  })
})

it('begins with the kept group of pictures, not with the next keyframe', async () => {
  const viewer = new Collector()
  const handle = watched.hub.open(cameraId('longgop'), 'main', viewer)
  await until('a second of a four-second group', () => viewer.fragments.length >= 6)
  const { username, password } = reader
  const peer = hubOf(cameras.cameras, {
    change: (source) => ({
      ...source,
      url: `rtsp://127.0.0.1:${republished().server.port}/longgop/main`,
      username,
      password,
    }),
  })
  const got = new Collector()
  peer.hub.open(cameraId('longgop'), 'main', got)
  await until('pictures', () => got.fragments.length > 0)
  expect(viewer.fragments.filter(({ independent }) => independent)).toHaveLength(1)
  await peer.hub.stop()
  handle.close()
})

it('serves the substream, and a camera that has only one stream too', async () => {
  const probed = JSON.parse(
    await run('ffprobe', [
      ...['-v', 'error', '-rtsp_transport', 'tcp', '-show_streams', '-of', 'json', reader.url('/plain/sub')],
    ]),
  ) as { streams: { codec_name: string; width: number }[] }
  expect(probed.streams).toMatchObject([{ codec_name: 'h264', width: 320 }, { codec_name: 'pcm_mulaw' }])
})

it('tells readers that ask for UDP first to come by TCP', async () => {
  const shown = await pictures(['-i', reader.url('/plain/main'), '-frames:v', '5'])
  expect(shown).toHaveLength(5)
})

it.concurrent.each([
  ['aac', 'aac'],
  ['pcma', 'pcm_alaw'],
  ['pcmu', 'pcm_mulaw'],
])('sound goes on as %s', async (name, codec) => {
  const input = ['-rtsp_transport', 'tcp', '-i', reader.url(`/${name}/main`)]
  const probed = await run('ffprobe', [
    '-v',
    'error',
    ...input,
    '-show_entries',
    'stream=codec_name',
    '-of',
    'csv=p=0',
  ])
  expect(probed.split('\n').filter(Boolean)).toEqual(['h264', codec])
  const samples = await heard([...input, '-t', '2'])
  expect(samples.length).toBeGreaterThan(1.5 * 8000)
  // Most of it is the tone, none of it a hole.
  const loud = samples.filter((sample) => Math.abs(sample) > 3000).length
  expect(loud / samples.length).toBeGreaterThan(0.5)
})
