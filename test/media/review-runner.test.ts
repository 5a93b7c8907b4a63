import { rmSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { readWatches } from '../../src/alerts/watches.ts'
import type { PatientFound } from '../../src/analytics/patient-inspector.ts'
import type { NewReview } from '../../src/contract/reviews.ts'
import type { Scope } from '../../src/domain/policy.ts'
import { FootageStore } from '../../src/media/playback/footage-store.ts'
import { createLog } from '../../src/platform/log.ts'
import { ReviewRunner } from '../../src/reviews/review-runner.ts'
import { ReviewStore, type ReviewWish } from '../../src/reviews/review-store.ts'
import { insertCameras } from '../harness/cameras.ts'
import { startDatabase, type TestDatabase } from '../harness/database.ts'
import { recordingsFolder, recordRun } from '../harness/footage.ts'
import { cameraId, drawnClip, plainClip } from '../harness/streams.ts'
import { until } from '../harness/until.ts'

const gate = cameraId('gate')
const dark = cameraId('dark')
const silent = cameraId('silent')
const startUtcMs = Date.UTC(2026, 2, 1, 6)
const seconds = 24
const everywhere: readonly Scope[] = [{ kind: 'city' }]
const folder = recordingsFolder()
let database: TestDatabase
let footage: FootageStore
let store: ReviewStore
let runner: ReviewRunner
/** What workers say of each picture; by default a car that goes to and fro across the middle. */
let answer: (look: number) => Promise<PatientFound | null>
let looks = 0

const crossing: NonNullable<NewReview['draft']> = {
  rule: { name: 'car crosses', kind: 'cross', classes: ['car'] },
  zone: {
    name: 'middle',
    kind: 'tripwire',
    points: [
      { x: 0.5, y: 0 },
      { x: 0.5, y: 1 },
    ],
  },
}

/** It crosses every 8 s at 4 frames a second. */
function car(look: number): Promise<PatientFound> {
  const phase = (look % 64) / 32
  const x = 0.1 + 0.7 * (phase < 1 ? phase : 2 - phase)
  return Promise.resolve({
    sure: [{ class: 'car', score: 0.9, box: { x, y: 0.4, w: 0.1, h: 0.1 } }],
    doubtful: [],
  })
}

beforeAll(async () => {
  database = await startDatabase()
  await insertCameras(database.db, gate, dark, silent)
  footage = new FootageStore({ db: database.db, folder, unfinished: () => [] })
  await recordRun(database.db, folder, { cameraId: gate, clip: await plainClip(), startUtcMs, seconds })
  const black = await drawnClip('h264-black', [
    ...'-vf drawbox=c=black:t=fill -c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 25 -bf 0'.split(' '),
  ])
  await recordRun(database.db, folder, { cameraId: dark, clip: black, startUtcMs, seconds })
  const analysis = {
    enabled: true,
    framesPerS: 4,
    stream: 'sub',
    motionGate: false,
    plates: false,
    masks: [],
  }
  // Of a camera's description reviews read these two fields.
  const cameras = { get: (id: string) => Promise.resolve({ name: `camera ${id}`, analysis }) }
  store = new ReviewStore({ db: database.db, cameras: cameras as never })
})
afterAll(async () => {
  await database.stop()
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(async () => {
  await database.db.deleteFrom('reviews').execute()
  looks = 0
  answer = car
  startRunner()
})
afterEach(() => runner.stop())

function startRunner() {
  runner = new ReviewRunner({
    ...{ db: database.db, log: createLog('silent'), footage },
    inspector: {
      silentMs: 0,
      inspect: async (_picture, _moved, signal) => {
        signal.throwIfAborted()
        return await answer(looks++)
      },
    },
  })
  runner.start()
}

async function ask(wish: Partial<ReviewWish> = {}) {
  const id = await store.create({
    ...{ name: 'look back', cameraIds: [gate], draft: crossing, scopes: everywhere, askedBy: 'eve' },
    ...{ fromUtcMs: startUtcMs, toUtcMs: startUtcMs + 60_000 },
    ...wish,
  })
  runner.wake()
  return id
}

const now = (id: string) => store.get(id, everywhere, (one) => runner.progressOf(one))
const ended = (id: string) =>
  until('the review has ended', async () => {
    const review = await now(id)
    return review.endedAt !== null && review
  })
const findings = async (id: string) => (await store.findings(id, everywhere, {})).items

it('finds what crosses, with a still and in order, and says how much was inspected', async () => {
  const id = await ask()
  const review = await ended(id)
  expect(review).toMatchObject({
    state: 'done',
    askedBy: 'eve',
    footageMs: seconds * 1000,
    remainingMs: null,
  })
  expect(review.inspectedMs / review.footageMs).toBeGreaterThan(0.95)
  expect(review.cameras).toMatchObject([{ outcome: 'done', objects: { car: 1 }, rules: 1 }])
  const found = await findings(id)
  expect(found.map(({ direction }) => direction)).toEqual(['backward', 'forward', 'backward'])
  expect(found[0]).toMatchObject({ ruleName: 'car crosses', zoneName: 'middle', class: 'car' })
  const times = found.map(({ at }) => Date.parse(at) - startUtcMs)
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  // Halfway through its way to the right, at 4 s, give or take the sampling and the line's margin.
  expect(Math.abs((times[0] ?? 0) - 4_500)).toBeLessThan(1_500)
  const jpeg = await store.still(id, found[0]?.id ?? '', everywhere)
  expect(jpeg.subarray(0, 2).toString('hex')).toBe('ffd8')
  expect((await store.findings(id, everywhere, { limit: 2 })).nextCursor).not.toBeNull()
})

it('goes on behind what was reached when it was stopped, and finds nothing twice', async () => {
  const gateOpen = Promise.withResolvers<null>()
  answer = async (look) => {
    if (look > 50) await gateOpen.promise
    return await car(look)
  }
  const id = await ask()
  await until('it is under way', () => looks > 50)
  const stopping = runner.stop()
  gateOpen.resolve(null)
  await stopping
  const reached = await now(id)
  expect(reached).toMatchObject({ state: 'running', endedAt: null })
  expect(reached.inspectedMs).toBeGreaterThan(5_000)
  expect(reached.inspectedMs).toBeLessThan(20_000)
  answer = car
  startRunner()
  const review = await ended(id)
  expect(review.state).toBe('done')
  expect(review.inspectedMs / review.footageMs).toBeGreaterThan(0.95)
  expect(review.inspectedMs).toBeLessThanOrEqual(review.footageMs)
  const times = (await findings(id)).map(({ at }) => at)
  expect(new Set(times).size).toBe(times.length)
})

it('keeps what a cancelled one has found', async () => {
  const held = Promise.withResolvers<null>()
  answer = async (look) => {
    if (look > 60) await held.promise
    return await car(look)
  }
  const id = await ask()
  await until('it has looked', () => looks > 60)
  await runner.cancel(id)
  held.resolve(null)
  await until('it has written what it had', async () => (await now(id)).inspectedMs > 5_000)
  expect(await now(id)).toMatchObject({ state: 'cancelled', remainingMs: null })
  expect((await findings(id)).length).toBeGreaterThan(0)
  const next = await ask()
  expect(await ended(next)).toMatchObject({ state: 'done' })
})

it('says which cameras had nothing to look at, and what nobody could inspect', async () => {
  const both = await ended(await ask({ cameraIds: [silent, gate] }))
  expect(both.state).toBe('done')
  expect(both.cameras.map(({ outcome }) => outcome)).toEqual(['footage-none', 'done'])
  expect(await ended(await ask({ cameraIds: [silent] }))).toMatchObject({
    ...{ state: 'failed', reason: 'footage-none' },
  })
  answer = () => Promise.resolve(null)
  expect(await ended(await ask())).toMatchObject({ state: 'failed', inspectedMs: 0, findings: 0 })
})

it('measures pictures without asking anybody', async () => {
  answer = () => Promise.reject(new Error('nobody is to be asked'))
  const rule = { name: 'too dark', kind: 'dark' as const, holdMs: 3_000 }
  const id = await ask({ cameraIds: [dark, gate], draft: { rule, zone: null } })
  expect((await ended(id)).state).toBe('done')
  expect(await findings(id)).toMatchObject([{ cameraId: 'dark', ruleKind: 'dark', box: null }])
})

it('refuses what has no rules, shows a review to those alone who may see all its cameras', async () => {
  expect(await readWatches(database.db, gate)).toEqual([])
  const ruleless = {
    name: 'x',
    cameraIds: [gate],
    fromUtcMs: 0,
    toUtcMs: 1,
    askedBy: 'eve',
    scopes: everywhere,
  }
  await expect(store.create(ruleless)).rejects.toMatchObject({ code: 'review-without-rules' })
  const id = await ask({ cameraIds: [gate, dark] })
  await ended(id)
  const own = await ask()
  await ended(own)
  const listed = async (scopes: readonly Scope[]) =>
    (await store.list({}, scopes, () => null)).items.map((one) => one.id)
  expect(await listed([{ kind: 'camera', cameraId: gate }])).toEqual([own])
  expect(await listed(everywhere)).toEqual([own, id])
  const unit = await database.db.selectFrom('units').select('path').executeTakeFirstOrThrow()
  expect(await listed([{ kind: 'unit', path: unit.path }])).toEqual([own, id])
  expect(await listed([])).toEqual([])
  const gateAlone: readonly Scope[] = [{ kind: 'camera', cameraId: gate }]
  const unknown = { code: 'review-unknown' }
  await expect(store.get(id, gateAlone, () => null)).rejects.toMatchObject(unknown)
  await expect(store.findings(id, gateAlone, {})).rejects.toMatchObject(unknown)
  await expect(store.still(id, 'x', gateAlone)).rejects.toMatchObject(unknown)
  await expect(store.remove(id, gateAlone)).rejects.toMatchObject(unknown)
  const asked = ask({ cameraIds: [gate, dark], scopes: gateAlone })
  await expect(asked).rejects.toMatchObject({ code: 'camera-unknown' })
})
