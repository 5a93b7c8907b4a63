import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { insertAlerts, type NewAlert } from '../../src/alerts/alert-insert.ts'
import { alertRoutes } from '../../src/alerts/alert-routes.ts'
import { AlertStore } from '../../src/alerts/alert-store.ts'
import type { Alert } from '../../src/contract/alerts.ts'
import type { HttpApp } from '../../src/platform/http.ts'
import { aNewAlert } from '../harness/alerts.ts'
import { insertCameras } from '../harness/cameras.ts'
import { startDatabase, type TestDatabase } from '../harness/database.ts'
import { httpApp } from '../harness/http.ts'

const start = Date.UTC(2026, 2, 1, 6)
let database: TestDatabase
let app: HttpApp
let updates: Alert[]

beforeAll(async () => {
  database = await startDatabase()
  await insertCameras(database.db, 'a', 'b')
  const alerts = new AlertStore({ db: database.db })
  alerts.onUpdate((alert) => updates.push(alert))
  app = await httpApp()
  alertRoutes(app, { db: database.db, alerts, operators: () => 2 })
})
afterAll(async () => {
  await app.close()
  await database.stop()
})
beforeEach(async () => {
  updates = []
  await database.db.deleteFrom('alerts').execute()
})

const newAlert = (occurredUtcMs: number, cameraId = 'a') => aNewAlert({ occurredUtcMs, cameraId })

const store = async (...alerts: NewAlert[]) =>
  (await insertAlerts(database.db, alerts)).alerts.map(({ alert }) => alert)

interface Page {
  items: Alert[]
  nextCursor: string | null
}

type Body = Page & Alert & { code?: string; details?: object }

async function ask(method: 'GET' | 'POST', url: string, payload?: object, role = 'operator') {
  const answer = await app.inject({
    method,
    url: `/api/v1/alerts${url}`,
    headers: { 'x-role': role },
    ...(payload && { payload }),
  })
  return { status: answer.statusCode, body: answer.json<Body>() }
}

const occurred = (page: Page) => page.items.map(({ occurredAt }) => (Date.parse(occurredAt) - start) / 1000)

it('lists newest first, by pages that stay whole while more is stored', async () => {
  await store(...[0, 1, 2, 2, 2, 3, 4].map((s) => newAlert(start + s * 1000)))
  const seen: number[] = []
  const ids = new Set<string>()
  let cursor: string | null = ''
  for (let later = 10; cursor !== null; later++) {
    const { body }: { body: Body } = await ask('GET', `?limit=2${cursor && `&cursor=${cursor}`}`)
    seen.push(...occurred(body))
    for (const { id } of body.items) ids.add(id)
    cursor = body.nextCursor
    await store(newAlert(start + later * 1000))
  }
  expect(seen).toEqual([4, 3, 2, 2, 2, 1, 0])
  expect(ids.size).toBe(7)
})

it('answers all that was stored after a sequence, oldest first', async () => {
  const [first, ...rest] = await store(...[5, 1, 3, 2].map((s) => newAlert(start + s * 1000)))
  const one = await ask('GET', `?after=${first!.sequence}&limit=2`)
  expect(one.body.items).toEqual(rest.slice(0, 2))
  const two = await ask('GET', `?after=${first!.sequence}&limit=2&cursor=${one.body.nextCursor}`)
  expect(two.body.items).toEqual(rest.slice(2))
  expect(two.body.nextCursor).toBe(null)
  const none = await ask('GET', `?after=${rest.at(-1)!.sequence}`)
  expect(none.body).toEqual({ items: [], nextCursor: null })
})

it('nothing with a smaller sequence turns up after a larger one was seen', async () => {
  let seen = 0
  const writing = { now: true }
  const writers = Promise.all(
    Array.from({ length: 4 }, async () => {
      for (let i = 0; i < 15; i++) await store(newAlert(start), newAlert(start))
    }),
  ).finally(() => {
    writing.now = false
  })
  const found: number[] = []
  for (;;) {
    const last = !writing.now
    const { body } = await ask('GET', `?after=${seen}&limit=500`)
    found.push(...body.items.map(({ sequence }) => sequence))
    seen = found.at(-1) ?? seen
    if (last) break
  }
  await writers
  expect(found).toHaveLength(120)
})

it('filters by camera, state and time', async () => {
  const [a, b, c] = await store(
    newAlert(start, 'a'),
    newAlert(start + 1000, 'b'),
    newAlert(start + 2000, 'a'),
  )
  await ask('POST', `/${c!.id}/acknowledge`)
  const ids = async (query: string) => (await ask('GET', query)).body.items.map(({ id }) => id)
  expect(await ids('?cameraId=a')).toEqual([c!.id, a!.id])
  expect(await ids('?state=new')).toEqual([b!.id, a!.id])
  expect(await ids('?cameraId=a&state=acknowledged')).toEqual([c!.id])
  expect(await ids(`?from=${start + 1000}&to=2026-03-01T06:00:02Z`)).toEqual([b!.id])
})

