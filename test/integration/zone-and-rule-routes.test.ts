import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { ruleRoutes } from '../../src/alerts/rule-routes.ts'
import { RuleStore } from '../../src/alerts/rule-store.ts'
import { zoneRoutes } from '../../src/alerts/zone-routes.ts'
import { ZoneStore } from '../../src/alerts/zone-store.ts'
import type { Rule, Zone } from '../../src/contract/rules.ts'
import type { HttpApp } from '../../src/platform/http.ts'
import { insertCameras } from '../harness/cameras.ts'
import { startDatabase, type TestDatabase } from '../harness/database.ts'
import { httpApp } from '../harness/http.ts'

const square = [
  { x: 0.1, y: 0.1 },
  { x: 0.5, y: 0.1 },
  { x: 0.5, y: 0.5 },
  { x: 0.1, y: 0.5 },
]
const yard = { name: '院子', kind: 'zone', points: square }
const gate = { name: 'gate', kind: 'tripwire', points: square.slice(0, 2) }

let database: TestDatabase
let app: HttpApp
let changed: string[]

beforeAll(async () => {
  database = await startDatabase()
  await insertCameras(database.db, 'a', 'b')
  const options = {
    db: database.db,
    onChange: async (cameraId: string) => {
      changed.push(cameraId)
    },
  }
  app = await httpApp()
  zoneRoutes(app, { zones: new ZoneStore(options) })
  ruleRoutes(app, { rules: new RuleStore(options) })
})
afterAll(async () => {
  await app.close()
  await database.stop()
})
beforeEach(async () => {
  changed = []
  await database.db.deleteFrom('zones').execute()
})

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'
type Body = Omit<Zone, 'kind'> & Omit<Rule, 'kind'> & { code?: string }
async function ask(method: Method, path: string, payload?: object, role = 'administrator') {
  const answer = await app.inject({
    method,
    url: `/api/v1/cameras/${path}`,
    headers: { 'x-role': role },
    ...(payload && { payload }),
  })
  const body = answer.body === '' ? null : answer.json<unknown>()
  return { status: answer.statusCode, body: body as Body }
}

it('keeps zones and tripwires of a camera', async () => {
  const made = await ask('POST', 'a/zones', yard)
  expect(made).toMatchObject({ status: 201, body: { ...yard, cameraId: 'a' } })
  const wire = await ask('POST', 'a/zones', gate)
  expect((await ask('GET', 'a/zones', undefined, 'viewer')).body).toEqual({ items: [made.body, wire.body] })
  expect((await ask('GET', 'b/zones')).body).toEqual({ items: [] })
  const moved = { points: square.toReversed() }
  const patched = await ask('PATCH', `a/zones/${made.body.id}`, moved)
  expect(patched).toEqual({ status: 200, body: { ...made.body, ...moved } })
  expect((await ask('DELETE', `a/zones/${wire.body.id}`)).status).toBe(204)
  expect((await ask('GET', 'a/zones')).body).toEqual({ items: [patched.body] })
  expect(changed).toEqual(['a', 'a', 'a', 'a'])
})

it('keeps rules on them, filled in, and takes them away with their zone', async () => {
  const { body: zone } = await ask('POST', 'a/zones', yard)
  const { body: wire } = await ask('POST', 'a/zones', gate)
  const stay = { name: 'stay', zoneId: zone.id, kind: 'dwell', classes: ['car', 'car'], dwellMs: 5000 }
  const made = await ask('POST', 'a/rules', stay)
  expect(made).toMatchObject({
    status: 201,
    body: { ...stay, classes: ['car'], minScore: 0.5, direction: null, severity: 'warning', enabled: true },
  })
  const cross = await ask('POST', 'a/rules', {
    name: 'x',
    zoneId: wire.id,
    kind: 'cross',
    classes: ['bus'],
  })
  expect(cross.body.direction).toBe('both')
  const patch = { enabled: false, minScore: 0.25 }
  const patched = await ask('PATCH', `a/rules/${made.body.id}`, patch)
  expect(patched).toEqual({ status: 200, body: { ...made.body, ...patch } })
  expect((await ask('GET', 'a/rules', undefined, 'operator')).body).toEqual({
    items: [patched.body, cross.body],
  })
  await ask('DELETE', `a/zones/${zone.id}`)
  expect((await ask('GET', 'a/rules')).body).toEqual({ items: [cross.body] })
  expect((await ask('DELETE', `a/rules/${cross.body.id}`)).status).toBe(204)
  expect((await ask('GET', 'a/rules')).body).toEqual({ items: [] })
})

