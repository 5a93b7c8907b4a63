import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { AlertEngine } from '../../src/alerts/alert-engine.ts'
import { RuleStore } from '../../src/alerts/rule-store.ts'
import { PictureWatch } from '../../src/analytics/picture-watch.ts'
import { readReferencePicture } from '../../src/analytics/reference-store.ts'
import type { Alert } from '../../src/contract/alerts.ts'
import type { CameraId } from '../../src/domain/ids.ts'
import type { PlanarPicture } from '../../src/domain/picture.ts'
import type { PictureRuleKind } from '../../src/domain/rule-kinds.ts'
import { createLog } from '../../src/platform/log.ts'
import { anEngine, SetConditions } from '../harness/alerts.ts'
import { insertCameras } from '../harness/cameras.ts'
import { startDatabase, type TestDatabase } from '../harness/database.ts'
import { inspection } from '../harness/inspection.ts'
import { Lcg } from '../harness/lcg.ts'
import { type Painted, paintedPicture } from '../harness/picture.ts'
import { until } from '../harness/until.ts'

const camera = 'gate' as CameraId
let database: TestDatabase
let watch: PictureWatch
let engine: AlertEngine
let rules: RuleStore
let conditions: SetConditions
let stored: Alert[]
let nowUtcMs = Date.UTC(2026, 2, 1, 6)

beforeAll(async () => {
  database = await startDatabase()
  await insertCameras(database.db, camera)
})
afterAll(() => database.stop())
beforeEach(async () => {
  for (const table of ['alerts', 'rules', 'reference_views'] as const)
    await database.db.deleteFrom(table).execute()
  await start()
})
afterEach(() => engine.stop())

async function start() {
  const { db } = database
  stored = []
  watch = new PictureWatch({ db, log: createLog('silent') })
  conditions = new SetConditions()
  engine = anEngine(db, { pictures: watch, conditions })
  engine.onNew((alert) => stored.push(alert))
  await engine.start()
  rules = new RuleStore({ db, onChange: (cameraId) => engine.reload(cameraId) })
}

const ruleOf = (kind: PictureRuleKind) => rules.create(camera, { name: kind, kind })

/** A street of many walls and windows, as bright as `light`, seen by a camera that was pushed aside. */
function street(light = 1, pushed = 0): PlanarPicture {
  const chance = new Lcg(7)
  const share = () => chance.below(1000) / 1000
  const walls = Array.from({ length: 400 }, (): Painted => {
    const grey = (40 + 160 * share()) * light
    const box = { x: share() * 1.2 - 0.1 + pushed, y: share(), w: 0.08, h: 0.1 }
    return { ...box, x: Math.max(0, box.x), rgb: [grey, grey, grey] }
  })
  const whole = { x: 0, y: 0, w: 1, h: 1, rgb: [90 * light, 90 * light, 90 * light] } as const
  return paintedPicture(320, 180, [whole, ...walls])
}

function look(picture: PlanarPicture, times = 1, everyMs = 1000): void {
  for (let i = 0; i < times; i++) {
    nowUtcMs += everyMs
    watch.sample({ ...inspection(nowUtcMs, [], camera).frame, arrivedUtcMs: nowUtcMs }, picture)
  }
}

/** It reads the stored one first. */
async function referenceTaken(picture: PlanarPicture) {
  return await until('a reference view', async () => {
    look(picture, 5)
    return await readReferencePicture(database.db, camera)
  })
}

it('takes a reference by itself, and fires when the camera is pushed aside', async () => {
  await ruleOf('moved')
  const { takenBy, jpeg } = await referenceTaken(street())
  expect([takenBy, jpeg.subarray(0, 2).toString('hex')]).toEqual([null, 'ffd8'])
  look(street(), 60)
  look(street(1, 0.1), 9)
  look(street(), 30)
  look(street(1, 0.1), 30)
  const alert = await until('an alert', () => stored[0])
  expect(alert).toMatchObject({ ruleKind: 'moved', zoneName: null, trackId: null, class: null, box: null })
  expect(alert.explanation.lastedMs).toBe(10_000)
  expect(alert.explanation.measured).toBeGreaterThanOrEqual(alert.explanation.threshold ?? 1)
  expect(alert.snapshot).toMatch(/snapshot$/)
  look(street(1, 0.1), 600)
  await engine.stop()
  expect(stored).toHaveLength(1)
})

it('follows the light of the day, and does not take a slow change for a fault', async () => {
  await ruleOf('moved')
  await ruleOf('blurred')
  await ruleOf('covered')
  await referenceTaken(street())
  for (let minute = 0; minute < 120; minute++) {
    const picture = street(1 - minute / 150)
    look(picture, 12, 5000)
  }
  await engine.stop()
  expect(stored).toEqual([])
})

it('holds pictures against the reference from before a restart, until a person renews it', async () => {
  await ruleOf('moved')
  await referenceTaken(street())
  await engine.stop()
  await start()
  await until('the alert of a camera that was moved while the gateway was down', () => {
    look(street(1, 0.1), 5)
    return stored[0]
  })
  const renewed = watch.renew(camera, 'admin', 30_000)
  look(street(1, 0.1))
  expect(await renewed).toBe(true)
  expect((await readReferencePicture(database.db, camera))?.takenBy).toBe('admin')
  look(street(1, 0.1), 60)
  expect(await watch.renew(camera, 'admin', 50)).toBe(false)
  await engine.stop()
  expect(stored).toHaveLength(1)
})

it('fires for a lost signal once it has lasted, and not again after a restart', async () => {
  await rules.create(camera, { name: 'lost', kind: 'signal-lost', holdMs: 500 })
  const sinceUtcMs = Date.now()
  const fault = { hop: 'network', code: 'connection-refused', text: 'refused' } as const
  conditions.set(camera, { state: 'offline', sinceUtcMs, fault })
  const alert = await until('an alert', () => stored[0])
  expect(alert).toMatchObject({ ruleKind: 'signal-lost', snapshot: null })
  expect(alert.explanation.lastedMs).toBeGreaterThanOrEqual(500)
  await engine.stop()
  await start()
  conditions.set(camera, { state: 'offline', sinceUtcMs, fault })
  await until('the engine has tried it', () => engine.figures().waiting === 0)
  await engine.stop()
  expect(await database.db.selectFrom('alerts').select('id').execute()).toHaveLength(1)
  expect(stored).toEqual([])
})

it('measures only cameras with a rule for it', async () => {
  const looks: string[] = []
  watch.onMeasures((_, frame) => looks.push(frame.cameraId))
  look(street(), 20)
  expect(looks).toEqual([])
  const rule = await ruleOf('dark')
  await until('a measurement', () => {
    look(street())
    return looks.length > 0
  })
  await rules.remove(camera, rule.id)
  const before = looks.length
  look(street(), 20)
  expect(looks).toHaveLength(before)
})
