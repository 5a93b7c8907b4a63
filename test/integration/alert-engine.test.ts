import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { AlertEngine } from '../../src/alerts/alert-engine.ts'
import { AlertStore } from '../../src/alerts/alert-store.ts'
import { RuleStore } from '../../src/alerts/rule-store.ts'
import { ZoneStore } from '../../src/alerts/zone-store.ts'
import type { Alert } from '../../src/contract/alerts.ts'
import type { NewRule } from '../../src/contract/rules.ts'
import type { AlertId, CameraId } from '../../src/domain/ids.ts'
import { anEngine } from '../harness/alerts.ts'
import { insertCameras } from '../harness/cameras.ts'
import { startDatabase, type TestDatabase } from '../harness/database.ts'
import { inspection, type Sighting } from '../harness/inspection.ts'
import { plainPicture } from '../harness/picture.ts'
import { until } from '../harness/until.ts'

const camera = 'gate' as CameraId
const yardPoints = [
  { x: 0.4, y: 0.4 },
  { x: 0.8, y: 0.4 },
  { x: 0.8, y: 0.9 },
  { x: 0.4, y: 0.9 },
]
const outside = [0.1, 0.6] as const
const inside = [0.6, 0.7] as const

let database: TestDatabase
let engine: AlertEngine
let alerts: AlertStore
let zones: ZoneStore
let rules: RuleStore
let announced: Alert[]
let nowUtcMs = Date.UTC(2026, 2, 1, 6)

beforeAll(async () => {
  database = await startDatabase()
  await insertCameras(database.db, camera, 'yard')
})
afterAll(() => database.stop())
beforeEach(async () => {
  for (const table of ['alerts', 'zones', 'resting_objects'] as const)
    await database.db.deleteFrom(table).execute()
  await startEngine()
})
afterEach(() => engine.stop())

async function startEngine(mostWaiting?: number) {
  const { db } = database
  announced = []
  engine = anEngine(db, mostWaiting === undefined ? {} : { mostWaiting })
  engine.onNew((alert) => announced.push(alert))
  await engine.start()
  alerts = new AlertStore({ db })
  const onChange = (cameraId: CameraId) => engine.reload(cameraId)
  zones = new ZoneStore({ db, onChange })
  rules = new RuleStore({ db, onChange })
}

async function yardRule(fields: Partial<NewRule> = {}, cameraId = camera) {
  const zone = await zones.create(cameraId, { name: '院子', kind: 'zone', points: yardPoints })
  const rule = await rules.create(cameraId, {
    name: '进入院子',
    zoneId: zone.id,
    kind: 'enter',
    classes: ['person', 'car'],
    ...fields,
  })
  return { zone, rule }
}

function see(...sightings: Sighting[]) {
  nowUtcMs += 250
  const found = inspection(nowUtcMs, sightings, camera)
  engine.inspect(found, plainPicture())
  return found
}

function during(ms: number, ...sightings: Sighting[]) {
  for (let passed = 0; passed < ms; passed += 250) see(...sightings)
}

function walkIn(sighting: Partial<Sighting> = {}) {
  during(500, { ...sighting, at: outside })
  return Array.from({ length: 6 }, () => see({ ...sighting, at: inside })).at(0)
}

const stored = async () => (await alerts.list({ limit: 500 })).items