it.each([
  ['?cursor=nonsense', 'cursor-malformed'],
  [`?cursor=${Buffer.from('[1e300,"x"]').toString('base64url')}`, 'cursor-malformed'],
  ['?from=yesterday', 'time-malformed'],
  ['?state=lost', 'query-malformed'],
  ['?after=-1', 'query-malformed'],
  ['?limit=501', 'query-malformed'],
  ['?camera=a', 'query-malformed'],
])('refuses %s', async (query, code) => {
  const { status, body } = await ask('GET', query)
  expect([status, body.code]).toEqual([400, code])
})

it('gives one alert and its snapshot', async () => {
  const draft = newAlert(start)
  const [alert] = await store(draft)
  expect((await ask('GET', `/${alert!.id}`)).body).toEqual(alert)
  const answer = await app.inject({ url: alert!.snapshot!, headers: { 'x-role': 'viewer' } })
  expect(answer.statusCode).toBe(200)
  expect(answer.headers['content-type']).toBe('image/jpeg')
  expect(answer.headers['cache-control']).toBe('private, max-age=31536000, immutable')
  expect(answer.rawPayload).toEqual(draft.jpeg)
  for (const url of ['/nothing', '/nothing/snapshot']) {
    const { status, body } = await ask('GET', url)
    expect([status, body.code]).toEqual([404, 'alert-unknown'])
  }
})

it('is handled once, by whoever comes first, and everybody is told once', async () => {
  const [alert] = await store(newAlert(start))
  const roles = ['operator', 'administrator'] as const
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, i) => ask('POST', `/${alert!.id}/acknowledge`, undefined, roles[i % 2])),
  )
  const { body: now } = await ask('GET', `/${alert!.id}`)
  expect(now).toMatchObject({ state: 'acknowledged', sequence: alert!.sequence })
  expect(roles).toContain(now.handledBy)
  answers.forEach(({ status, body }, i) => {
    if (roles[i % 2] === now.handledBy) expect([status, body]).toEqual([200, now])
    else {
      expect([status, body.code]).toEqual([409, 'alert-already-handled'])
      expect(body.details).toEqual({
        state: 'acknowledged',
        handledBy: now.handledBy,
        handledAt: now.handledAt,
      })
    }
  })
  expect(updates).toEqual([now])
})

it('is dismissed with a reason, also by who acknowledged it, and then stays so', async () => {
  const [alert] = await store(newAlert(start))
  await ask('POST', `/${alert!.id}/acknowledge`)
  const dismissed = await ask('POST', `/${alert!.id}/dismiss`, { reason: 'a cat' })
  expect(dismissed.body).toMatchObject({ state: 'dismissed', reason: 'a cat', handledBy: 'operator' })
  const again = await ask('POST', `/${alert!.id}/dismiss`, { reason: 'a cat' })
  expect(again.body).toEqual(dismissed.body)
  for (const [act, reason] of [
    ['dismiss', { reason: 'a dog' }],
    ['acknowledge', undefined],
  ] as const) {
    const { status, body } = await ask('POST', `/${alert!.id}/${act}`, reason)
    expect([status, body.code]).toEqual([409, 'alert-already-handled'])
  }
  expect(updates.map(({ state }) => state)).toEqual(['acknowledged', 'dismissed'])
})

it('is not for viewers to handle, nor without a reason to dismiss', async () => {
  const [alert] = await store(newAlert(start))
  expect((await ask('POST', `/${alert!.id}/acknowledge`, undefined, 'viewer')).status).toBe(403)
  expect((await ask('POST', `/${alert!.id}/dismiss`, {})).body.code).toBe('reason-missing')
  expect((await ask('POST', `/${alert!.id}/dismiss`, { reason: '' })).body.code).toBe('body-malformed')
  expect((await ask('POST', '/nothing/acknowledge')).body.code).toBe('alert-unknown')
})

it('is found again by its id when the answer to the commit was lost', async () => {
  const draft = newAlert(start)
  const [alert] = await store(draft)
  const next = newAlert(start)
  const again = await store(draft, next)
  expect(again.map(({ id }) => id)).toEqual([draft.id, next.id])
  expect(again[0]).toEqual(alert)
  const doubled = { ...newAlert(start), firing: draft.firing }
  expect(await store(doubled)).toEqual([])
})
