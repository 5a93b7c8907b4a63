import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { CameraId } from '../../src/domain/ids.ts'
import { transcodePiece } from '../../src/media/transcode/piece-transcode.ts'
import type { HttpApp } from '../../src/platform/http.ts'
import { insertCameras } from '../harness/cameras.ts'
import { startDatabase, type TestDatabase } from '../harness/database.ts'
import { recordingsFolder, recordRun } from '../harness/footage.ts'
import { httpApp } from '../harness/http.ts'
import { playbackOf } from '../harness/playback.ts'
import { h265Clip, plainClip, run } from '../harness/streams.ts'

/** What was recorded in H.265, for a player of nothing but H.264: real files, the real ffmpeg. */
const begun = Date.UTC(2026, 0, 5, 8)
const at = (seconds: number) => begun + Math.round(seconds * 1000)
const folder = recordingsFolder()
const apps: HttpApp[] = []
let database: TestDatabase
let address: string

beforeAll(async () => {
  database = await startDatabase()
  await insertCameras(database.db, 'gate')
  const gate = { cameraId: 'gate' as CameraId, seconds: 6 }
  await recordRun(database.db, folder, { ...gate, clip: await h265Clip(), startUtcMs: begun })
  await recordRun(database.db, folder, { ...gate, clip: await plainClip(), startUtcMs: at(20) })
  address = await serve(2)
})
afterAll(async () => {
  for (const app of apps) await app.close()
  await database.stop()
  await rm(folder, { recursive: true, force: true })
})

async function serve(transcodeBudget: number): Promise<string> {
  const app = await httpApp()
  apps.push(app)
  playbackOf(app, { db: database.db, folder, transcodeBudget })
  return await app.listen({ port: 0, host: '127.0.0.1' })
}

const listed = (from: number, to: number, more = '') =>
  `${address}/api/v1/cameras/gate/playback?from=${at(from)}&to=${at(to)}${more}`

interface Probed {
  readonly streams: readonly { readonly codec_name: string; readonly height: number }[]
  readonly packets: readonly { readonly pts_time: string; readonly flags: string }[]
}
const probe = async (url: string) =>
  JSON.parse(
    await run('ffprobe', [...'-v error -show_streams -show_packets -of json'.split(' '), url]),
  ) as Probed
const shownAt = ({ packets }: Probed) =>
  packets.map(({ pts_time }) => Math.round(Number(pts_time) * 1000)).sort((a, b) => a - b)

it('is H.264 with the times of the pictures that were recorded, from any moment on', async () => {
  const [asRecorded, made] = await Promise.all([probe(listed(2.5, 6)), probe(listed(2.5, 6, '&codecs=avc1'))])
  expect(asRecorded.streams[0]?.codec_name).toBe('hevc')
  expect(made.streams[0]).toMatchObject({ codec_name: 'h264', height: asRecorded.streams[0]?.height })
  expect(shownAt(made)).toEqual(shownAt(asRecorded))
  expect(made.packets[0]?.flags).toMatch(/^K/)
  const complaints = await run('ffmpeg', [
    ...'-v error -xerror -i'.split(' '),
    listed(0, 6, '&codecs=avc1'),
    ...'-f null -'.split(' '),
  ])
  expect(complaints).toBe('')
})

it('shows the same pictures', async () => {
  // Structural similarity of one with the other, over all of them.
  const args = [
    '-i',
    listed(0, 4),
    '-i',
    listed(0, 4, '&codecs=avc1'),
    '-lavfi',
    'ssim=f=-',
    '-f',
    'null',
    '-',
  ]
  const text = await run('ffmpeg', ['-v', 'error', ...args])
  const found = [...text.matchAll(/All:([\d.]+)/g)].map(([, value]) => Number(value))
  expect(found.length).toBeGreaterThan(90)
  expect(Math.min(...found)).toBeGreaterThan(0.9)
})

it('gives keyframes alone, for high speeds', async () => {
  const [asRecorded, made] = await Promise.all([
    probe(listed(0, 6, '&keyframes=true')),
    probe(listed(0, 6, '&keyframes=true&codecs=avc1')),
  ])
  expect(made.streams[0]?.codec_name).toBe('h264')
  expect(shownAt(made)).toEqual(shownAt(asRecorded))
})

it('leaves as it is what the player can play', async () => {
  const text = await (await fetch(listed(0, 30, '&codecs=avc1'))).text()
  const [made = '', asRecorded = ''] = text.split('#EXT-X-DISCONTINUITY\n')
  expect(made).toMatch(/EXT-X-MAP:URI="playback\/\S+\?h264=1&init=whole"/)
  expect(asRecorded).not.toContain('h264=1')
  expect(await (await fetch(listed(0, 30, '&codecs=avc1,hvc1'))).text()).not.toContain('h264=1')
})

it('says why where transcoding is off, and refuses what the file does not have', async () => {
  const uri = /^(playback\/\S+h264=1&groups=)\S+$/m.exec(
    await (await fetch(listed(0, 6, '&codecs=avc1'))).text(),
  )?.[1]
  const none = await serve(0)
  const code = async (answer: Response) => [answer.status, ((await answer.json()) as { code: string }).code]
  expect(await code(await fetch(`${none}/api/v1/cameras/gate/${uri}0-1`))).toEqual([503, 'transcode-budget'])
  for (const wrong of ['0-99', '3-3', ''])
    expect(await code(await fetch(`${address}/api/v1/cameras/gate/${uri}${wrong}`))).toEqual([
      400,
      'query-malformed',
    ])
})

it('ends its decoder when nobody waits for the piece any more', async () => {
  const cancel = new AbortController()
  const begun = Promise.withResolvers<undefined>()
  async function* media() {
    begun.resolve(undefined)
    // A file that does not come: the decoder waits for it.
    await once(cancel.signal, 'abort')
    yield Buffer.alloc(0)
  }
  const size = { widthPx: 320, heightPx: 240 }
  const wish = { encoder: 'libx264', source: size, size, media: media(), signal: cancel.signal } as const
  const made = transcodePiece(wish)
  await begun.promise
  const beganMs = performance.now()
  cancel.abort()
  // It rejects when its process has ended; by itself that would last half a minute.
  await expect(made).rejects.toThrow('aborted')
  expect(performance.now() - beganMs).toBeLessThan(20_000)
})
