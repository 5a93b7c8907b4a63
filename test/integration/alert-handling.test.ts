import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { AlertEngine } from '../../src/alerts/alert-engine.ts'
import { insertAlerts } from '../../src/alerts/alert-insert.ts'
import { alertRoutes } from '../../src/alerts/alert-routes.ts'
import { AlertStore } from '../../src/alerts/alert-store.ts'
import { RuleStore } from '../../src/alerts/rule-store.ts'
import { ZoneStore } from '../../src/alerts/zone-store.ts'
import type { Alert, AlertLoad, HandleAnswer, RuleOutcome } from '../../src/contract/alerts.ts'
import type { AlertId, CameraId } from '../../src/domain/ids.ts'
import type { HttpApp } from '../../src/platform/http.ts'
import { aNewAlert, anEngine } from '../harness/alerts.ts'
import { insertCameras } from '../harness/cameras.ts'
import { startDatabase, type TestDatabase } from '../harness/database.ts'
import { httpApp } from '../harness/http.ts'
import { inspection } from '../harness/inspection.ts'
import { plainPicture } from '../harness/picture.ts'
import { until } from '../harness/until.ts'

const camera = 'gate' as CameraId
let database: TestDatabase
let app: HttpApp
let updates: Alert[]
let alerts: AlertStore

beforeAll(async () => {
  database = await startDatabase()
  const { db } = database
  await insertCameras(db, camera, 'yard', 'hall')
  const unit = { level: 'village', division_code: null } as const
  await db
    .insertInto('units')
    .values([
      { ...unit, id: 'unit-2', parent_id: 'unit-1', name: '柳河村', path: 'unit-1/unit-2/' },
      { ...unit, id: 'unit-3', parent_id: null, name: '别处', path: 'unit-3/' },
    ])
    .execute()
  await db.updateTable('cameras').set({ unit_id: 'unit-2' }).where('id', '=', 'yard').execute()
  await db.updateTable('cameras').set({ unit_id: 'unit-3' }).where('id', '=', 'hall').execute()
  alerts = new AlertStore({ db })
  alerts.onUpdate((alert) => updates.push(alert))
  app = await httpApp()
  alertRoutes(app, { db, alerts, operators: () => 2 })
})
afterAll(async () => {
  await app.close()
  await database.stop()
})
beforeEach(async () => {
  updates = []
  for (const table of ['alerts', 'zones'] as const) await database.db.deleteFrom(table).execute()
})

type Body = Alert &
  HandleAnswer &
  Omit<AlertLoad, 'folded'> & { items: (Alert & RuleOutcome)[]; code?: string }

async function ask(method: 'GET' | 'POST', url: string, payload?: object, role = 'operator') {
  const answer = await app.inject({
    method,
    url: `/api/v1/alerts${url}`,
    headers: { 'x-role': role },
    ...(payload && { payload }),
  })
  return { status: answer.statusCode, body: answer.json<Body>() }
}

async function store(...drafts: ReturnType<typeof aNewAlert>[]): Promise<Alert[]> {
  const { alerts: stored } = await insertAlerts(database.db, drafts)
  return stored.map(({ alert }) => alert)
}

/** The first, and the others folded under it. */
async function storeGroup(...drafts: ReturnType<typeof aNewAlert>[]): Promise<Alert[]> {
  const lead = drafts[0]!.id
  const { alerts: stored } = await insertAlerts(database.db, drafts, (all) => all.map(() => lead))
  return stored.map(({ alert }) => alert)
}

const ids = async (query: string) => (await ask('GET', query)).body.items.map(({ id }) => id)

it('lists a group as one line with its count, and its members when they are asked for', async () => {
  const [lead, second, third] = await storeGroup(aNewAlert(), aNewAlert(), aNewAlert())
  expect(lead).toMatchObject({ folded: false, repeats: 2, groupId: lead!.id, lastAt: third!.occurredAt })
  expect(second).toMatchObject({ folded: true, groupId: lead!.id })
  expect(await ids('')).toEqual([lead!.id])
  expect(await ids('?folded=true')).toEqual([third!.id, second!.id, lead!.id])
  expect(await ids(`?groupId=${lead!.id}`)).toEqual([third!.id, second!.id, lead!.id])
})

