import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { io, type Socket } from 'socket.io-client'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { Accounts } from '../../src/access/accounts.ts'
import { Passwords } from '../../src/access/passwords.ts'
import type { Alert } from '../../src/contract/alerts.ts'
import type { ClientEvents, DetectionsEvent, ServerEvents } from '../../src/contract/socket.ts'
import type { AccountId, UnitId } from '../../src/domain/ids.ts'
import { createLog } from '../../src/platform/log.ts'
import { PushServer } from '../../src/wall/push.ts'
import { startAccess, type TestAccess } from '../harness/access.ts'
import { startDatabase, type TestDatabase } from '../harness/database.ts'
import { until } from '../harness/until.ts'

type Line = Socket<ServerEvents, ClientEvents>

let database: TestDatabase
let access: TestAccess
let push: PushServer
let address: string
let admin: string
let lines: Line[] = []

beforeAll(async () => {
  database = await startDatabase()
})
afterAll(async () => {
  await database.stop()
})
beforeEach(async () => {
  access = await startAccess(database.db)
  push = new PushServer({
    ...{ app: access.app, sessions: access.sessions, places: access.places, log: createLog('silent') },
    whereabouts: {
      unitOf: (cameraId) => (cameraId.startsWith('east') ? 'east' : 'west') as UnitId,
      lineOf: (unitId) => [unitId, 'city' as UnitId],
    },
  })
  address = await access.app.listen({ port: 0, host: '127.0.0.1' })
  admin = await access.tokenOf('administrator')
})
afterEach(async () => {
  for (const line of lines) line.disconnect()
  lines = []
  await access.app.close()
})

interface Way {
  readonly token?: string
  readonly headers?: Record<string, string>
  readonly transport?: 'websocket' | 'polling'
}

function dial({ token, headers, transport = 'websocket' }: Way): Line {
  const line: Line = io(address, {
    transports: [transport],
    reconnection: false,
    forceNew: true,
    ...(token === undefined ? {} : { auth: { token } }),
    ...(headers === undefined ? {} : { extraHeaders: headers }),
  })
  lines.push(line)
  return line
}

/** The word of refusal, or null once it is connected. */
async function connected(line: Line): Promise<string | null> {
  return await new Promise((resolve) => {
    line.once('connect', () => resolve(null))
    line.once('connect_error', (error) => resolve(error.message))
  })
}

async function opened(way: Way): Promise<Line> {
  const line = dial(way)
  expect(await connected(line)).toBeNull()
  return line
}

function next<Name extends keyof ServerEvents>(line: Line, name: Name) {
  return new Promise<Parameters<ServerEvents[Name]>[0]>((resolve) => {
    line.once(name, ((event: Parameters<ServerEvents[Name]>[0]) => resolve(event)) as never)
  })
}

const watch = (line: Line, cameraIds: unknown) =>
  line.timeout(5_000).emitWithAck('watch', cameraIds as readonly string[])

function stopReading(line: Line): void {
  const { ws } = line.io.engine.transport as unknown as { ws: { _socket: { pause(): void } } }
  ws._socket.pause()
}

function detections(cameraId: string, programmeUtcMs: number, padding = ''): DetectionsEvent {
  const object = {
    ...{ trackId: `t${padding}`, class: 'car', score: 0.9, ageMs: 0 },
    ...({ box: [0, 0, 0.1, 0.1], velocity: [0, 0] } as const),
  }
  return { cameraId, programmeUtcMs, objects: [object], inspectedPerS: 4, wantedPerS: 4 }
}

const alert = (sequence: number) =>
  ({ id: `a${sequence}`, sequence, cameraId: 'east-1', unitId: 'east', forwarded: null }) as unknown as Alert
const state = { cameraId: 'c1', unitId: 'u1', state: 'online', since: '2026-01-01T00:00:00Z' } as const

it.each(['websocket', 'polling'] as const)('takes the same sign-in as HTTP, by %s', async (transport) => {
  await opened({ token: admin, transport })
  await opened({ headers: { cookie: `xueliang_session=${admin}` }, transport })
  await opened({ headers: { authorization: `Bearer ${admin}` }, transport })
  for (const way of [{}, { token: 'x'.repeat(43) }, { headers: { cookie: 'xueliang_session=x' } }])
    expect(await connected(dial({ ...way, transport }))).toBe('sign-in-required')
})

