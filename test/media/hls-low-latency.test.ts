import { spawn } from 'node:child_process'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { fastify } from 'fastify'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { startVirtualCameras, type VirtualCameras } from '../../scripts/virtual-cameras/index.ts'
import type { StreamName } from '../../src/domain/camera.ts'
import { Admission } from '../../src/media/admission.ts'
import { LiveHls } from '../../src/media/hls/live-hls.ts'
import { liveRoutes } from '../../src/media/hls/routes.ts'
import type { StreamHub } from '../../src/media/hub.ts'
import type { HttpApp } from '../../src/platform/http.ts'
import { answerError } from '../../src/platform/http-problem.ts'
import { validatorCompiler } from '../../src/platform/http-validation.ts'
import { createLog } from '../../src/platform/log.ts'
import { bFrameClip, h265Clip, hubOf, plainClip, run } from '../harness/streams.ts'
import { until } from '../harness/until.ts'

let cameras: VirtualCameras
let address: string
let app: HttpApp
let hub: StreamHub
let live: LiveHls

beforeAll(async () => {
  const host = '127.0.1.41'
  cameras = await startVirtualCameras({
    discovery: false,
    cameras: [
      { name: 'gate', main: await plainClip(), address: host },
      { name: 'bframes', main: await bFrameClip(), address: host },
      { name: 'h265', main: await h265Clip(), sub: await plainClip(), address: host },
      { name: 'single', main: await plainClip(), address: host },
    ],
  })
  ;({ hub } = hubOf(cameras.cameras))
  live = new LiveHls({ hub, admission: new Admission({ streams: 6, viewers: 6 }) })
  app = fastify({ loggerInstance: createLog('silent') }).withTypeProvider<TypeBoxTypeProvider>()
  app.setErrorHandler(answerError)
  app.setValidatorCompiler(validatorCompiler)
  const source = (cameraId: string, wanted: StreamName) => {
    const stream: StreamName = cameraId === 'single' ? 'main' : wanted
    return Promise.resolve({ cameraId, stream, url: 'rtsp://127.0.1.41/' } as never)
  }
  liveRoutes(app, { live, liveH264: live, source })
  address = await app.listen({ port: 0, host: '127.0.0.1' })
})
afterAll(async () => {
  live.stop()
  await hub.stop()
  await app.close()
  await cameras.stop()
})

const playlistOf = (name: string) => `${address}/live/${name}/main/index.m3u8`

async function text(url: string | URL): Promise<string> {
  const response = await fetch(url)
  const body = await response.text()
  expect(response.status, body).toBe(200)
  return body
}

/** The last part that a playlist lists, as what comes after it is asked for. */
function edgeOf(playlist: string): { sequence: number; part: number } {
  const [, sequence = '', part = ''] = /PRELOAD-HINT:TYPE=PART,URI="(\d+)\.(\d+)\.m4s"/.exec(playlist) ?? []
  return { sequence: Number(sequence), part: Number(part) }
}

const reload = (name: string, query: string) => new URL(`?${query}`, playlistOf(name))

