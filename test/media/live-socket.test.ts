import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import {
  startVirtualCameras,
  type VirtualCamera,
  type VirtualCameras,
} from '../../scripts/virtual-cameras/index.ts'
import {
  type LiveFormat,
  type LiveFragment,
  type LiveNotice,
  liveSocketPath,
  readMedia,
} from '../../src/contract/live-socket.ts'
import { GatewayError } from '../../src/domain/errors.ts'
import { Admission } from '../../src/media/admission.ts'
import type { StreamHub } from '../../src/media/hub.ts'
import { LiveServer } from '../../src/media/live/live-server.ts'
import { Transcodes } from '../../src/media/transcode/transcodes.ts'
import { createLog } from '../../src/platform/log.ts'
import { startAccess, type TestAccess } from '../harness/access.ts'
import { startDatabase, type TestDatabase } from '../harness/database.ts'
import { bFrameClip, drawnClip, hubOf, longGopClip, plainClip, run } from '../harness/streams.ts'
import { until } from '../harness/until.ts'

let cameras: VirtualCameras
let database: TestDatabase
let access: TestAccess
let hub: StreamHub
let live: LiveServer
let address: string
let token: string
const camera = (name: string) => cameras.cameras.find((each) => each.name === name) as VirtualCamera
/** Noise, without loss: 20 Mb/s, which fills the kernel's buffers soon. */
const heavyClip = () =>
  drawnClip('h264-noise', '-vf noise=alls=90:allf=t -c:v libx264 -preset ultrafast -qp 0 -g 25'.split(' '))
const admission = new Admission({ streams: 5, viewers: 7 })

beforeAll(async () => {
  const host = '127.0.1.39'
  ;[cameras, database] = await Promise.all([
    startVirtualCameras({
      discovery: false,
      cameras: [
        { name: 'gate', main: await plainClip(), address: host },
        { name: 'bframes', main: await bFrameClip(), address: host },
        { name: 'rare', main: await longGopClip(), address: host },
        { name: 'broken', main: await plainClip(), address: host },
        { name: 'heavy', main: await heavyClip(), address: host },
        { name: 'only-main', main: await plainClip(), address: host },
      ],
    }),
    startDatabase(),
  ])
  ;({ hub } = hubOf(cameras.cameras))
  access = await startAccess(database.db)
  live = new LiveServer({
    views: { begin: () => () => undefined },
    places: { ofCamera: () => Promise.resolve([]) },
    app: access.app,
    sessions: access.sessions,
    log: createLog('silent'),
    transcodes: new Transcodes({ log: createLog('silent'), hub, budgetCores: 0 }),
    admission,
    source: (cameraId, stream) =>
      cameras.cameras.some(({ name }) => name === cameraId)
        ? Promise.resolve({
            cameraId,
            stream: cameraId === 'only-main' ? 'main' : stream,
            url: 'rtsp://127.0.1.39/',
          })
        : Promise.reject(
            new GatewayError({ kind: 'not-found', code: 'camera-unknown', message: 'no such camera' }),
          ),
  })
  await access.app.listen({ port: 0, host: '127.0.0.1' })
  address = `127.0.0.1:${(access.app.server.address() as AddressInfo).port}`
  token = await access.tokenOf('viewer')
})
afterAll(async () => {
  await access.app.close()
  await hub.stop()
  await Promise.all([cameras.stop(), database.stop()])
})

/** A page as far as its socket goes. */
class Page {
  readonly socket: WebSocket
  readonly notices: LiveNotice[] = []
  readonly media: (LiveFormat | LiveFragment)[] = []

  constructor(headers: Record<string, string> = { cookie: `xueliang_session=${token}` }) {
    this.socket = new WebSocket(`ws://${address}${liveSocketPath}`, { headers })
    this.socket.binaryType = 'arraybuffer'
    this.socket.on('message', (data, binary) => {
      if (!binary) this.notices.push(JSON.parse(Buffer.from(data as ArrayBuffer).toString()) as LiveNotice)
      const read = binary ? readMedia(data as ArrayBuffer) : null
      if (read !== null) this.media.push(read)
    })
  }

  async opened(): Promise<this> {
    await once(this.socket, 'open')
    return this
  }

  ask(request: unknown): void {
    this.socket.send(JSON.stringify(request))
  }

  open(feed: number, cameraId: string, stream = 'main'): void {
    this.ask({ type: 'open', feed, cameraId, stream })
  }

  fragments(feed: number): LiveFragment[] {
    return this.media.filter((each): each is LiveFragment => each.kind === 'fragment' && each.feed === feed)
  }

  file(feed: number): Buffer {
    return Buffer.concat(this.media.filter((each) => each.feed === feed).map(({ bytes }) => bytes))
  }

  notice(feed: number, type: LiveNotice['type']): LiveNotice | undefined {
    return this.notices.findLast((each) => each.feed === feed && each.type === type)
  }

