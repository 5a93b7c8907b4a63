import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { Aedes } from 'aedes'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { CredentialSeal } from '../../src/access/credential-seal.ts'
import { insertAlerts } from '../../src/alerts/alert-insert.ts'
import { AlertStore } from '../../src/alerts/alert-store.ts'
import { Courier } from '../../src/alerts/delivery/courier.ts'
import { Outbox } from '../../src/alerts/delivery/outbox.ts'
import { targetRoutes } from '../../src/alerts/delivery/target-routes.ts'
import { TargetStore } from '../../src/alerts/delivery/target-store.ts'
import { signatureOf } from '../../src/alerts/delivery/webhook.ts'
import type { AlertTarget, DeadDeliveryList, NewAlertTarget } from '../../src/contract/alert-targets.ts'
import type { HttpApp } from '../../src/platform/http.ts'
import { createLog } from '../../src/platform/log.ts'
import { createMetrics } from '../../src/platform/metrics.ts'
import { NetworkPolicy } from '../../src/registry/network-policy.ts'
import { aNewAlert } from '../harness/alerts.ts'
import { insertCameras } from '../harness/cameras.ts'
import { startDatabase, type TestDatabase } from '../harness/database.ts'
import { httpApp } from '../harness/http.ts'
import { until } from '../harness/until.ts'

const secret = 'a key of the receiver'
let database: TestDatabase
let outbox: Outbox
let app: HttpApp
let receiver: Receiver

beforeAll(async () => {
  database = await startDatabase()
  await insertCameras(database.db, 'gate')
  const unit = { parent_id: null, name: '别处', level: 'township', division_code: null } as const
  await database.db
    .insertInto('units')
    .values({ ...unit, id: 'unit-2', path: 'unit-2/' })
    .execute()
})
afterAll(() => database.stop())
beforeEach(async () => {
  for (const table of ['alerts', 'alert_targets'] as const) await database.db.deleteFrom(table).execute()
  receiver = await Receiver.start()
  await start()
})
afterEach(async () => {
  await stop()
  await receiver.stop()
})

async function start(networks = ['127.0.0.0/8']) {
  const { db } = database
  const log = createLog('silent')
  const courier = new Courier(new NetworkPolicy(networks))
  const targets: TargetStore = new TargetStore({
    db,
    seal: new CredentialSeal(Buffer.alloc(32, 7)),
    onChange: (targetId) => outbox.changed(targetId),
  })
  const alerts = new AlertStore({ db })
  outbox = new Outbox({
    ...{ db, log, metrics: createMetrics(), alerts, targets, courier },
    patience: { firstMs: 50, longestMs: 200 },
  })
  outbox.start()
  app = await httpApp()
  targetRoutes(app, { targets, courier })
}

async function stop() {
  await app.close()
  await outbox.stop()
}

type Body = AlertTarget & {
  code?: string
  items: (AlertTarget & DeadDeliveryList['items'][number])[]
}

async function ask(
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  url = '',
  payload?: object,
  role = 'administrator',
): Promise<{ status: number; body: Body }> {
  const answer = await app.inject({
    method,
    url: `/api/v1/alert-targets${url}`,
    headers: { 'x-role': role },
    ...(payload && { payload }),
  })
  return { status: answer.statusCode, body: answer.statusCode === 204 ? ({} as Body) : answer.json<Body>() }
}

async function hook(fields: Partial<NewAlertTarget> = {}): Promise<AlertTarget> {
  const draft = { name: 'hook', kind: 'webhook', url: receiver.url, secret, ...fields }
  const { status, body } = await ask('POST', '', draft)
  expect(status).toBe(201)
  return body
}

async function alert(fields: Parameters<typeof aNewAlert>[0] = {}): Promise<string> {
  const draft = aNewAlert({ cameraId: 'gate', ...fields })
  await insertAlerts(database.db, [draft])
  outbox.wake()
  return draft.id
}

const target = async (id: string) => {
  const { body } = await ask('GET')
  return body.items.find((each) => each.id === id)!
}

interface Call {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** An HTTP server that answers as it is told, and remembers what it was sent. */
class Receiver {
  readonly calls: Call[] = []
  answer: (call: Call) => number = () => 204
  location: string | null = null
  readonly #server: Server