it('takes no token from the address', async () => {
  const line: Line = io(address, {
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    query: { token: admin },
  })
  lines.push(line)
  expect(await connected(line)).toBe('sign-in-required')
})

it('refuses whoever must first choose a password', async () => {
  const { token } = await access.newcomer('administrator')
  expect(await connected(dial({ token }))).toBe('password-change-required')
})

it('refuses pages of another origin, even with the right cookie', async () => {
  const cookie = `xueliang_session=${admin}`
  for (const headers of [
    { cookie, origin: 'http://evil.example' },
    { cookie, 'sec-fetch-site': 'cross-site' },
  ]) {
    expect(await connected(dial({ headers }))).not.toBeNull()
    expect(await connected(dial({ headers, transport: 'polling' }))).not.toBeNull()
  }
  await opened({ headers: { cookie, origin: address } })
  expect(push.figures().clients).toBe(1)
})

it('tells everybody of states and alerts, and of detections those who watch', async () => {
  const [one, other] = [await opened({ token: admin }), await opened({ token: admin })]
  const heard = Promise.all([next(one, 'camera:state'), next(other, 'alert:new'), next(one, 'alert:update')])
  push.cameraState(state)
  push.alertNew(alert(1))
  push.alertUpdate(alert(2))
  expect(await heard).toEqual([state, alert(1), alert(2)])

  expect(await watch(one, ['c1', 'c2'])).toBeNull()
  expect(await watch(other, ['c2', 'c2'])).toBeNull()
  expect([...push.watched()].sort()).toEqual(['c1', 'c2'])
  const got: string[] = []
  one.on('detections', ({ cameraId }) => got.push(`one ${cameraId}`))
  other.on('detections', ({ cameraId }) => got.push(`other ${cameraId}`))
  // All in one go: none may be lost on a client that keeps up.
  for (const cameraId of ['c1', 'c2', 'c3']) push.detections(detections(cameraId, 1))
  await until('detections', () => got.length >= 3)
  expect(got.sort()).toEqual(['one c1', 'one c2', 'other c2'])

  expect(await watch(one, ['c3'])).toBeNull()
  expect([...push.watched()].sort()).toEqual(['c2', 'c3'])
  other.disconnect()
  await until('nobody watches c2', () => !push.watched().has('c2' as never))
})

it('takes no list of cameras that is not one', async () => {
  const line = await opened({ token: admin })
  await watch(line, ['c1'])
  const many = Array.from({ length: 65 }, (_, n) => `c${n}`)
  for (const wrong of [null, 'c1', {}, [1], ['a b'], ['x'.repeat(65)], many, [['c1']], ["'; drop table"]])
    expect(await watch(line, wrong)).toBe('watch-malformed')
  expect([...push.watched()]).toEqual(['c1'])
  // Neither words that nobody knows nor a missing callback do harm.
  ;(line as unknown as { emit(name: string, ...rest: unknown[]): void }).emit('watch', ['c2'])
  ;(line as unknown as { emit(name: string, ...rest: unknown[]): void }).emit('nonsense', 1, () => undefined)
  await until('watched without a callback', () => push.watched().has('c2' as never))
  const answers = await Promise.all(Array.from({ length: 40 }, () => watch(line, ['c1'])))
  expect(answers).toContain('too-many-requests')
})

it('hangs up on a message that is too long, and on nobody else', async () => {
  const [rude, other] = [await opened({ token: admin }), await opened({ token: admin })]
  const gone = new Promise((resolve) => rude.once('disconnect', resolve))
  rude.emit('watch', ['x'.repeat(100_000)], () => undefined)
  await gone
  expect(await watch(other, ['c1'])).toBeNull()
})

it.each(['websocket', 'polling'] as const)(
  'cuts the line within two seconds when its session ends (%s)',
  async (transport) => {
    const { token } = await access.signIn('admin', 'correct horse battery')
    const [ending, staying] = [await opened({ token, transport }), await opened({ token: admin, transport })]
    const gone = new Promise<number>((resolve) => {
      ending.once('disconnect', () => resolve(performance.now()))
    })
    const startMs = performance.now()
    await access.app.inject({
      method: 'DELETE',
      url: '/api/v1/session',
      headers: { authorization: `Bearer ${token}` },
    })
    expect((await gone) - startMs).toBeLessThan(2_000)
    expect(await connected(dial({ token, transport }))).toBe('sign-in-required')
    expect(await watch(staying, ['c1'])).toBeNull()
  },
)

