import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { get, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startVirtualCameras, type VirtualCameras } from '../../scripts/virtual-cameras/index.ts'
import type { CameraId } from '../../src/domain/ids.ts'
import type { StreamHub } from '../../src/media/hub.ts'
import type { HttpApp } from '../../src/platform/http.ts'
import { insertCameras } from '../harness/cameras.ts'
import { startDatabase, type TestDatabase } from '../harness/database.ts'
import { recordingsFolder, recordRun } from '../harness/footage.ts'
import { httpApp } from '../harness/http.ts'
import { playbackOf } from '../harness/playback.ts'
import { bFrameClip, Collector, h265Clip, hubOf, pictures, plainClip, run } from '../harness/streams.ts'
import { until } from '../harness/until.ts'

const begun = Date.UTC(2026, 0, 5, 8)
const at = (seconds: number) => begun + Math.round(seconds * 1000)
const clips = { plain: plainClip, bframes: bFrameClip, h265: h265Clip }
const folder = recordingsFolder()
let database: TestDatabase
let cameras: VirtualCameras
let hub: StreamHub
let app: HttpApp
let address: string

beforeAll(async () => {
  database = await startDatabase()
  const { db } = database
  await insertCameras(db, ...Object.keys(clips), 'broken', 'mixed')
  for (const [name, clip] of Object.entries(clips)) {
    const cameraId = name as CameraId
    await recordRun(db, folder, { cameraId, clip: await clip(), startUtcMs: begun, seconds: 24 })
  }
  const mixed = { cameraId: 'mixed' as CameraId, clip: await plainClip(), startUtcMs: begun, seconds: 8 }
  await recordRun(db, folder, mixed)
  await recordRun(db, folder, { ...mixed, startUtcMs: at(20) })
  await recordRun(db, folder, { ...mixed, clip: await h265Clip(), startUtcMs: at(40) })
  cameras = await startVirtualCameras({
    cameras: [{ name: 'plain', main: await plainClip(), address: '127.0.1.38' }],
  })
  ;({ hub } = hubOf(cameras.cameras))
  app = await httpApp()
  playbackOf(app, {
    db,
    folder,
    hub,
    snapshotLimits: { most: 1, mostWaiting: 1, mostEach: 9 },
    clipLimits: { most: 1, mostWaiting: 0, mostEach: 9 },
    clipIdleMs: 1500,
  })
  address = await app.listen({ port: 0, host: '127.0.0.1' })
})
afterAll(async () => {
  await app.close()
  await hub.stop()
  await cameras.stop()
  await database.stop()
  await rm(folder, { recursive: true, force: true })
})

const api = (path: string, init: RequestInit = {}) => fetch(`${address}/api/v1/cameras/${path}`, init)

interface Clip {
  file: string
  firstS: number
  lastS: number
  disposition: string
}

async function clip(camera: string, from: number, to: number): Promise<Clip> {
  const response = await api(`${camera}/clip?from=${at(from)}&to=${at(to)}`)
  const bytes = Buffer.from(await response.arrayBuffer())
  expect(response.status, bytes.toString('utf8', 0, 300)).toBe(200)
  const file = join(folder, `${camera}-${from}-${to}.mp4`)
  await writeFile(file, bytes)
  const time = (name: string) => (Date.parse(response.headers.get(name) ?? '') - begun) / 1000
  return {
    file,
    firstS: time('x-first-frame'),
    lastS: time('x-last-frame'),
    disposition: response.headers.get('content-disposition') ?? '',
  }
}

/** What GStreamer shows of a file of 320x240 pictures: a hash of each, as `pictures` has them. */
async function framesOfGstreamer(file: string): Promise<string[]> {
  const raw = `${file}.yuv`
  const sink = `video/x-raw,format=I420 ! filesink location=${raw}`
  const pipeline = `filesrc location=${file} ! qtdemux ! h264parse ! avdec_h264 ! videoconvert ! ${sink}`
  await promisify(execFile)('gst-launch-1.0', ['-q', ...pipeline.split(' ')])
  const bytes = await readFile(raw)
  const frameBytes = (320 * 240 * 3) / 2
  return Array.from({ length: bytes.length / frameBytes }, (_, i) =>
    createHash('md5')
      .update(bytes.subarray(i * frameBytes, (i + 1) * frameBytes))
      .digest('hex'),
  )
}

interface Packet {
  pts: number
  dts: number
  duration: number
}

async function packetsOf(file: string): Promise<Packet[]> {
  const found = await run('ffprobe', ['-v', 'error', '-show_packets', '-of', 'json', file])
  return (JSON.parse(found) as { packets: Packet[] }).packets
}

