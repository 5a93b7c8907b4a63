import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { fastify } from 'fastify'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  startVirtualCameras,
  type VirtualCamera,
  type VirtualCameras,
} from '../../scripts/virtual-cameras/index.ts'
import { GatewayError } from '../../src/domain/errors.ts'
import { Admission } from '../../src/media/admission.ts'
import { LiveHls } from '../../src/media/hls/live-hls.ts'
import { liveRoutes } from '../../src/media/hls/routes.ts'
import type { StreamHub } from '../../src/media/hub.ts'
import type { HttpApp } from '../../src/platform/http.ts'
import { answerError } from '../../src/platform/http-problem.ts'
import { validatorCompiler } from '../../src/platform/http-validation.ts'
import { createLog } from '../../src/platform/log.ts'
import { bFrameClip, h265Clip, hubOf, longGopClip, plainClip, run } from '../harness/streams.ts'
import { until } from '../harness/until.ts'

let cameras: VirtualCameras
let address: string
let app: HttpApp
let hub: StreamHub
let live: LiveHls
const camera = (name: string) => cameras.cameras.find((each) => each.name === name) as VirtualCamera

beforeAll(async () => {
  cameras = await startVirtualCameras({
    cameras: [
      { name: 'gate', main: await plainClip(), address: '127.0.1.37' },
      { name: 'bframes', main: await bFrameClip(), address: '127.0.1.37' },
      { name: 'h265', main: await h265Clip(), address: '127.0.1.37' },
      { name: 'rare', main: await longGopClip(), address: '127.0.1.37' },
      { name: 'broken', main: await plainClip(), address: '127.0.1.37' },
    ],
  })
  ;({ hub } = hubOf(cameras.cameras))
  live = new LiveHls({
    hub,
    admission: new Admission({ streams: 10, viewers: 10 }),
    idleMs: 2000,
    firstSegmentMs: 4500,
  })
  app = fastify({ loggerInstance: createLog('silent') }).withTypeProvider<TypeBoxTypeProvider>()
  app.setErrorHandler(answerError)
  app.setValidatorCompiler(validatorCompiler)
  liveRoutes(app, {
    live,
    liveH264: live,
    source: (cameraId, stream) => {
      if (cameras.cameras.some(({ name }) => name === cameraId))
        return Promise.resolve({ cameraId, stream, url: 'rtsp://127.0.1.37/' })
      return Promise.reject(
        new GatewayError({ kind: 'not-found', code: 'camera-unknown', message: 'no such camera' }),
      )
    },
  })
  address = await app.listen({ port: 0, host: '127.0.0.1' })
})
afterAll(async () => {
  live.stop()
  await hub.stop()
  await app.close()
  await cameras.stop()
})
const nobodyWatches = () => until('nobody watches', () => live.figures().streams === 0)

const playlistOf = (name: string) => `${address}/live/${name}/main/index.m3u8`

async function playlist(name: string): Promise<string> {
  const response = await fetch(playlistOf(name))
  const text = await response.text()
  expect(response.status, text).toBe(200)
  expect(response.headers.get('content-type')).toBe('application/vnd.apple.mpegurl')
  return text
}

interface Listed {
  uri: string
  durationMs: number
  programmeUtcMs: number
}