  constructor(server: Server) {
    this.#server = server
    server.on('request', (request, response) => {
      const parts: Buffer[] = []
      request.on('data', (part: Buffer) => parts.push(part))
      request.on('end', () => {
        const call = { headers: request.headers, body: Buffer.concat(parts).toString('utf8') }
        this.calls.push(call)
        if (this.location !== null) response.setHeader('location', this.location)
        response.writeHead(this.answer(call)).end()
      })
    })
  }

  static async start(): Promise<Receiver> {
    const server = createServer()
    const receiver = new Receiver(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return receiver
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/alerts`
  }

  get alertIds(): string[] {
    return this.calls.map(({ body }) => (JSON.parse(body) as { alert: { id: string } }).alert.id)
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

it('sends an alert that was stored, signed so that the receiver can tell who sent it and when', async () => {
  const { id } = await hook()
  const alertId = await alert()
  const call = await until('a call', () => receiver.calls[0])
  const timestampS = Number(call.headers['x-xueliang-timestamp'])
  expect(Math.abs(Date.now() / 1000 - timestampS)).toBeLessThan(30)
  expect(call.headers['x-xueliang-signature']).toBe(signatureOf(secret, timestampS, call.body))
  expect(call.headers['x-xueliang-signature']).not.toBe(signatureOf('another key', timestampS, call.body))
  expect(JSON.parse(call.body)).toMatchObject({
    type: 'alert',
    alert: { id: alertId, cameraName: 'camera gate' },
  })
  const after = await until('that it has arrived', async () => {
    const now = await target(id)
    return now.delivered === 1 ? now : null
  })
  expect(after).toMatchObject({ waiting: 0, dead: 0, error: null })
})

it('tries again until it arrives, keeps the order, and holds up no other target', async () => {
  const { id } = await hook()
  const other = await Receiver.start()
  await hook({ name: 'other', url: other.url })
  receiver.answer = () => 503
  const sent = [await alert(), await alert(), await alert()]
  await until('the other has all', () => other.calls.length === 3)
  await until('some tries', () => receiver.calls.length >= 3)
  expect(await target(id)).toMatchObject({ delivered: 0, waiting: 3, error: 'HTTP 503' })
  receiver.calls.length = 0
  receiver.answer = () => 200
  await until('all arrived', async () => (await target(id)).delivered === 3)
  expect(receiver.alertIds).toEqual(sent)
  expect(other.alertIds).toEqual(sent)
  await other.stop()
})

it('forgets nothing when the gateway ends, and sends it under the same name', async () => {
  receiver.answer = () => 500
  await hook()
  const alertId = await alert()
  await until('a try', () => receiver.calls.length > 0)
  await stop()
  const [first] = receiver.calls
  receiver.calls.length = 0
  receiver.answer = () => 200
  await start()
  const again = await until('a try after the restart', () => receiver.calls[0])
  expect(receiver.alertIds[0]).toBe(alertId)
  expect(again.headers['x-xueliang-delivery']).toBe(first?.headers['x-xueliang-delivery'])
})

it('gives up what a receiver refuses, goes on with the rest, shows it, and tries it again when told', async () => {
  const { id } = await hook()
  let refused = ''
  receiver.answer = ({ body }) => (refused !== '' && body.includes(refused) ? 422 : 200)
  refused = await alert()
  await until('a refusal', async () => (await target(id)).error === 'HTTP 422')
  const next = await alert()
  await until('the next one has arrived', () => receiver.alertIds.includes(next))
  await database.db.updateTable('alert_deliveries').set({ attempts: 4, next_at: new Date() }).execute()
  outbox.wake()
  await until('it is given up', async () => (await target(id)).dead === 1)
  const { body } = await ask('GET', `/${id}/dead`)
  expect(body.items).toMatchObject([{ alertId: refused, attempts: 5, error: 'HTTP 422' }])
  refused = ''
  expect((await ask('POST', `/${id}/retry`)).body.dead).toBe(0)
  await until('it has arrived', async () => (await target(id)).waiting === 0)
})

it('tells a target only of what it asked for: severity, unit, and nothing that was folded', async () => {
  await hook({ minSeverity: 'warning' })
  await hook({ name: 'elsewhere', unitId: 'unit-2', url: `${receiver.url}/elsewhere` })
  const wanted = await alert({ severity: 'critical' })
  await alert({ severity: 'notice' })
  const draft = aNewAlert({ cameraId: 'gate', severity: 'critical' })
  await insertAlerts(database.db, [draft], () => [wanted as typeof draft.id])
  await until('one delivery', () => receiver.calls.length > 0)
  const rows = await database.db.selectFrom('alert_deliveries').selectAll().execute()
  expect([...receiver.alertIds, ...rows.map(({ alert_id }) => alert_id)]).toEqual(
    expect.arrayContaining([wanted]),
  )
  await until('nothing is left', async () => {
    const left = await database.db.selectFrom('alert_deliveries').select('id').execute()
    return left.length === 0
  })
  expect(receiver.alertIds).toEqual([wanted])
})

it('connects to no address outside its networks, and follows no redirect', async () => {
  const { id } = await hook({ url: 'http://169.254.169.254/latest/meta-data' })
  expect((await ask('POST', `/${id}/test`)).body.error).toMatch(/ALERT_NETWORKS/)
  const inside = await Receiver.start()
  receiver.location = inside.url
  receiver.answer = () => 307
  const redirecting = await hook({ name: 'redirecting' })
  expect((await ask('POST', `/${redirecting.id}/test`)).body.error).toBe('HTTP 307')
  expect(inside.calls).toEqual([])
  await inside.stop()
})

it.each([
  [{ url: 'http://user:word@127.0.0.1/' }, 'url-with-credentials'],
  [{ url: 'mqtt://127.0.0.1/' }, 'url-malformed'],
  [{ url: 'file:///etc/passwd' }, 'body-malformed'],
  [{ secret: 'short' }, 'body-malformed'],
  [{ secret: undefined }, 'target-secret-missing'],
  [{ unitId: 'nowhere' }, 'unit-unknown'],
])('refuses %o', async (fields, code) => {
  const draft = { name: 'hook', kind: 'webhook', url: receiver.url, secret, ...fields }
  expect((await ask('POST', '', draft)).body.code).toBe(code)
})

it('is for administrators, keeps the secret sealed and never shows it', async () => {
  const { id } = await hook()
  expect((await ask('GET', '', undefined, 'operator')).status).toBe(403)
  const row = await database.db.selectFrom('alert_targets').selectAll().executeTakeFirstOrThrow()
  expect(JSON.stringify(row) + row.secret_sealed!.toString('latin1')).not.toContain(secret)
  const changed = await ask('PATCH', `/${id}`, { name: 'renamed', enabled: false })
  expect(changed.body).toMatchObject({ name: 'renamed', enabled: false, hasSecret: true })
  expect(JSON.stringify(changed.body)).not.toContain(secret)
  expect((await ask('DELETE', `/${id}`)).status).toBe(204)
  expect((await ask('DELETE', `/${id}`)).body.code).toBe('target-unknown')
})

it('publishes to an MQTT broker by unit and camera, and again after the broker was away', async () => {
  const heard: { topic: string; alertId: string; qos: number }[] = []
  const broker = async (port = 0) => {
    const aedes = await Aedes.createBroker()
    aedes.authenticate = (_, username, password, done) => {
      done(null, username === 'gateway' && password?.toString() === 'a word of sixteen')
    }
    aedes.on('publish', ({ topic, payload, qos }, client) => {
      if (client === null) return
      const { alert: said } = JSON.parse(payload.toString()) as { alert: { id: string } | null }
      heard.push({ topic, alertId: said?.id ?? 'test', qos })
    })
    const server = createTcpServer((socket) => aedes.handle(socket))
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    const stopBroker = async () => {
      await new Promise<void>((resolve) => aedes.close(resolve))
      await new Promise((resolve) => server.close(resolve))
    }
    return { port: (server.address() as AddressInfo).port, stop: stopBroker }
  }
  const first = await broker()
  const url = `mqtt://127.0.0.1:${first.port}/city`
  const access = { username: 'gateway', secret: 'a word of sixteen' }
  const { body } = await ask('POST', '', { name: 'broker', kind: 'mqtt', url, ...access })
  expect((await ask('POST', `/${body.id}/test`)).body.error).toBe(null)
  const one = await alert()
  await until('the first alert', () => heard.find(({ alertId }) => alertId === one))
  expect(heard.at(-1)).toEqual({ topic: 'city/alerts/unit-1/gate', alertId: one, qos: 1 })

  await first.stop()
  const two = await alert()
  await until('a failed try', async () => (await target(body.id)).error !== null)
  const second = await broker(first.port)
  await until('the second alert', () => heard.find(({ alertId }) => alertId === two))
  await ask('PATCH', `/${body.id}`, { secret: 'another long word' })
  expect((await ask('POST', `/${body.id}/test`)).body.error).toMatch(/not authorized/i)
  await second.stop()
})