describe('a clip', () => {
  it.each(['plain', 'bframes', 'h265'] as const)(
    'of %s has the very frames of the source, over segments, in one line of time',
    async (name) => {
      const got = await clip(name, 3.5, 21.7)
      const source = await pictures(['-i', await clips[name]()])
      const packets = await packetsOf(got.file)
      // What stands at 3.5 s.
      expect(got.firstS).toBeCloseTo(3.48, 2)
      // The last one before 21.7 s; what was decoded before it and is shown after it comes with it.
      expect(got.lastS).toBeGreaterThanOrEqual(21.679)
      expect(got.lastS).toBeLessThan(name === 'plain' ? 21.681 : 21.9)
      const pts = packets.map((packet) => packet.pts).toSorted((a, b) => a - b)
      // The asked frame is at zero; what is before it only serves to decode it, from the keyframe on.
      expect(pts).toContain(0)
      expect(pts[0]).toBe(-12 * 3600)
      const steps = new Set(pts.slice(1).map((time, i) => time - (pts[i] ?? 0)))
      expect([...steps]).toEqual([3600])
      const dts = packets.map((packet) => packet.dts)
      expect(dts).toEqual([...new Set(dts)].toSorted((a, b) => a - b))
      // ffmpeg's program shows them all, and those very ones.
      const shown = await pictures(['-i', got.file])
      expect(shown).toHaveLength(Math.round((got.lastS - 3) * 25) + 1)
      expect(shown).toEqual(shown.map((_, i) => source[(75 + i) % source.length]))
      const { format } = JSON.parse(
        await run('ffprobe', [...'-v error -show_format -of json'.split(' '), got.file]),
      ) as { format: { duration: string; tags: Record<string, string> } }
      expect(format.tags).toMatchObject({
        'first-frame': new Date(at(got.firstS)).toISOString(),
        'last-frame': new Date(at(got.lastS)).toISOString(),
        creation_time: '2026-01-05T08:00:03.000000Z',
      })
    },
  )

  it('is shown from the asked frame to the last one before the end by a player that heeds edit lists', async () => {
    const { file } = await clip('plain', 3.5, 21.7)
    const source = await pictures(['-i', await plainClip()])
    expect(await framesOfGstreamer(file)).toEqual(
      Array.from({ length: 456 }, (_, i) => source[(87 + i) % source.length]),
    )
  })

  it('tells its camera and its true beginning and end by name', async () => {
    expect((await clip('plain', 3.5, 5)).disposition).toMatch(
      /^attachment; filename="plain_20260105T080003\.480Z_20260105T080004\.960Z\.mp4"$/,
    )
  })

  it('tells its times to whoever asks for no more', async () => {
    const response = await api(`plain/clip?from=${at(3.5)}&to=${at(5)}`, { method: 'HEAD' })
    expect(response.headers.get('x-first-frame')).toBe(new Date(at(3.48)).toISOString())
    expect((await response.arrayBuffer()).byteLength).toBe(0)
  })

  it('is refused while too many are being sent, and has room again when one breaks off', async () => {
    // More than the sockets between us hold.
    const long = { cameraId: 'long' as CameraId, clip: await plainClip(), startUtcMs: begun, seconds: 500 }
    await recordRun(database.db, folder, long)
    const url = `long/clip?from=${at(0)}&to=${at(500)}`
    const first = await api(url)
    const second = await api(url)
    expect([second.status, ((await second.json()) as { code: string }).code]).toEqual([503, 'clip-capacity'])
    await first.body?.cancel()
    await until('there is room', async () => {
      const again = await api(url)
      await again.arrayBuffer()
      return again.ok
    })
  })

  it('is broken off when its reader takes nothing more, and so leaves its place to others', async () => {
    const url = `${address}/api/v1/cameras/long/clip?from=${at(0)}&to=${at(500)}`
    const idle = get(url)
    const [response] = (await once(idle, 'response')) as [IncomingMessage]
    response.pause()
    await until('there is room', async () => {
      const again = await fetch(url)
      await again.arrayBuffer()
      return again.ok
    })
    await expect(response.toArray()).rejects.toThrow('aborted')
  })

  it('keeps a gap as time in which nothing comes', async () => {
    const { file, firstS, lastS } = await clip('mixed', 2, 26)
    const packets = await packetsOf(file)
    const seconds = packets.map(({ pts }) => pts / 90_000)
    const jumps = seconds.slice(1).map((time, i) => time - (seconds[i] ?? 0))
    // Recorded from 0 to 8 and from 20 on; the last picture of the eight seconds stands at 7.96.
    expect(jumps.filter((jump) => jump > 0.05)).toEqual([expect.closeTo(12.04, 2)])
    expect((seconds.at(-1) ?? 0) - (seconds[0] ?? 0)).toBeCloseTo(lastS - firstS, 2)
    const source = await pictures(['-i', await plainClip()])
    const shown = await pictures(['-i', file])
    expect(shown.slice(0, 150)).toEqual(Array.from({ length: 150 }, (_, i) => source[(50 + i) % 100]))
    expect(shown.slice(150)).toEqual(shown.slice(150).map((_, i) => source[i % 100]))
  })

  it('is not made over a change of format: says when it was', async () => {
    const response = await api(`mixed/clip?from=${at(21)}&to=${at(45)}`)
    expect(response.status).toBe(409)
    expect(await response.json()).toMatchObject({
      code: 'clip-format-changes',
      details: { changesAt: new Date(at(40)).toISOString() },
    })
    expect((await clip('mixed', 40, 45)).firstS).toBe(40)
  })

  it('breaks off, and does not end as if it were whole, where a file vanishes', async () => {
    const cameraId = 'broken' as CameraId
    const rows = await recordRun(database.db, folder, {
      cameraId,
      clip: await plainClip(),
      startUtcMs: begun,
      seconds: 24,
    })
    expect(rows).toHaveLength(3)
    await rm(join(folder, rows[1]?.path ?? ''))
    const response = await api(`broken/clip?from=${at(0)}&to=${at(24)}`)
    expect(response.status).toBe(200)
    await expect(response.arrayBuffer()).rejects.toThrow()
  })
})