it('stores an alert with the words of its camera, unit, rule and zone, then announces it', async () => {
  const { rule } = await yardRule({ severity: 'critical' })
  const fired = walkIn({ score: 0.8 })
  const alert = await until('an alert', () => announced[0])
  expect(alert).toMatchObject({
    cameraId: camera,
    cameraName: 'camera gate',
    unitId: 'unit-1',
    unitName: '东街道',
    ruleId: rule.id,
    ruleName: '进入院子',
    ruleKind: 'enter',
    zoneName: '院子',
    severity: 'critical',
    trackId: 'track-1',
    class: 'person',
    dwellMs: null,
    direction: null,
    occurredAt: new Date(fired!.frame.programmeUtcMs).toISOString(),
    arrivedAt: new Date(fired!.frame.arrivedUtcMs).toISOString(),
    state: 'new',
    handledBy: null,
    snapshot: `/api/v1/alerts/${alert.id}/snapshot`,
  })
  expect(alert.box?.x).toBeCloseTo(0.57, 5)
  expect(alert.box?.y).toBeCloseTo(0.6, 5)
  expect(alert.score).toBeCloseTo(0.8, 5)
  expect(await stored()).toEqual([alert])
})

it('draws the box and the zone into the snapshot, where they are', async () => {
  await yardRule()
  walkIn({ widthShare: 0.1, heightShare: 0.2 })
  const alert = await until('an alert', () => announced[0])
  const jpeg = await alerts.snapshot(alert.id as AlertId)
  const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true })
  expect([info.width, info.height, info.format]).toEqual([640, 360, 'raw'])
  const at = (x: number, y: number) => {
    const from = 3 * (Math.round(y * 360) * 640 + Math.round(x * 640))
    return [data[from]!, data[from + 1]!, data[from + 2]!]
  }
  const redness = ([r = 0, g = 0, b = 0]: number[]) => r - (g + b) / 2
  const { x, y, w, h } = alert.box!
  // Each side of the box, in its middle, against the picture some pixels inside it.
  for (const [px, py, dx, dy] of [
    [x, y + h / 2, 0.02, 0],
    [x + w, y + h / 2, -0.02, 0],
    [x + w / 2, y, 0, 0.03],
    [x + w / 2, y + h, 0, -0.03],
  ] as const) {
    expect(redness(at(px, py))).toBeGreaterThan(60)
    expect(redness(at(px + dx, py + dy))).toBeLessThan(20)
  }
  const [r = 0, g = 0, b = 0] = at(0.4, 0.5)
  expect(Math.min(r, g) - b).toBeGreaterThan(60)
  const [plainR = 0, plainG = 0, plainB = 0] = at(0.2, 0.2)
  expect(Math.max(Math.abs(plainR - 60), Math.abs(plainG - 90), Math.abs(plainB - 120))).toBeLessThan(6)
})

it('copies the picture at once: the sampler writes the next frame over it', async () => {
  await yardRule()
  const picture = plainPicture()
  during(500, { at: outside })
  nowUtcMs += 250
  engine.inspect(inspection(nowUtcMs, [{ at: inside }], camera), picture)
  nowUtcMs += 250
  engine.inspect(inspection(nowUtcMs, [{ at: inside }], camera), picture)
  picture.gbr.fill(255)
  const alert = await until('an alert', () => announced[0])
  const { data } = await sharp(await alerts.snapshot(alert.id as AlertId))
    .raw()
    .toBuffer({ resolveWithObject: true })
  expect(data[3 * (20 * 640 + 20)]).toBeLessThan(80)
})

it('takes rules as they are now: new, changed, switched off, removed', async () => {
  walkIn({ trackId: 'before-any-rule' })
  const { zone, rule } = await yardRule()
  walkIn({ trackId: 'a' })
  await until('the first alert', () => announced.length === 1)
  await rules.change(camera, rule.id, { enabled: false })
  walkIn({ trackId: 'b' })
  await rules.change(camera, rule.id, { enabled: true, classes: ['car'] })
  walkIn({ trackId: 'c' })
  walkIn({ trackId: 'd', class: 'car' })
  await until('the second alert', () => announced.length === 2)
  await zones.change(camera, zone.id, {
    points: [
      { x: 0, y: 0 },
      { x: 0.2, y: 0 },
      { x: 0, y: 0.2 },
    ],
  })
  walkIn({ trackId: 'e', class: 'car' })
  await zones.remove(camera, zone.id)
  walkIn({ trackId: 'f', class: 'car' })
  await engine.stop()
  expect(announced.map(({ trackId }) => trackId)).toEqual(['a', 'd'])
  expect((await stored()).length).toBe(2)
})