/** Long enough for parts beside whole segments. */
const settled = (name: string) =>
  until('a long playlist', async () => {
    const now = await text(playlistOf(name))
    return (now.match(/#EXTINF/g)?.length ?? 0) >= 4 ? now : null
  })

it('parts make up their segments, byte for byte, none longer than was promised', async () => {
  const playlist = await settled('gate')
  const targetS = Number(/PART-TARGET=([\d.]+)/.exec(playlist)?.[1])
  const durations = [...playlist.matchAll(/#EXT-X-PART:DURATION=([\d.]+)/g)].map(([, s]) => Number(s))
  expect(durations.length).toBeGreaterThan(5)
  expect(Math.max(...durations)).toBeLessThanOrEqual(targetS)
  const [, lines = '', whole = ''] = /((?:#EXT-X-PART:.*\n)+)#EXTINF:.*\n(\S+)/.exec(playlist) ?? []
  const bytesOf = async (uri: string) => {
    const response = await fetch(new URL(uri, playlistOf('gate')))
    expect(response.status).toBe(200)
    return Buffer.from(await response.arrayBuffer())
  }
  const uris = [...lines.matchAll(/URI="([^"]+)"/g)].map(([, uri]) => uri ?? '')
  expect(Buffer.concat(await Promise.all(uris.map(bytesOf)))).toEqual(await bytesOf(whole))
})

it('holds a reload until the part that is asked for is there, and no longer', async () => {
  await settled('gate')
  for (let round = 0; round < 4; round++) {
    const { sequence, part } = edgeOf(await text(playlistOf('gate')))
    const after = edgeOf(await text(reload('gate', `_HLS_msn=${sequence}&_HLS_part=${part}`)))
    const grown = after.sequence > sequence || (after.sequence === sequence && after.part > part)
    expect(grown).toBe(true)
    // It came with that part, not some parts later.
    expect(after.sequence - sequence).toBeLessThanOrEqual(1)
  }
  const { sequence } = edgeOf(await text(playlistOf('gate')))
  const whole = await text(reload('gate', `_HLS_msn=${sequence}`))
  expect(whole).toContain(`\n${sequence}.m4s\n`)
})

it('sends the part that it hints at as soon as it is there', async () => {
  await settled('gate')
  let found = 0
  for (let round = 0; round < 5; round++) {
    const { sequence, part } = edgeOf(await text(playlistOf('gate')))
    const response = await fetch(new URL(`${sequence}.${part}.m4s`, playlistOf('gate')))
    // A keyframe may have ended the segment before it got so far.
    expect([200, 404]).toContain(response.status)
    const bytes = Buffer.from(await response.arrayBuffer())
    if (response.ok && bytes.subarray(4, 8).toString('latin1') === 'moof') found++
  }
  expect(found).toBeGreaterThanOrEqual(3)
})

it('leaves out old segments for whoever has had them', async () => {
  const full = await until(
    'a playlist worth leaving something out of',
    async () => {
      const now = await text(playlistOf('gate'))
      return (now.match(/#EXTINF/g)?.length ?? 0) >= 16 ? now : null
    },
    30_000,
  )
  const update = await text(reload('gate', '_HLS_skip=YES'))
  const skipped = Number(/SKIPPED-SEGMENTS=(\d+)/.exec(update)?.[1])
  expect(skipped).toBeGreaterThan(0)
  const listed = (playlist: string) => playlist.match(/^\d+\.m4s$/gm) ?? []
  expect(Math.abs(listed(update).length + skipped - listed(full).length)).toBeLessThanOrEqual(1)
  expect(update.length).toBeLessThan(full.length)
})

describe('what cannot be asked for', () => {
  it.each([
    ['_HLS_part=3', 'reload-malformed'],
    ['_HLS_msn=99999999999', 'reload-malformed'],
    ['_HLS_msn=-1', 'query-malformed'],
    ['_HLS_skip=maybe', 'query-malformed'],
  ])('%s is answered with 400 %s', async (query, code) => {
    await settled('gate')
    const response = await fetch(reload('gate', query))
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ code })
  })
})

it('a multivariant playlist names both streams, or the one that there is', async () => {
  const both = await text(`${address}/live/h265/index.m3u8`)
  expect(both).toMatch(/CODECS="hvc1\.[^"]+",RESOLUTION=320x240\nmain\/index\.m3u8\n/)
  expect(both).toMatch(/CODECS="avc1\.[^"]+",RESOLUTION=320x240\nsub\/index\.m3u8\n/)
  const [main, sub] = await Promise.all(
    ['main', 'sub'].map((name) => text(`${address}/live/h265/${name}/index.m3u8`)),
  )
  expect(main).toMatch(/#EXT-X-RENDITION-REPORT:URI="\.\.\/sub\/index\.m3u8",LAST-MSN=\d+,LAST-PART=\d+\n$/)
  expect(sub).toContain('#EXT-X-RENDITION-REPORT:URI="../main/index.m3u8",LAST-MSN=')
  const one = await text(`${address}/live/single/index.m3u8`)
  expect(one.match(/#EXT-X-STREAM-INF/g)).toHaveLength(1)
  const probed = JSON.parse(
    await run('ffprobe', [
      ...'-v error -read_intervals %+1 -show_streams -of json'.split(' '),
      `${address}/live/h265/index.m3u8`,
    ]),
  ) as { streams: { codec_name: string }[] }
  expect(probed.streams.map(({ codec_name }) => codec_name).toSorted()).toEqual([
    'flac',
    'flac',
    'h264',
    'hevc',
  ])
})

it.each(['gate', 'bframes'])('GStreamer plays %s without a break', async (name) => {
  await settled(name)
  const pipeline = `souphttpsrc location=${playlistOf(name)} ! hlsdemux ! qtdemux ! h264parse ! avdec_h264`
  const argv = ['-v', ...pipeline.split(' '), '!', 'fakesink', 'silent=false', 'sync=false']
  const player = spawn('gst-launch-1.0', argv, { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => {
    player.kill('SIGKILL')
  })
  let said = ''
  player.stdout.on('data', (bytes: Buffer) => {
    said += bytes.toString()
  })
  const pictures = () =>
    [...said.matchAll(/chain .*pts: 0:(\d\d):([\d.]+),/g)].map(([, m, s]) => Number(m) * 60 + Number(s))
  await until('pictures of three seconds', () => pictures().length >= 75)
  const times = pictures()
  const steps = times.slice(1).map((time, i) => time - (times[i] ?? 0))
  expect(Math.max(...steps)).toBeLessThan(0.1)
  expect(Math.min(...steps)).toBeGreaterThan(0)
})