  async close(): Promise<void> {
    this.socket.terminate()
    await until('it has left', () => this.socket.readyState === WebSocket.CLOSED)
  }
}

it('carries several cameras on one connection, each whole and in time', async () => {
  const page = await new Page().opened()
  page.open(1, 'gate')
  page.open(2, 'bframes')
  await until('three seconds of both', () =>
    [1, 2].every((feed) => page.fragments(feed).reduce((sum, { durationS }) => sum + durationS, 0) > 3),
  )
  for (const feed of [1, 2]) {
    expect(page.media.find((each) => each.feed === feed)).toMatchObject({
      kind: 'format',
      codec: expect.stringMatching(/^avc1\./),
    })
    const [first, ...later] = page.fragments(feed)
    expect(first?.independent).toBe(true)
    const ends = [first as LiveFragment, ...later].map(({ startS, durationS }) => startS + durationS)
    for (const [i, { startS, programmeUtcMs }] of later.entries()) {
      expect(Math.abs(startS - (ends[i] ?? 0))).toBeLessThan(0.13)
      expect(Math.abs(programmeUtcMs - Date.now())).toBeLessThan(8000)
    }
    // Decodes without a complaint.
    expect(await run('ffmpeg', '-v error -xerror -i pipe:0 -f null -'.split(' '), page.file(feed))).toBe('')
  }
  page.ask({ type: 'close', feed: 1 })
  await until('one feed', () => live.figures().feeds === 1)
  await page.close()
  await until('nobody watches', () => live.figures().pages === 0 && admission.figures().viewers === 0)
})

it('a second page sees the kept pictures at once, though keyframes are rare', async () => {
  const [first, second] = [await new Page().opened(), await new Page().opened()]
  first.open(1, 'rare')
  await until('some of a group of pictures', () => first.fragments(1).length >= 5)
  const askedMs = performance.now()
  second.open(9, 'rare')
  await until('a picture', () => second.fragments(9).length > 0)
  expect(performance.now() - askedMs).toBeLessThan(400)
  expect(second.fragments(9)[0]?.independent).toBe(true)
  expect(camera('rare').rtspClients).toBe(1)
  await Promise.all([first.close(), second.close()])
})

it('tells the hop of a fault at once, and goes on by itself', async () => {
  const page = await new Page().opened()
  await camera('broken').fault('wrong-password')
  page.open(3, 'broken')
  await until('the fault', () => {
    const told = page.notice(3, 'condition')
    return told?.type === 'condition' && told.fault?.hop === 'password'
  })
  await camera('broken').fault(null)
  hub.restart('broken' as never)
  await until('pictures', () => page.fragments(3).length > 0)
  await until('online', () => {
    const told = page.notice(3, 'condition')
    return told?.type === 'condition' && told.state === 'online'
  })
  await page.close()
})

it('refuses an unknown camera, and says when one was removed or has one stream only', async () => {
  const page = await new Page().opened()
  page.open(1, 'nobody')
  page.open(2, 'only-main', 'sub')
  await until('refused', () => page.notice(1, 'refused'))
  expect(page.notice(1, 'refused')).toMatchObject({ fault: { code: 'camera-unknown' } })
  await until('opened', () => page.notice(2, 'opened'))
  expect(page.notice(2, 'opened')).toMatchObject({ stream: 'main' })
  hub.forget('only-main' as never)
  await until('ended', () => page.notice(2, 'ended'))
  expect(live.figures().feeds).toBe(0)
  await page.close()
})

it('beyond the stated limit a viewer gets the substream, or is refused with the hop', async () => {
  await until('nobody watches', () => admission.figures().viewers === 0)
  const page = await new Page().opened()
  const names = ['gate', 'bframes', 'rare', 'broken'].entries()
  for (const [i, name] of names) page.open(i, name, 'sub')
  page.open(4, 'gate', 'main')
  await until('five streams', () => admission.figures().streams === 5)
  page.open(5, 'bframes', 'main')
  await until('opened', () => page.notice(5, 'opened'))
  expect(page.notice(5, 'opened')).toMatchObject({
    stream: 'sub',
    reduced: { hop: 'capacity', code: 'streams-full' },
  })
  // A page that plays H.264 alone is told the same, and is not told otherwise later.
  page.ask({ type: 'open', feed: 10, cameraId: 'bframes', stream: 'main', codecs: ['avc1'] })
  await until('delivered', () => page.notice(10, 'delivered'))
  expect(page.notice(10, 'delivered')).toMatchObject({ stream: 'sub', reduced: { code: 'streams-full' } })
  page.ask({ type: 'close', feed: 10 })
  page.open(6, 'only-main', 'main')
  await until('refused', () => page.notice(6, 'refused'))
  expect(page.notice(6, 'refused')).toMatchObject({ fault: { hop: 'capacity', code: 'streams-full' } })
  page.open(7, 'gate', 'main')
  page.open(8, 'gate', 'main')
  await until('refused', () => page.notice(8, 'refused'))
  expect(page.notice(8, 'refused')).toMatchObject({ fault: { hop: 'capacity', code: 'viewers-full' } })
  page.ask({ type: 'close', feed: 7 })
  page.open(9, 'gate', 'main')
  await until('its place is free', () => page.notice(9, 'opened'))
  await page.close()
})