it('handles many in one request, with what is folded under them, and says what it refuses', async () => {
  const group = await storeGroup(aNewAlert(), aNewAlert())
  const [one, two] = await store(aNewAlert(), aNewAlert())
  await ask('POST', `/${two!.id}/acknowledge`, undefined, 'administrator')
  updates = []
  const alertIds = [group[0]!.id, one!.id, two!.id, 'nothing']
  const { body } = await ask('POST', '/handle', { alertIds, state: 'dismissed', cause: 'light-weather' })
  expect(body.handled.map(({ id }) => id).toSorted()).toEqual([group[0]!.id, one!.id].toSorted())
  expect(body.refused).toEqual([
    { id: two!.id, code: 'alert-already-handled' },
    { id: 'nothing', code: 'alert-unknown' },
  ])
  expect(updates.map(({ id }) => id).toSorted()).toEqual([group[0]!.id, one!.id].toSorted())
  expect((await ask('GET', `/${group[1]!.id}`)).body).toMatchObject({
    ...{ state: 'dismissed', cause: 'light-weather', reason: null, handledBy: 'operator' },
  })
})

it('handles 500 at most in one request', async () => {
  const alertIds = Array.from({ length: 501 }, (_, i) => `a${i}`)
  expect((await ask('POST', '/handle', { alertIds, state: 'acknowledged' })).body.code).toBe('body-malformed')
})

it.each([
  [{ alertIds: [], state: 'acknowledged' }, 'body-malformed'],
  [{ alertIds: ['a b'], state: 'acknowledged' }, 'body-malformed'],
  [{ alertIds: ['a'], state: 'new' }, 'body-malformed'],
  [{ alertIds: ['a'], state: 'dismissed' }, 'reason-missing'],
  [{ alertIds: ['a'], state: 'dismissed', cause: 'other' }, 'reason-missing'],
  [{ alertIds: ['a'], state: 'dismissed', cause: 'mood' }, 'body-malformed'],
])('refuses to handle %o', async (payload, code) => {
  expect((await ask('POST', '/handle', payload)).body.code).toBe(code)
})

it('finds alerts by severity, class, rule, kind and unit with all below it', async () => {
  const [gate, yard, hall] = await store(
    aNewAlert({ cameraId: 'gate', severity: 'critical' }),
    aNewAlert({ cameraId: 'yard' }),
    aNewAlert({ cameraId: 'hall' }),
  )
  expect(await ids('?severity=critical')).toEqual([gate!.id])
  expect(await ids('?class=car')).toHaveLength(3)
  expect(await ids('?class=person')).toEqual([])
  expect(await ids('?ruleKind=cross&ruleId=rule')).toHaveLength(3)
  expect(await ids('?unitId=unit-1')).toEqual([yard!.id, gate!.id])
  expect(await ids('?unitId=unit-2')).toEqual([yard!.id])
  expect(await ids('?unitId=unit-3&severity=warning&state=new')).toEqual([hall!.id])
  expect(await ids('?unitId=nowhere')).toEqual([])
})

it('hands an alert on to a unit, whose list then shows it', async () => {
  const [alert] = await store(aNewAlert({ cameraId: 'hall' }))
  const { body } = await ask('POST', `/${alert!.id}/forward`, { unitId: 'unit-2', note: '请核实' })
  expect(body.forwarded).toMatchObject({
    unitId: 'unit-2',
    unitName: '柳河村',
    note: '请核实',
    by: 'operator',
  })
  expect(await ids('?unitId=unit-1')).toEqual([alert!.id])
  expect(await ids('?unitId=unit-3')).toEqual([alert!.id])
  expect(updates.map(({ id }) => id)).toEqual([alert!.id])
  expect((await ask('POST', `/${alert!.id}/forward`, { unitId: 'nowhere' })).body.code).toBe('unit-unknown')
  expect((await ask('POST', '/nothing/forward', { unitId: 'unit-2' })).body.code).toBe('alert-unknown')
  expect((await ask('POST', `/${alert!.id}/forward`, { unitId: 'unit-2' }, 'viewer')).status).toBe(403)
})

