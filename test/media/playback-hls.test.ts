import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CameraId } from '../../src/domain/ids.ts'
import type { HttpApp } from '../../src/platform/http.ts'
import { insertCameras } from '../harness/cameras.ts'
import { startDatabase, type TestDatabase } from '../harness/database.ts'
import { recordingsFolder, recordRun, type UnendedRun, writeRun } from '../harness/footage.ts'
import { httpApp } from '../harness/http.ts'
import { playbackOf } from '../harness/playback.ts'
import { bFrameClip, h265Clip, longGopClip, pictures, plainClip, run } from '../harness/streams.ts'
import { until } from '../harness/until.ts'

const begun = Date.UTC(2026, 0, 5, 8)
const at = (seconds: number) => begun + Math.round(seconds * 1000)
const folder = recordingsFolder()
let database: TestDatabase
let app: HttpApp
/** What is still being recorded. */
let underWay: UnendedRun | null = null
let address: string
/** Plain, then a gap of 20 s, then H.265; another one in B-frames, and one with rare keyframes. */
const gate = 'gate' as CameraId

beforeAll(async () => {
  database = await startDatabase()
  const { db } = database
  await insertCameras(db, 'gate', 'bframes', 'rare', 'empty')
  await recordRun(db, folder, { cameraId: gate, clip: await plainClip(), startUtcMs: begun, seconds: 24 })
  await recordRun(db, folder, { cameraId: gate, clip: await plainClip(), startUtcMs: at(44), seconds: 8 })
  await recordRun(db, folder, { cameraId: gate, clip: await h265Clip(), startUtcMs: at(60), seconds: 8 })
  const bframes = {
    cameraId: 'bframes' as CameraId,
    clip: await bFrameClip(),
    startUtcMs: begun,
    seconds: 12,
  }
  await recordRun(db, folder, bframes)
  await recordRun(db, folder, { ...bframes, cameraId: 'rare' as CameraId, clip: await longGopClip() })
  app = await httpApp()
  playbackOf(app, { db, folder, unfinished: () => underWay?.unfinished() ?? [] })
  address = await app.listen({ port: 0, host: '127.0.0.1' })
})
afterAll(async () => {
  await app.close()
  await database.stop()
  await rm(folder, { recursive: true, force: true })
})

const api = (path: string, init: RequestInit = {}) => fetch(`${address}/api/v1/cameras/${path}`, init)

async function playlist(camera: string, from: number, to: number, more = ''): Promise<string> {
  const response = await api(`${camera}/playback?from=${at(from)}&to=${at(to)}${more}`)
  const text = await response.text()
  expect(response.status, text).toBe(200)
  expect(response.headers.get('content-type')).toBe('application/vnd.apple.mpegurl')
  return text
}

const times = (text: string) =>
  [...text.matchAll(/PROGRAM-DATE-TIME:(\S+)/g)].map(([, time = '']) => (Date.parse(time) - begun) / 1000)
const startOffsetS = (text: string) => Number(/TIME-OFFSET=([\d.]+)/.exec(text)?.[1])
const mediaUri = (text: string) => /^(playback\/\S+)$/m.exec(text)?.[1] ?? ''

async function code(response: Response): Promise<[number, string]> {
  return [response.status, ((await response.json()) as { code: string }).code]
}