it('leaves out what a slow page cannot take, up to the next keyframe, and holds little for it', async () => {
  const page = await new Page().opened()
  for (const feed of [1, 2, 3]) page.open(feed, 'heavy')
  await until('pictures', () => page.fragments(3).length > 0)
  page.socket.pause()
  await until('left out', () => live.figures().dropped > 0, 40_000)
  page.socket.resume()
  // Whichever of the three feeds it was that did not fit.
  const gaps = await until('one goes on behind a gap', () => {
    const found = [1, 2, 3].flatMap((feed) => behindGaps(page.fragments(feed)))
    return found.length > 0 && found
  })
  expect(gaps.every(({ independent }) => independent)).toBe(true)
  await page.close()
})

it.each<[string, () => Promise<Record<string, string>>, number]>([
  ['nobody', () => Promise.resolve({}), 401],
  [
    'somebody with a made-up session',
    () => Promise.resolve({ cookie: `xueliang_session=${'x'.repeat(43)}` }),
    401,
  ],
  [
    'a page of another origin',
    () => Promise.resolve({ cookie: `xueliang_session=${token}`, origin: 'http://elsewhere' }),
    403,
  ],
  [
    'a newcomer without a password of their own',
    async () => ({ cookie: `xueliang_session=${(await access.newcomer('viewer')).token}` }),
    403,
  ],
])('lets %s not in', async (_who, headers, status) => {
  const page = new Page(await headers())
  const [error] = (await once(page.socket, 'error')) as [Error]
  expect(error.message).toContain(String(status))
})

it('cuts a page off at once when its session is ended', async () => {
  const own = await access.tokenOf('viewer')
  const page = await new Page({ cookie: `xueliang_session=${own}` }).opened()
  page.open(1, 'gate')
  await until('pictures', () => page.fragments(1).length > 0)
  const sessionKey = (await access.sessions.find(own))?.sessionKey ?? ''
  const endedMs = performance.now()
  await access.sessions.end(sessionKey)
  await until('cut off', () => page.socket.readyState === WebSocket.CLOSED)
  expect(performance.now() - endedMs).toBeLessThan(2000)
})

it.each([
  ['no JSON', 'hello'],
  ['an unknown request', JSON.stringify({ type: 'record', feed: 1 })],
  ['a feed that is no number', JSON.stringify({ type: 'close', feed: 'x' })],
  ['a long message', 'x'.repeat(5000)],
])('ends the connection of whoever sends %s', async (_what, message) => {
  const page = await new Page().opened()
  page.socket.on('error', () => undefined)
  page.socket.send(message)
  await until('it is closed', () => page.socket.readyState === WebSocket.CLOSED)
})

/** Fragments that do not follow on the one before. */
function behindGaps(all: readonly LiveFragment[]): LiveFragment[] {
  return all.filter((fragment, i) => {
    const previous = all[i - 1]
    return previous !== undefined && fragment.startS - previous.startS - previous.durationS > 0.2
  })
}

it('brings sound to the one feed that asks for it, and tells every feed that there is some', async () => {
  const page = await new Page().opened()
  page.open(1, 'gate')
  page.ask({ type: 'open', feed: 2, cameraId: 'gate', stream: 'main', sound: true })
  await until('pictures', () => page.fragments(1).length > 5 && page.fragments(2).length > 5)
  for (const feed of [1, 2]) expect(page.notice(feed, 'sound')).toMatchObject({ present: true })
  const streams = async (feed: number) =>
    (
      await run(
        'ffprobe',
        '-v error -show_entries stream=codec_name -of csv=p=0 -i pipe:0'.split(' '),
        page.file(feed),
      )
    )
      .split('\n')
      .filter(Boolean)
  expect(await streams(1)).toEqual(['h264'])
  expect(await streams(2)).toEqual(['h264', 'flac'])
  await page.close()
})

// The last one: from here on this address has to wait.
it('does not ask the database about a stranger who knocks without end', async () => {
  const answers: string[] = []
  for (let i = 0; i < 110; i++) {
    const page = new Page({})
    const [error] = (await once(page.socket, 'error')) as [Error]
    answers.push(/\d{3}/.exec(error.message)?.[0] ?? '')
  }
  expect(answers[0]).toBe('401')
  expect(answers.slice(-5)).toEqual(['429', '429', '429', '429', '429'])
})