function listed(text: string): Listed[] {
  return [
    ...text.matchAll(/#EXT-X-PROGRAM-DATE-TIME:(\S+)\n(?:#EXT-X-PART:.*\n)*#EXTINF:([\d.]+),\n(\S+)/g),
  ].map(([, time = '', duration = '', uri = '']) => ({
    uri,
    durationMs: Number(duration) * 1000,
    programmeUtcMs: Date.parse(time),
  }))
}

it.concurrent.each([
  ['gate', 'h264'],
  ['bframes', 'h264'],
  ['h265', 'hevc'],
])('ffmpeg plays %s as %s, in time and without a break', async (name, codec) => {
  const probed = JSON.parse(
    await run('ffprobe', [
      ...'-v error -live_start_index 0 -read_intervals %+3 -show_streams -show_packets -of json'.split(' '),
      playlistOf(name),
    ]),
  ) as {
    streams: { codec_name: string; width?: number }[]
    packets: { codec_type: string; dts_time: string }[]
  }
  expect(probed.streams.map(({ codec_name, width }) => [codec_name, width])).toEqual([
    [codec, 320],
    ['flac', undefined],
  ])
  for (const type of ['video', 'audio']) {
    const dts = probed.packets
      .filter(({ codec_type }) => codec_type === type)
      .map((packet) => Number(packet.dts_time))
    expect(dts).toEqual(dts.toSorted((a, b) => a - b))
    const steps = dts.slice(1).map((time, i) => time - (dts[i] ?? 0))
    expect(Math.max(...steps)).toBeLessThan(0.1)
    expect((dts.at(-1) ?? 0) - (dts[0] ?? 0)).toBeGreaterThan(2)
  }
  // Decodes without a complaint.
  const complaints = await run('ffmpeg', [
    ...'-v error -xerror -live_start_index 0 -t 2 -i'.split(' '),
    playlistOf(name),
    ...'-f null -'.split(' '),
  ])
  expect(complaints).toBe('')
})

it.concurrent('starts a late viewer at a keyframe where keyframes are rare', async () => {
  const text = await until(
    'a keyframe in the middle',
    async () => {
      const now = await playlist('rare')
      return listed(now).length >= 6 ? now : null
    },
    20_000,
  )
  expect(text).not.toContain('#EXT-X-INDEPENDENT-SEGMENTS')
  const offsetS = Number(/TIME-OFFSET=([\d.]+)/.exec(text)?.[1])
  let at = 0
  const start = listed(text).find(({ durationMs }) => {
    at += durationMs / 1000
    return at > offsetS
  })
  const init = await fetch(new URL(/URI="([^"]+)"/.exec(text)?.[1] ?? '', playlistOf('rare')))
  const segment = await fetch(new URL(start?.uri ?? '', playlistOf('rare')))
  const bytes = Buffer.concat(
    await Promise.all([init, segment].map(async (r) => Buffer.from(await r.arrayBuffer()))),
  )
  const packets = await run('ffprobe', '-v error -show_entries packet=flags -of csv pipe:0'.split(' '), bytes)
  expect(packets.split('\n')[0]).toMatch(/^packet,K/)
})

it.concurrent('answers with the fault of the stream, and plays once it is healed', async () => {
  await camera('broken').fault('wrong-password')
  const refused = await fetch(playlistOf('broken'))
  expect(refused.status).toBe(502)
  expect(await refused.json()).toMatchObject({ code: 'password-refused', details: { hop: 'password' } })
  await camera('broken').fault('refuse')
  hub.restart('broken' as never)
  const gone = await until('the new fault', async () => {
    const body = (await (await fetch(playlistOf('broken'))).json()) as { code: string }
    return body.code === 'connection-refused' ? body : null
  })
  expect(gone).toMatchObject({ details: { hop: 'network' } })
  await camera('broken').fault(null)
  await until('it plays', async () => (await fetch(playlistOf('broken'))).ok)
})

it.concurrent('says which codec comes before the first picture', async () => {
  const answer = await fetch(`${address}/api/v1/cameras/h265/live?stream=main`)
  expect(await answer.json()).toMatchObject({
    hls: '/live/h265/main/index.m3u8',
    stream: 'main',
    codecs: expect.stringMatching(/^hvc1\./),
  })
})

it('all viewers of a stream share one connection, which ends after the last request', async () => {
  await nobodyWatches()
  const texts = await Promise.all([playlist('gate'), playlist('gate'), playlist('gate')])
  expect(new Set(texts).size).toBe(1)
  expect(camera('gate').rtspClients).toBe(1)
  await until('the connection ends', () => camera('gate').rtspClients === 0, 8000)
  expect(live.figures().streams).toBe(0)
})

it('lists segments whose times follow each other, with the gateway time of each', async () => {
  const text = await until('five segments', async () => {
    const now = await playlist('gate')
    return listed(now).length >= 5 ? now : null
  })
  const segments = listed(text)
  for (const [i, segment] of segments.slice(1).entries()) {
    const before = segments[i] as Listed
    expect(Math.abs(before.programmeUtcMs + before.durationMs - segment.programmeUtcMs)).toBeLessThan(60)
    expect(segment.durationMs).toBeLessThan(2500)
  }
  expect(Math.abs(Date.now() - (segments.at(-1)?.programmeUtcMs ?? 0))).toBeLessThan(4000)
  expect(text).toContain('#EXT-X-TARGETDURATION:2\n')
  const init = /#EXT-X-MAP:URI="([^"]+)"/.exec(text)?.[1] ?? ''
  for (const uri of [init, segments[0]?.uri ?? '']) {
    const response = await fetch(new URL(uri, playlistOf('gate')))
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('private, max-age=60, immutable')
  }
})

it('marks a break, and goes on after it', async () => {
  await playlist('gate')
  await camera('gate').fault('drop')
  const text = await until('a break', async () => {
    const now = await playlist('gate')
    return now.includes('#EXT-X-DISCONTINUITY\n') ? now : null
  })
  // The same format: nothing new to initialise a decoder with.
  expect(text.match(/#EXT-X-MAP/g)).toHaveLength(1)
})

it('numbers of a later session are above those of an earlier one', async () => {
  const numbers = (text: string) => ({
    segment: Number(/MEDIA-SEQUENCE:(\d+)/.exec(text)?.[1]),
    breaks: Number(/DISCONTINUITY-SEQUENCE:(\d+)/.exec(text)?.[1]),
  })
  await nobodyWatches()
  const { segment: first, breaks } = numbers(await playlist('gate'))
  await nobodyWatches()
  const second = numbers(await playlist('gate'))
  expect(second.segment).toBeGreaterThan(first)
  expect(second.breaks).toBeGreaterThan(breaks)
  // hls.js walks a list of that length at every reload.
  expect(second.breaks).toBeLessThan(1000)
  const old = await fetch(new URL(`${first}.m4s`, playlistOf('gate')))
  expect(old.status).toBe(404)
})

it.each([
  ['/live/nobody/main/index.m3u8', 404, 'camera-unknown'],
  ['/live/gate/other/index.m3u8', 400, 'path-malformed'],
  ['/live/gate/main/x.m4s', 400, 'path-malformed'],
  ['/live/gate/main/1.m4s', 404, 'segment-gone'],
  ['/live/gate/main/1.mp4', 404, 'segment-gone'],
  ['/api/v1/cameras/nobody/live', 404, 'camera-unknown'],
])('%s is answered with %i %s', async (path, status, code) => {
  const response = await fetch(`${address}${path}`)
  expect(response.status).toBe(status)
  expect(await response.json()).toMatchObject({ code })
})
