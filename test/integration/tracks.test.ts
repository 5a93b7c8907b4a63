import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { TrackPage } from '../../src/contract/tracks.ts'
import type { CameraId } from '../../src/domain/ids.ts'
import type { HttpApp } from '../../src/platform/http.ts'
import { createLog } from '../../src/platform/log.ts'
import { createMetrics } from '../../src/platform/metrics.ts'
import { TrackKeeper } from '../../src/tracks/track-keeper.ts'
import { trackRoutes } from '../../src/tracks/track-routes.ts'
import { forgetBefore } from '../../src/tracks/track-weeks.ts'
import { TrackWriter } from '../../src/tracks/track-writer.ts'
import { Tracks } from '../../src/tracks/tracks.ts'
import { insertCameras } from '../harness/cameras.ts'
import { startDatabase, type TestDatabase } from '../harness/database.ts'
import { httpApp } from '../harness/http.ts'
import { inspection, type Sighting } from '../harness/inspection.ts'
import { paintedPicture } from '../harness/picture.ts'
import { until } from '../harness/until.ts'

const start = Date.UTC(2026, 2, 2, 8)
const log = createLog('silent')
/** Something to see everywhere: pictures of nothing are not sharp. */
const stripes = Array.from({ length: 80 }, (_, i) => ({
  ...{ x: i / 80, y: 0, w: 1 / 160, h: 1, rgb: [200, 40, 40] as const },
}))
const picture = paintedPicture(640, 360, stripes)

let database: TestDatabase
let app: HttpApp
let writer: TrackWriter
let keeper: TrackKeeper
let nowMs = 0

beforeAll(async () => {
  database = await startDatabase()
  await insertCameras(database.db, 'a', 'b')
  app = await httpApp()
  trackRoutes(app, { db: database.db })
})
afterAll(async () => {
  await app.close()
  await database.stop()
})
beforeEach(async () => {
  await forgetBefore(database.db, Date.UTC(2200, 0, 1))
  await database.db.deleteFrom('zones').execute()
  begin()
})
afterEach(() => writer.stop())

function begin(mostWaiting?: number): void {
  const metrics = createMetrics()
  writer = new TrackWriter({ ...{ db: database.db, log, metrics }, ...(mostWaiting && { mostWaiting }) })
  keeper = new TrackKeeper({ metrics, write: (record) => writer.add(record), now: () => nowMs })
}

/** What is seen for so many seconds of an even walk along the middle of the picture. */
function pass(camera: string, seconds: number, sighting: Partial<Sighting> = {}, fromUtcMs = start): void {
  for (let i = 0; i <= seconds * 4; i++) {
    const at = [0.1 + (0.8 * i) / (seconds * 4), 0.6] as const
    see(camera, fromUtcMs + i * 250, fromUtcMs, { ...sighting, at })
  }
}

function see(camera: string, atUtcMs: number, firstSeenUtcMs: number, ...sightings: Sighting[]): void {
  const seen = inspection(atUtcMs, sightings, camera)
  keeper.inspect({ ...seen, objects: seen.objects.map((object) => ({ ...object, firstSeenUtcMs })) }, picture)
}

function endAll(): void {
  nowMs += 60_000
  keeper.sweep()
}

async function tracksOf(camera: string, query = ''): Promise<TrackPage> {
  const answer = await app.inject({
    url: `/api/v1/cameras/${camera}/tracks?from=${start - 86_400_000}&to=${start + 86_400_000}${query}`,
  })
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json<TrackPage>()
}

const stored = async (camera: string, count: number) =>
  await until(
    `${count} tracks stored and ended`,
    async () => {
      const { items } = await tracksOf(camera)
      return items.length === count && items.every(({ ended }) => ended) ? items : undefined
    },
    30_000,
  )