it('measures the load on an operator by what was delivered in the last ten minutes', async () => {
  const lately = (minutes: number) => aNewAlert({ occurredUtcMs: Date.now() - minutes * 60_000 })
  await storeGroup(lately(1), lately(0.5))
  await store(lately(2), lately(3), lately(11))
  expect((await ask('GET', '/load')).body).toEqual({
    ...{ windowMs: 600_000, delivered: 3, folded: 1, operators: 2, perOperator: 1.5, grade: 'manageable' },
  })
})

it('tells of each rule how many of its alerts were false', async () => {
  const at = Date.now() - 3_600_000
  const drafts = Array.from({ length: 5 }, (_, i) => aNewAlert({ occurredUtcMs: at + i }))
  const stored = await store(...drafts)
  const dismiss = (i: number, cause: string) =>
    ask('POST', '/handle', { alertIds: [stored[i]!.id], state: 'dismissed', cause })
  await ask('POST', `/${stored[0]!.id}/acknowledge`)
  await dismiss(1, 'false-detection')
  await dismiss(2, 'duplicate')
  await dismiss(3, 'wrong-place')
  expect((await ask('GET', '/outcomes?cameraId=yard')).body.items).toEqual([])
  const all = await ask('GET', '/outcomes?cameraId=gate&unitId=unit-1')
  expect(all.body.items).toMatchObject([
    { ruleId: 'rule', fired: 5, delivered: 5, handled: 4, dismissedFalse: 2, falseShare: 0.5 },
  ])
  expect((await ask('GET', '/outcomes?unitId=unit-3')).body.items).toEqual([])
  expect((await ask('GET', `/outcomes?from=0&to=${at}`)).body.code).toBe('window-too-long')
})

it('folds a flood, stores every firing of it, and delivers again what is new after it was handled', async () => {
  const engine: AlertEngine = anEngine(database.db)
  const heard: Alert[] = []
  const grown: Alert[] = []
  engine.onNew((alert) => heard.push(alert))
  engine.onGrown((alert) => grown.push(alert))
  await engine.start()
  const onChange = (cameraId: CameraId) => engine.reload(cameraId)
  const points = [
    { x: 0, y: 0.5 },
    { x: 1, y: 0.5 },
  ]
  const zone = await new ZoneStore({ db: database.db, onChange }).create(camera, {
    ...{ name: 'line', kind: 'tripwire', points },
  })
  await new RuleStore({ db: database.db, onChange }).create(camera, {
    ...{ name: 'cross', zoneId: zone.id, kind: 'cross', classes: ['person'] },
  })
  let now = Date.UTC(2026, 4, 1)
  const down = [0.3, 0.4, 0.6, 0.7]
  const cross = (trackId: string, way: readonly number[] = down) => {
    for (const y of way) {
      now += 50
      engine.inspect(inspection(now, [{ trackId, at: [0.5, y] }], camera), plainPicture(64, 36))
    }
  }
  const flood = Array.from({ length: 30 }, (_, i) => `track-${i}`)
  for (const trackId of flood) cross(trackId)
  await until('every firing is stored', () => heard.length === 30)
  const delivered = heard.filter(({ folded }) => !folded)
  expect(delivered).toHaveLength(6)
  const last = delivered.at(-1)!
  expect((await alerts.find(last.id as AlertId)).repeats).toBe(24)

  // The same object, back and forth, is one line until somebody has handled it.
  now += 120_000
  cross('visitor')
  await until('a new one', () => heard.length === 31)
  cross('visitor', down.toReversed())
  await until('another', () => heard.length === 32)
  const visit = heard.at(-2)!
  expect(heard.at(-1)).toMatchObject({ folded: true, groupId: visit.id })
  await until('the count is told', () => grown.find(({ id, repeats }) => id === visit.id && repeats === 1))
  engine.handled(visit)
  cross('visitor')
  await until('one more', () => heard.length === 33)
  expect(heard.at(-1)).toMatchObject({ folded: false, repeats: 0 })
  await engine.stop()
})