it('keeps what a rule remembers when only its name changes', async () => {
  const { rule } = await yardRule()
  walkIn()
  await rules.change(camera, rule.id, { name: 'renamed' })
  during(10_000, { at: inside })
  await engine.stop()
  expect(announced).toHaveLength(1)
})

it('stores nothing twice: not the same frame again, not the same firing from elsewhere', async () => {
  await yardRule()
  during(500, { at: outside })
  const frames = [see({ at: inside }), see({ at: inside })]
  await until('an alert', () => announced[0])
  for (const frame of frames) engine.inspect(frame, plainPicture())
  // A second engine on the same tables, which sees the same frames of the same tracks.
  const first = engine
  const heard = announced
  await startEngine()
  nowUtcMs -= 1000
  during(500, { at: outside })
  during(500, { at: inside })
  await engine.stop()
  await first.stop()
  expect(announced).toEqual([])
  expect(heard).toHaveLength(1)
  expect(await stored()).toHaveLength(1)
})

it('a parked car fires once, also over a restart, and its stay goes on', async () => {
  await yardRule({ kind: 'dwell', dwellMs: 10_000 })
  during(12_000, { trackId: 'car-1', class: 'car', at: inside })
  during(
    8_000,
    { trackId: 'car-1', class: 'car', at: inside },
    { trackId: 'car-2', class: 'car', at: [0.45, 0.5] },
  )
  await engine.stop()
  expect(announced.map(({ trackId }) => trackId)).toEqual(['car-1'])

  await startEngine()
  nowUtcMs += 5_000
  during(
    30_000,
    { trackId: 'car-3', class: 'car', at: inside },
    { trackId: 'car-4', class: 'car', at: [0.45, 0.5] },
  )
  await engine.stop()
  expect(announced.map(({ trackId }) => trackId)).toEqual(['car-4'])
  expect(announced[0]?.dwellMs).toBeGreaterThan(12_000)
})

it('numbers alerts in the order in which they become visible, however many at once', async () => {
  await yardRule()
  const crowd = (at: readonly [number, number]) =>
    Array.from({ length: 40 }, (_, i): Sighting => ({ trackId: `p${i}`, at }))
  during(500, ...crowd(outside))
  during(500, ...crowd(inside))
  await until('all of them', () => announced.length === 40)
  const sequences = announced.map(({ sequence }) => sequence)
  expect(sequences).toEqual(sequences.toSorted((a, b) => a - b))
  expect(new Set(sequences).size).toBe(40)
})

it('lets an alert go whose camera is gone', async () => {
  const [gone] = await insertCameras(database.db, 'gone')
  await yardRule({}, gone)
  await database.db.deleteFrom('cameras').where('id', '=', 'gone').execute()
  for (const at of [outside, outside, inside, inside]) {
    nowUtcMs += 250
    engine.inspect(inspection(nowUtcMs, [{ at }], 'gone'), plainPicture())
  }
  await yardRule()
  walkIn()
  await until('the next alert', () => announced[0])
  expect(announced.map(({ cameraId }) => cameraId)).toEqual([camera])
  expect(engine.figures()).toMatchObject({ waiting: 0, lost: 0 })
})

it('counts what it cannot keep, and says so', async () => {
  await engine.stop()
  await startEngine(3)
  await yardRule()
  const crowd = (at: readonly [number, number]) =>
    Array.from({ length: 10 }, (_, i): Sighting => ({ trackId: `q${i}`, at }))
  during(500, ...crowd(outside))
  during(500, ...crowd(inside))
  await until('those that were kept', () => announced.length === 3)
  expect(engine.figures().lost).toBe(7)
  expect(engine.shortfalls().map(({ code }) => code)).toEqual(['alerts-lost'])
})