it.each([
  ['nowhere/zones', yard, 404, 'camera-unknown'],
  ['a/zones', { ...yard, points: square.slice(0, 2) }, 400, 'zone-corner-count'],
  ['a/zones', { ...yard, points: [square[0], square[2], square[1], square[3]] }, 400, 'zone-crosses-itself'],
  ['a/zones', { ...gate, points: [square[0], square[0]] }, 400, 'tripwire-too-short'],
  ['a/zones', { ...gate, points: square.slice(0, 3) }, 400, 'tripwire-point-count'],
  ['a/zones', { ...yard, points: [{ x: 2, y: 0 }, ...square] }, 400, 'body-malformed'],
  ['a/zones', { ...yard, points: Array.from({ length: 33 }, () => square[0]) }, 400, 'body-malformed'],
  ['a/zones', { ...yard, name: ' ' }, 400, 'body-malformed'],
  ['a/zones', { ...yard, colour: 'red' }, 400, 'body-malformed'],
])('refuses a zone at %s: %o', async (path, payload, status, code) => {
  const answer = await ask('POST', path, payload)
  expect([answer.status, answer.body.code]).toEqual([status, code])
  expect(changed).toEqual([])
})

it('refuses rules that fit neither their zone nor their kind', async () => {
  const { body: zone } = await ask('POST', 'a/zones', yard)
  const { body: elsewhere } = await ask('POST', 'b/zones', yard)
  const enter = { name: 'enter', zoneId: zone.id, kind: 'enter', classes: ['person'] }
  const { body: rule } = await ask('POST', 'a/rules', enter)
  for (const [payload, code] of [
    [{ ...enter, kind: 'cross' }, 'rule-zone-mismatch'],
    [{ ...enter, dwellMs: 5000 }, 'rule-fields-mismatch'],
    [{ ...enter, kind: 'dwell' }, 'rule-fields-mismatch'],
    [{ ...enter, zoneId: elsewhere.id }, 'zone-unknown'],
    [{ ...enter, zoneId: 'none' }, 'zone-unknown'],
    [{ ...enter, classes: [] }, 'rule-fields-mismatch'],
    [{ ...enter, kind: 'dark' }, 'rule-fields-mismatch'],
    [{ ...enter, classes: ['cat'] }, 'body-malformed'],
    [{ ...enter, minScore: 2 }, 'body-malformed'],
  ] as const) {
    expect((await ask('POST', 'a/rules', payload)).body.code).toBe(code)
  }
  expect((await ask('PATCH', `a/rules/${rule.id}`, { kind: 'cross' })).body.code).toBe('rule-zone-mismatch')
  expect((await ask('PATCH', `b/rules/${rule.id}`, { enabled: false })).body.code).toBe('rule-unknown')
  expect((await ask('PATCH', `b/zones/${zone.id}`, { name: 'x' })).body.code).toBe('zone-unknown')
  expect((await ask('DELETE', 'a/rules/none')).body.code).toBe('rule-unknown')
  expect((await ask('GET', 'a/rules')).body).toEqual({ items: [rule] })
})

it('holds at most 64 zones a camera, whoever adds them at once', async () => {
  const answers = await Promise.all(Array.from({ length: 70 }, () => ask('POST', 'a/zones', gate)))
  const made = answers.filter(({ status }) => status === 201)
  const refused = answers.filter(({ body }) => body.code === 'too-many-zones')
  expect([made.length, refused.length]).toEqual([64, 6])
})

it('lets only administrators change them', async () => {
  const { body: zone } = await ask('POST', 'a/zones', yard)
  for (const [method, path] of [
    ['POST', 'a/zones'],
    ['PATCH', `a/zones/${zone.id}`],
    ['DELETE', `a/zones/${zone.id}`],
    ['POST', 'a/rules'],
    ['PATCH', 'a/rules/none'],
    ['DELETE', 'a/rules/none'],
  ] as const) {
    expect((await ask(method, path, method === 'DELETE' ? undefined : {}, 'operator')).status).toBe(403)
  }
})