describe('the playlist', () => {
  it('begins at the keyframe before, and tells where in it the wanted frame is', async () => {
    const text = await playlist('gate', 13.48, 20)
    expect(times(text)[0]).toBe(13)
    expect(startOffsetS(text)).toBeCloseTo(0.48, 3)
    expect(text).toContain('#EXT-X-ENDLIST')
    expect(text).not.toContain('#EXT-X-DISCONTINUITY')
  })

  it('goes over gaps and changes of format, and keeps the clock', async () => {
    const text = await playlist('gate', 0, 100)
    const parts = text.split('#EXT-X-DISCONTINUITY\n')
    expect(parts).toHaveLength(3)
    expect(parts.map((part) => times(part)[0])).toEqual([0, 44, 60])
    // The same format before and after the gap: its initialisation section stands once.
    expect(parts.map((part) => part.match(/#EXT-X-MAP/g)?.length ?? 0)).toEqual([1, 0, 1])
    const durations = [...text.matchAll(/#EXTINF:([\d.]+)/g)].map(([, s]) => Number(s))
    expect(durations.reduce((sum, s) => sum + s, 0)).toBeCloseTo(40, 0)
  })

  it('begins behind a gap that it is asked to begin in', async () => {
    const text = await playlist('gate', 30, 50)
    expect([times(text)[0], startOffsetS(text)]).toEqual([44, 0])
  })

  it.each(['bframes', 'rare'])('plays %s in ffmpeg: every picture of the source, in order', async (name) => {
    const source = await pictures(['-i', name === 'rare' ? await longGopClip() : await bFrameClip()])
    const url = `${address}/api/v1/cameras/${name}/playback?from=${at(0)}&to=${at(12)}`
    const shown = await pictures(['-i', url])
    expect(shown).toEqual(Array.from({ length: 300 }, (_, i) => source[i % source.length]))
  })

  it('plays over a gap in ffmpeg without a complaint', async () => {
    const url = `${address}/api/v1/cameras/gate/playback?from=${at(20)}&to=${at(52)}`
    expect(await run('ffmpeg', ['-v', 'error', '-xerror', '-i', url, '-f', 'null', '-'])).toBe('')
  })

  it('gives keyframes alone, each until the next one', async () => {
    const url = `${address}/api/v1/cameras/gate/playback?from=${at(0)}&to=${at(24)}&keyframes=1`
    const probed = JSON.parse(await run('ffprobe', ['-v', 'error', '-show_packets', '-of', 'json', url])) as {
      packets: { pts_time: string; duration_time: string; flags: string }[]
    }
    expect(probed.packets).toHaveLength(24)
    expect(probed.packets.every(({ flags }) => flags.startsWith('K'))).toBe(true)
    const first = Number(probed.packets[0]?.pts_time)
    expect(probed.packets.map(({ pts_time }) => Number(pts_time) - first)).toEqual(
      probed.packets.map((_, i) => expect.closeTo(i, 2) as number),
    )
    const source = await pictures(['-i', await plainClip()])
    const shown = await pictures(['-i', url])
    expect(shown).toEqual(Array.from({ length: 24 }, (_, i) => source[(i * 25) % 100]))
  })

  it.each([
    ['empty/playback?from=0&to=1000', 404, 'footage-none'],
    ['nobody/playback?from=0&to=1000', 404, 'camera-unknown'],
    [`gate/playback?from=${at(25)}&to=${at(40)}`, 404, 'footage-none'],
    [`gate/playback?from=${at(9)}&to=${at(9)}`, 400, 'window-empty'],
    [`gate/playback?from=${at(0)}&to=${at(86_401)}`, 400, 'playback-too-long'],
    ['gate/playback?from=0', 400, 'playback-too-long'],
    ['gate/playback?from=yesterday&to=1000', 400, 'time-malformed'],
    ['gate/playback?to=1000', 400, 'query-malformed'],
    ['gate/playback/2026-01-05/..%2f..%2fx.mp4', 400, 'path-malformed'],
    ['gate/playback/..%2f..%2f..%2fetc/passwd.mp4', 400, 'path-malformed'],
    ['gate/playback/2026-01-05/20260105T080000.000Z-main-999999.mp4', 404, 'segment-gone'],
  ])('answers %s with %i %s', async (path, status, expected) => {
    expect(await code(await api(path))).toEqual([status, expected])
  })

  it('says when there is footage again', async () => {
    const answer = await api(`gate/playback?from=${at(25)}&to=${at(40)}`)
    expect(await answer.json()).toMatchObject({ details: { next: new Date(at(44)).toISOString() } })
  })
})

describe('of what is being recorded now', () => {
  it('the last seconds can be played, and the playlist goes on until the recording ends', async () => {
    const beganUtcMs = Date.now() - 17_000
    const run = { cameraId: 'now' as CameraId, clip: await plainClip(), startUtcMs: beganUtcMs }
    underWay = await writeRun(folder, { ...run, seconds: 17 })
    await until('its bytes are in the file', () => {
      const last = underWay?.unfinished().at(-1)
      return last !== undefined && last.endUtcMs > beganUtcMs + 16_000
    })
    const url = `now/playback?from=${beganUtcMs + 8500}`
    const growing = await (await api(url)).text()
    expect(growing).toContain('#EXT-X-PLAYLIST-TYPE:EVENT')
    expect(growing).not.toContain('#EXT-X-ENDLIST')
    expect(startOffsetS(growing)).toBeCloseTo(0.5, 2)
    const listedS = [...growing.matchAll(/#EXTINF:([\d.]+)/g)].reduce((sum, [, s]) => sum + Number(s), 0)
    expect(listedS).toBeGreaterThanOrEqual(6)

    // Until a moment that is over: whole, and played by ffmpeg.
    const source = await pictures(['-i', await plainClip()])
    const until14 = `${address}/api/v1/cameras/${url}&to=${beganUtcMs + 14_000}`
    expect(await pictures(['-i', until14])).toEqual(Array.from({ length: 150 }, (_, i) => source[i % 100]))
    const snapshot = await api(`now/snapshot?at=${beganUtcMs + 15_480}`)
    expect(Date.parse(snapshot.headers.get('x-frame-time') ?? '')).toBe(beganUtcMs + 15_480)
    const clip = Buffer.from(
      await (await api(`now/clip?from=${beganUtcMs + 9000}&to=${beganUtcMs + 15_000}`)).arrayBuffer(),
    )
    expect(await pictures(['-i', 'pipe:0'], clip)).toEqual(
      Array.from({ length: 150 }, (_, i) => source[(25 + i) % 100]),
    )

    await underWay.end(database.db)
    const whole = await (await api(url)).text()
    expect(whole).toContain('#EXT-X-ENDLIST')
    const grown = whole.replace('TYPE:VOD', 'TYPE:EVENT')
    expect(grown.startsWith(growing)).toBe(true)
    expect(grown.length).toBeGreaterThan(growing.length + 20)
  })
})

describe('its media', () => {
  it.each([
    ['bytes=0-99', 206, 'bytes 0-99/', 100],
    ['bytes=100-', 206, 'bytes 100-', -100],
    ['bytes=-7', 206, 'bytes ', 7],
    ['bytes=0-999999999', 206, 'bytes 0-', 0],
    ['bytes=9-3', 200, '', 0],
    ['bytes=0-1,5-6', 200, '', 0],
    ['lines=1-2', 200, '', 0],
  ])('for Range %s answers %i', async (range, status, contentRange, length) => {
    const uri = mediaUri(await playlist('gate', 0, 5))
    const whole = Buffer.from(await (await api(`gate/${uri}`)).arrayBuffer())
    const answer = await api(`gate/${uri}`, { headers: { range } })
    const bytes = Buffer.from(await answer.arrayBuffer())
    expect(answer.status).toBe(status)
    expect(answer.headers.get('content-range') ?? '').toMatch(new RegExp(`^${contentRange}`))
    expect(bytes).toHaveLength(length > 0 ? length : whole.length + length)
    const [, from = '0'] = /^bytes (\d+)-/.exec(answer.headers.get('content-range') ?? '') ?? []
    expect(bytes.equals(whole.subarray(Number(from), Number(from) + bytes.length))).toBe(true)
    expect(answer.headers.get('cache-control')).toBe('private, max-age=3600, immutable')
  })

  it('refuses a range behind its end', async () => {
    const uri = mediaUri(await playlist('gate', 0, 5))
    const size = (await (await api(`gate/${uri}`)).arrayBuffer()).byteLength
    for (const range of [`bytes=${size}-`, 'bytes=-0']) {
      const answer = await api(`gate/${uri}`, { headers: { range } })
      expect(answer.headers.get('content-range')).toBe(`bytes */${size}`)
      expect(await code(answer)).toEqual([416, 'range-unsatisfiable'])
    }
    expect(await code(await api(`gate/${uri}?keyframes=3-99`))).toEqual([400, 'query-malformed'])
  })

  it("is nobody's without a session, and not another camera's", async () => {
    const uri = mediaUri(await playlist('gate', 0, 5))
    for (const path of [`gate/playback?from=${at(0)}&to=${at(5)}`, `gate/${uri}`, 'gate/clip?from=0&to=1'])
      expect(await code(await api(path, { headers: { 'x-role': 'nobody' } }))).toEqual([
        401,
        'sign-in-required',
      ])
    expect(await code(await api(`rare/${uri}`))).toEqual([404, 'segment-gone'])
  })

  it('is gone when its file is removed while it plays', async () => {
    const [row] = await recordRun(database.db, folder, {
      cameraId: 'empty' as CameraId,
      clip: await plainClip(),
      startUtcMs: at(200),
      seconds: 8,
    })
    const uri = mediaUri(await playlist('empty', 201, 205))
    await rm(join(folder, row?.path ?? ''))
    expect(await code(await api(`empty/${uri}`))).toEqual([404, 'segment-gone'])
    expect(await code(await api(`empty/snapshot?at=${at(202)}`))).toEqual([404, 'segment-gone'])
    expect(await code(await api(`empty/clip?from=${at(201)}&to=${at(203)}`))).toEqual([404, 'segment-gone'])
    await database.db.deleteFrom('recording_segments').where('camera_id', '=', 'empty').execute()
  })
})