describe('a snapshot', () => {
  it.each([
    ['plain', 13.0, 325],
    ['plain', 13.5, 337],
    ['plain', 9.999, 249],
    ['bframes', 13.5, 337],
    ['bframes', 3.04, 76],
    ['h265', 17.36, 434],
  ] as const)('of %s at %f s is frame %i', async (name, seconds, frame) => {
    const response = await api(`${name}/snapshot?at=${at(seconds)}`)
    const jpeg = Buffer.from(await response.arrayBuffer())
    expect(response.status, jpeg.toString('utf8', 0, 300)).toBe(200)
    expect(response.headers.get('content-type')).toBe('image/jpeg')
    expect((Date.parse(response.headers.get('x-frame-time') ?? '') - begun) / 1000).toBeCloseTo(frame / 25, 2)
    // The same frame of the source by the same encoder: the same bytes.
    const expected = join(folder, `${name}-${frame}.jpg`)
    const argv = ['-v', 'error', '-i', await clips[name](), '-vf', `select=eq(n\\,${frame % 100})`]
    await run('ffmpeg', [
      ...argv,
      '-frames:v',
      '1',
      '-c:v',
      'mjpeg',
      '-q:v',
      '2',
      '-f',
      'image2pipe',
      expected,
    ])
    const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
    expect(hash(jpeg)).toBe(hash(await readFile(expected)))
  })

  it('comes from what is kept when it is asked for again', async () => {
    const url = `plain/snapshot?at=${at(19.2)}`
    await (await api(url)).arrayBuffer()
    const begunMs = performance.now()
    await (await api(url)).arrayBuffer()
    const againMs = performance.now() - begunMs
    const newMs = performance.now()
    await (await api(`plain/snapshot?at=${at(19.6)}`)).arrayBuffer()
    expect(againMs).toBeLessThan(performance.now() - newMs)
  })

  it('is refused while too many are being taken', async () => {
    const asked = [1, 2, 3, 4, 5, 6].map((second) => api(`bframes/snapshot?at=${at(second + 0.8)}`))
    const answers = await Promise.all(asked)
    const codes = await Promise.all(
      answers.map(async (answer) => (answer.ok ? 'ok' : ((await answer.json()) as { code: string }).code)),
    )
    expect(new Set(codes)).toEqual(new Set(['ok', 'snapshot-capacity']))
    expect(codes.filter((code) => code === 'ok').length).toBeGreaterThanOrEqual(2)
  })

  it('of the keyframe before is small, and the same one for all moments behind it', async () => {
    const small = async (second: number) => {
      const response = await api(`plain/thumbnail?at=${at(second)}`)
      return { time: response.headers.get('x-frame-time'), jpeg: Buffer.from(await response.arrayBuffer()) }
    }
    const [first, second] = await Promise.all([small(13.2), small(13.96)])
    expect(first.time).toBe(new Date(at(13)).toISOString())
    expect(second).toEqual(first)
    const shown = await run(
      'ffprobe',
      [...'-v error -f image2pipe -show_entries stream=width,height -of csv=p=0 pipe:0'.split(' ')],
      first.jpeg,
    )
    expect(shown.trim()).toBe('240,180')
    expect((await api(`plain/thumbnail?at=${at(60)}`)).status).toBe(404)
  })

  it('of a moment without footage says so', async () => {
    const response = await api(`plain/snapshot?at=${at(60)}`)
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
      404,
      'footage-none',
    ])
  })

  it('of now is taken from the pictures that are kept', async () => {
    const viewer = new Collector()
    const handle = hub.open('plain' as CameraId, 'main', viewer)
    await until('a picture', () => viewer.fragments.length >= 3)
    const response = await api('plain/snapshot')
    const jpeg = Buffer.from(await response.arrayBuffer())
    expect(response.status, jpeg.toString('utf8', 0, 300)).toBe(200)
    expect(Math.abs(Date.now() - Date.parse(response.headers.get('x-frame-time') ?? ''))).toBeLessThan(3000)
    expect(jpeg.readUInt16BE(0)).toBe(0xffd8)
    expect(cameras.cameras[0]?.rtspClients).toBe(1)
    handle.close()
  })

  it('of now needs a camera', async () => {
    const response = await api('nobody/snapshot')
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
      404,
      'camera-unknown',
    ])
  })
})
