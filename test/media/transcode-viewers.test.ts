import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { startVirtualCameras, type VirtualCameras } from '../../scripts/virtual-cameras/index.ts'
import type { LiveAnswer } from '../../src/contract/cameras.ts'
import { type LiveNotice, liveSocketPath, readMedia } from '../../src/contract/live-socket.ts'
import { Admission } from '../../src/media/admission.ts'
import { LiveHls } from '../../src/media/hls/live-hls.ts'
import { liveRoutes } from '../../src/media/hls/routes.ts'
import type { StreamHub } from '../../src/media/hub.ts'
import { LiveServer } from '../../src/media/live/live-server.ts'
import { showTranscodes } from '../../src/media/transcode/transcode-metrics.ts'
import { Transcodes } from '../../src/media/transcode/transcodes.ts'
import { createLog } from '../../src/platform/log.ts'
import { createMetrics } from '../../src/platform/metrics.ts'
import type { StreamSource } from '../../src/registry/stream-source.ts'
import { startAccess, type TestAccess } from '../harness/access.ts'
import { startDatabase, type TestDatabase } from '../harness/database.ts'
import { Collector, cameraId, h265Clip, hubOf, plainClip, run } from '../harness/streams.ts'
import { until } from '../harness/until.ts'

let cameras: VirtualCameras
let database: TestDatabase
let access: TestAccess
let hub: StreamHub
let transcodes: Transcodes
let address: string
let token: string
const metrics = createMetrics()
const stops: (() => void)[] = []

beforeAll(async () => {
  const host = '127.0.1.62'
  const [h264, h265] = await Promise.all([plainClip(), h265Clip()])
  ;[cameras, database] = await Promise.all([
    startVirtualCameras({
      discovery: false,
      cameras: [
        { name: 'gate', main: h265, sub: h264, address: host },
        { name: 'yard', main: h265, sub: h264, address: host },
        { name: 'all-new', main: h265, sub: h265, address: host },
      ],
    }),
    startDatabase(),
  ])
  ;({ hub } = hubOf(cameras.cameras))
  const log = createLog('silent')
  const source = (id: StreamSource['cameraId'], stream: StreamSource['stream']) =>
    Promise.resolve({ cameraId: id, stream, url: `rtsp://${host}/` })
  // Room for one.
  transcodes = new Transcodes({ log, hub, budgetCores: 0.01, lingerMs: 300 })
  showTranscodes(metrics.registry, () => transcodes.figures())
  access = await startAccess(database.db)
  const { app, sessions } = access
  const admission = new Admission({ streams: 20, viewers: 20 })
  const server = new LiveServer({
    ...{ app, sessions, log, transcodes, admission, source },
    views: { begin: () => () => undefined },
    places: { ofCamera: () => Promise.resolve([]) },
  })
  const live = new LiveHls({ hub, admission, idleMs: 2000 })
  const liveH264 = new LiveHls({ hub: transcodes.asH264, admission, idleMs: 2000 })
  stops.push(
    () => server.stop(),
    () => live.stop(),
    () => liveH264.stop(),
  )
  liveRoutes(app, { live, liveH264, source })
  await app.listen({ port: 0, host: '127.0.0.1' })
  address = `127.0.0.1:${(app.server.address() as AddressInfo).port}`
  token = await access.tokenOf('viewer')
})
afterAll(async () => {
  for (const stop of stops) stop()
  await access.app.close()
  await transcodes.stop()
  await hub.stop()
  await Promise.all([cameras.stop(), database.stop()])
})

const nothingRuns = () => until('nothing is transcoded', () => transcodes.figures().running === 0)
const headers = () => ({ cookie: `xueliang_session=${token}` })

async function ask(name: string, query: string): Promise<{ status: number; body: LiveAnswer }> {
  const response = await fetch(`http://${address}/api/v1/cameras/${name}/live?${query}`, {
    headers: headers(),
  })
  return { status: response.status, body: (await response.json()) as LiveAnswer }
}