it('leaves boxes out for a client that does not read, loses no alert, and cuts it off in the end', async () => {
  const [stuck, healthy] = [await opened({ token: admin }), await opened({ token: admin })]
  await watch(stuck, ['c1'])
  await watch(healthy, ['c1'])
  let boxes = 0
  const alerts: number[] = []
  healthy.on('detections', () => {
    boxes += 1
  })
  healthy.on('alert:new', ({ sequence }) => alerts.push(sequence))
  stopReading(stuck)

  const padding = 'x'.repeat(20_000)
  let most = 0
  for (let n = 1; n <= 2_000; n += 1) {
    push.detections(detections('c1', n, padding))
    if (n % 20 === 0) {
      await sleep(5)
      most = Math.max(most, push.figures().backlog)
    }
  }
  await until('the healthy client has all boxes', () => boxes === 2_000)
  expect(most).toBeLessThan(1_500)
  const rest = await until('the stuck client is marked', async () => {
    await sleep(300)
    const before = push.figures().backlog
    push.detections(detections('c1', 0, padding))
    return push.figures().backlog === before && before > 0 ? before : null
  })
  for (let n = 1; n <= 1_100; n += 1) push.alertNew(alert(n))
  expect(push.figures().backlog).toBeGreaterThan(rest)
  await until('it is cut off', () => push.figures().clients === 1)
  await until('the healthy client has all alerts', () => alerts.length === 1_100)
  expect(alerts).toEqual(Array.from({ length: 1_100 }, (_, n) => n + 1))
})

it('lets the server stop at once, and clients come back by themselves', async () => {
  const [line, stuck] = [await opened({ token: admin }), await opened({ token: admin })]
  stopReading(stuck)
  const reason = new Promise((resolve) => line.once('disconnect', resolve))
  const startMs = performance.now()
  await access.app.close()
  expect(performance.now() - startMs).toBeLessThan(5_000)
  // 'io server disconnect' would tell them to stay away.
  expect(await reason).toMatch(/^transport/)
})

it('does not keep a connection that asks for another protocol', async () => {
  const { port } = access.app.server.address() as { port: number }
  const socket = connect(port, '127.0.0.1')
  socket.write('GET /other HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
  socket.resume()
  await new Promise((resolve) => socket.once('close', resolve))
})

it('tells somebody of one unit what happens there, and not what happens beside it', async () => {
  const { db } = database
  await db.deleteFrom('units').execute()
  const level = 'department' as const
  for (const id of ['city', 'east', 'west'])
    await db
      .insertInto('units')
      .values({
        id,
        name: id,
        level,
        parent_id: id === 'city' ? null : 'city',
        path: id === 'city' ? 'city/' : `city/${id}/`,
      })
      .execute()
  const accounts = new Accounts({ db, sessions: access.sessions, passwords: new Passwords() })
  const { account, oneTimePassword } = await accounts.create({
    username: 'of-east',
    role: 'viewer',
    unitId: 'east',
  })
  await db.updateTable('accounts').set({ must_change_password: false }).where('id', '=', account.id).execute()
  const { token } = await access.signIn('of-east', oneTimePassword)
  const [east, city] = [await opened({ token }), await opened({ token: admin })]
  const heard: string[] = []
  east.on('camera:state', ({ cameraId }) => heard.push(`state ${cameraId}`))
  east.on('heatmap', ({ items }) => heard.push(`heat ${items.map(({ cameraId }) => cameraId).join()}`))
  const all = next(city, 'heatmap')
  for (const cameraId of ['west-1', 'east-1']) {
    const unitId = cameraId.split('-')[0] ?? ''
    push.cameraState({ cameraId, unitId, state: 'online', since: '2026-01-01T00:00:00Z' })
  }
  const items = ['west-1', 'east-1'].map((cameraId) => ({ cameraId, persons: 1, vehicles: 0 }))
  push.heatmap({ items })
  await until('both are told', () => heard.length === 2)
  expect(heard).toEqual(['state east-1', 'heat east-1'])
  expect((await all).items).toHaveLength(2)

  // Moved to the west by an administrator: at once what is told is another.
  await db.updateTable('accounts').set({ unit_id: 'west' }).where('id', '=', account.id).execute()
  access.sessions.changed(account.id as AccountId)
  await until('it hears of the west', () => {
    push.cameraState({ cameraId: 'west-2', unitId: 'west', state: 'offline', since: '2026-01-01T00:00:00Z' })
    return heard.includes('state west-2')
  })
})