describe('tracks', () => {
  it('are stored when they end, with their way, the zones on it and their best picture', async () => {
    await database.db
      .insertInto('zones')
      .values(
        [
          ['yard', 'zone', 0.4],
          ['far', 'zone', 2],
        ].map(([id, kind, x]) => ({
          ...{ id: String(id), camera_id: 'a', name: String(id), kind: kind as 'zone' },
          points: JSON.stringify([
            { x, y: 0.3 },
            { x: Number(x) + 0.2, y: 0.3 },
            { x: Number(x) + 0.2, y: 0.9 },
            { x, y: 0.9 },
          ]),
        })),
      )
      .execute()
    pass('a', 8, { class: 'car', widthShare: 0.2, heightShare: 0.2, trackId: 'car-1' })
    await until(
      'a picture taken',
      async () => {
        keeper.sweep()
        nowMs += 5_000
        pass('a', 0.25, { class: 'car', widthShare: 0.2, heightShare: 0.2, trackId: 'car-1' }, start + 8_000)
        return (await tracksOf('a')).items[0]?.stills.includes('best')
      },
      30_000,
    )
    endAll()
    const [track] = await stored('a', 1)
    expect(track).toMatchObject({
      ...{
        id: 'car-1',
        cameraId: 'a',
        class: 'car',
        ended: true,
        stills: ['best'],
        plate: null,
        colour: null,
      },
      ...{ firstSeen: new Date(start).toISOString(), zones: [{ zoneId: 'yard' }] },
    })
    const still = await app.inject({ url: '/api/v1/cameras/a/tracks/car-1/stills/best' })
    expect(still.headers['content-type']).toBe('image/jpeg')
    expect(await sharp(still.rawPayload).metadata()).toMatchObject({ format: 'jpeg' })
  })

  it('keep colours and a plate with the confidence of each character', async () => {
    const seen = inspection(start, [{ at: [0.5, 0.6], class: 'car', trackId: 'red' }], 'a')
    const attributes = {
      colour: { name: 'red', confidence: 0.75 },
      plate: { text: '皖A195K9', confidences: [0.5, 1, 1, 0.25, 1, 1, 1] },
    } as const
    keeper.inspect({ ...seen, objects: seen.objects.map((object) => ({ ...object, attributes })) }, picture)
    endAll()
    expect((await stored('a', 1))[0]).toMatchObject(attributes)
  })

  it('lose no more than some seconds when the gateway is killed, and are closed at its next start', async () => {
    pass('a', 2, { trackId: 'long' })
    keeper.sweep()
    await until('the checkpoint', async () => (await tracksOf('a')).items.length === 1, 30_000)
    expect((await tracksOf('a')).items[0]).toMatchObject({ id: 'long', ended: false })
    // Killed here: nothing more is written.
    const next = new Tracks({ db: database.db, log, metrics: createMetrics(), retentionDays: 3650 })
    await next.start()
    expect((await tracksOf('a')).items[0]).toMatchObject({ id: 'long', ended: true })
    await next.stop()
  })

  it('give the face to its person, and are of their own only where no person was seen', async () => {
    const person: Sighting = { at: [0.5, 0.9], widthShare: 0.2, heightShare: 0.6, trackId: 'person' }
    const face: Sighting = {
      at: [0.5, 0.45],
      widthShare: 0.06,
      heightShare: 0.1,
      class: 'face',
      trackId: 'face',
    }
    const alone: Sighting = { ...face, at: [0.1, 0.3], trackId: 'alone' }
    for (let i = 0; i < 3; i++) see('a', start + i * 250, start, person, face, alone)
    await until(
      'pictures taken',
      async () => {
        nowMs += 5_000
        see('a', start + 1_000, start, person, face, alone)
        keeper.sweep()
        // Faces are written at their end: until then a person may turn up to whom one belongs.
        const { items } = await tracksOf('a')
        return items.length === 1 && items[0]?.stills.length === 2
      },
      30_000,
    )
    endAll()
    const items = await stored('a', 2)
    expect(items.map(({ id, stills }) => [id, stills]).sort()).toEqual([
      ['alone', ['face']],
      ['person', ['best', 'face']],
    ])
  })

  it('are kept while the database is away, up to a limit, and what is lost is counted', async () => {
    await writer.stop()
    const metrics = createMetrics()
    let away = true
    let tries = 0
    const db = new Proxy(database.db, {
      get: (target, name) => {
        if (away && name === 'transaction') {
          tries += 1
          throw new Error('away')
        }
        const value: unknown = Reflect.get(target, name, target)
        return typeof value === 'function' ? (value.bind(target) as unknown) : value
      },
    })
    writer = new TrackWriter({ ...{ db, log, metrics }, mostWaiting: 3 })
    keeper = new TrackKeeper({ metrics, write: (record) => writer.add(record), now: () => nowMs })
    for (let i = 0; i < 5; i++) pass('a', 1, { trackId: `t${i}` })
    endAll()
    await until('a try in vain', () => tries > 1, 30_000)
    expect((await tracksOf('a')).items).toEqual([])
    away = false
    expect((await stored('a', 3)).map(({ id }) => id).sort()).toEqual(['t0', 't1', 't2'])
    expect(await metrics.registry.getSingleMetricAsString('tracks_lost_total')).toContain('{why="full"} 2')
  })

  it('are listed newest first in pages, by class, and over a limited time', async () => {
    for (let i = 0; i < 5; i++) {
      pass('a', 1, { trackId: `t${i}`, class: i % 2 === 0 ? 'car' : 'person' }, start + i * 10_000)
    }
    pass('b', 1, { trackId: 'elsewhere' })
    endAll()
    await stored('a', 5)
    const first = await tracksOf('a', '&limit=3')
    const rest = await tracksOf('a', `&limit=3&cursor=${first.nextCursor}`)
    expect([...first.items, ...rest.items].map(({ id }) => id)).toEqual(['t4', 't3', 't2', 't1', 't0'])
    expect(rest.nextCursor).toBeNull()
    expect((await tracksOf('a', '&class=person')).items.map(({ id }) => id)).toEqual(['t3', 't1'])
    const code = async (url: string) => (await app.inject({ url })).json<{ code: string }>().code
    expect(await code(`/api/v1/cameras/a/tracks?from=0&to=${start}`)).toBe('tracks-window-too-long')
    expect(await code(`/api/v1/cameras/nowhere/tracks?from=${start}&to=${start + 1}`)).toBe('camera-unknown')
    expect(await code(`/api/v1/cameras/a/tracks?from=${start}&to=${start + 1}&cursor=x`)).toBe(
      'cursor-malformed',
    )
  })

  it('show their pictures under their own camera alone', async () => {
    await until(
      'a picture',
      async () => {
        pass('a', 1, { trackId: 'mine', widthShare: 0.2, heightShare: 0.2 })
        nowMs += 5_000
        keeper.sweep()
        return (await tracksOf('a')).items[0]?.stills.length === 1
      },
      30_000,
    )
    const status = async (url: string) => (await app.inject({ url })).statusCode
    expect(await status('/api/v1/cameras/a/tracks/mine/stills/best')).toBe(200)
    expect(await status('/api/v1/cameras/b/tracks/mine/stills/best')).toBe(404)
    expect(await status('/api/v1/cameras/a/tracks/mine/stills/face')).toBe(404)
  })

  it('go when their time is over: whole weeks at once, the rest by the row', async () => {
    const week = 7 * 86_400_000
    pass('a', 1, { trackId: 'old' }, start - 2 * week)
    pass('a', 1, { trackId: 'earlier' }, start - 3_600_000)
    pass('a', 1, { trackId: 'kept' }, start)
    endAll()
    await stored('a', 2)
    await forgetBefore(database.db, start)
    expect((await tracksOf('a')).items.map(({ id }) => id)).toEqual(['kept'])
    const old = await app.inject({
      url: `/api/v1/cameras/a/tracks?from=${start - 3 * week}&to=${start - week}`,
    })
    expect(old.json<TrackPage>().items).toEqual([])
    // One that comes late finds its week again.
    pass('a', 1, { trackId: 'late' }, start - 2 * week)
    endAll()
    await until(
      'the late one',
      async () => {
        const late = await app.inject({
          url: `/api/v1/cameras/a/tracks?from=${start - 3 * week}&to=${start - week}`,
        })
        return late.json<TrackPage>().items[0]?.id === 'late'
      },
      30_000,
    )
  })

  it('go by the time of their arrival where the camera has its clock wrong by days', async () => {
    const wrong = start - 40 * 365 * 86_400_000
    const seen = inspection(wrong, [{ at: [0.5, 0.6], trackId: 'clockless' }], 'a')
    keeper.inspect({ ...seen, frame: { ...seen.frame, arrivedUtcMs: start } }, picture)
    endAll()
    expect((await stored('a', 1))[0]).toMatchObject({
      id: 'clockless',
      firstSeen: new Date(start).toISOString(),
    })
  })

  it('end when their camera goes', async () => {
    pass('a', 1, { trackId: 'gone' })
    keeper.forget('a' as CameraId)
    expect((await stored('a', 1))[0]).toMatchObject({ id: 'gone' })
  })
})