it('plain HLS is H.264 whose dates are those of the camera’s pictures', async () => {
  const source = new Collector()
  const own = hub.open(cameraId('gate'), 'main', source)
  const { body } = await ask('gate', 'stream=main&codecs=avc1')
  expect(body).toMatchObject({ hls: '/live/h264/gate/main/index.m3u8', stream: 'main', transcoded: true })
  expect(body.codecs).toMatch(/^avc1\.64/)
  const playlist = `http://${address}${body.hls}`
  const probed = JSON.parse(
    await run('ffprobe', [
      ...['-v', 'error', '-headers', `Cookie: xueliang_session=${token}\r\n`],
      ...'-live_start_index 0 -read_intervals %+2 -show_streams -of json'.split(' '),
      playlist,
    ]),
  ) as { streams: { codec_name: string; width: number }[] }
  expect(probed.streams).toMatchObject([{ codec_name: 'h264', width: 320 }, { codec_name: 'flac' }])
  const text = await (await fetch(playlist, { headers: headers() })).text()
  own.close()
  const dates = [...text.matchAll(/PROGRAM-DATE-TIME:(\S+)/g)].map(([, date = '']) => Date.parse(date))
  const times = source.fragments.flatMap(({ samples }) => samples.map((each) => each.programmeUtcMs))
  expect(dates.length).toBeGreaterThan(1)
  for (const date of dates) {
    const offMs = Math.min(...times.map((time) => Math.abs(time - date)))
    expect(offMs).toBeLessThan(2)
  }
  expect(await metrics.registry.metrics()).toMatch(/^transcodes_running 1$/m)
  await nothingRuns()
})

it('gives a player that says it can the camera’s own H.265, and one that says nothing too', async () => {
  for (const query of ['stream=main&codecs=avc1,hvc1', 'stream=main']) {
    const { body } = await ask('gate', query)
    expect(body).toMatchObject({ hls: '/live/gate/main/index.m3u8', transcoded: false })
    expect(body.codecs).toMatch(/^hvc1/)
  }
  expect((await ask('gate', 'codecs=vp09')).status).toBe(400)
  expect(transcodes.figures().running).toBe(0)
})

it('tells a page over its socket what it gets, and a player over HLS why it gets nothing', async () => {
  const notices: LiveNotice[] = []
  const formats = new Map<number, string>()
  const socket = new WebSocket(`ws://${address}${liveSocketPath}`, { headers: headers() })
  socket.binaryType = 'arraybuffer'
  socket.on('message', (data, binary) => {
    if (!binary) notices.push(JSON.parse(Buffer.from(data as ArrayBuffer).toString()) as LiveNotice)
    const media = binary ? readMedia(data as ArrayBuffer) : null
    if (media?.kind === 'format') formats.set(media.feed, media.codec)
  })
  await once(socket, 'open')
  const open = (feed: number, name: string) => {
    socket.send(JSON.stringify({ type: 'open', feed, cameraId: name, stream: 'main', codecs: ['avc1'] }))
  }
  const told = (feed: number, type: LiveNotice['type']) =>
    notices.findLast((each) => each.feed === feed && each.type === type)
  open(1, 'gate')
  await until('a format', () => formats.has(1))
  expect(told(1, 'delivered')).toEqual({ type: 'delivered', feed: 1, stream: 'main', transcoded: true })
  open(2, 'yard')
  open(3, 'all-new')
  await until('the substream', () => formats.has(2))
  expect(told(2, 'delivered')).toMatchObject({
    stream: 'sub',
    transcoded: false,
    reduced: { hop: 'capacity', code: 'transcode-budget' },
  })
  await until('refused', () => {
    const condition = told(3, 'condition')
    return condition?.type === 'condition' && condition.fault?.code === 'transcode-budget'
  })
  expect(formats.has(3)).toBe(false)

  expect(await ask('all-new', 'stream=sub&codecs=avc1')).toMatchObject({
    status: 502,
    body: { code: 'transcode-budget' },
  })
  expect((await ask('yard', 'stream=main&codecs=avc1')).body).toMatchObject({
    transcoded: false,
    reduced: { code: 'transcode-budget' },
  })
  socket.terminate()
  await nothingRuns()
})
