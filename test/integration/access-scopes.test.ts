import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Accounts } from '../../src/access/accounts.ts'
import { CredentialSeal } from '../../src/access/credential-seal.ts'
import { Passwords } from '../../src/access/passwords.ts'
import type { NewRight } from '../../src/contract/rights.ts'
import type { Unit } from '../../src/contract/units.ts'
import type { Role } from '../../src/domain/policy.ts'
import { createLog } from '../../src/platform/log.ts'
import { Registry } from '../../src/registry/registry.ts'
import { adminPassword, startAccess, type TestAccess } from '../harness/access.ts'
import { startDatabase, type TestDatabase } from '../harness/database.ts'
import { testPolicy } from '../harness/registry.ts'

/** What of an answer is looked at. */
interface Told {
  readonly code?: string
  readonly id?: string
  readonly items?: readonly Pick<Unit, 'id' | 'cameraCount'>[]
}

/** A city of two counties; a camera in each county and one in a township of the first. */
describe('what somebody of one unit sees of the registry', () => {
  let database: TestDatabase
  let access: TestAccess
  let registry: Registry
  const unit: Record<'city' | 'a' | 'town' | 'b', string> = { city: '', a: '', town: '', b: '' }
  const camera: Record<'a' | 'town' | 'b', string> = { a: '', town: '', b: '' }
  let admin: string

  beforeAll(async () => {
    database = await startDatabase()
    const { db } = database
    access = await startAccess(db)
    const log = createLog('silent')
    const seal = new CredentialSeal(Buffer.alloc(32))
    const { places } = access
    registry = await Registry.open({ db, log, seal, places, policy: testPolicy })
    registry.units.onMoved(() => {
      places.forgetAll()
      access.sessions.changed(null)
    })
    registry.routes(access.app)
    admin = await access.tokenOf('administrator')
    const add = async (name: string, parentId: string | null, level: string) =>
      (await ask(admin, 'POST', '/units', { name, parentId, level })).body.id ?? ''
    unit.city = await add('县级市', null, 'city')
    unit.a = await add('甲县', unit.city, 'county')
    unit.town = await add('甲镇', unit.a, 'township')
    unit.b = await add('乙县', unit.city, 'county')
    for (const key of ['a', 'town', 'b'] as const) {
      const url = `rtsp://127.0.0.1:9/${key}`
      const made = await ask(admin, 'POST', '/cameras', {
        name: `机位-${key}`,
        unitId: unit[key],
        url,
      })
      expect(made.status).toBe(201)
      camera[key] = made.body.id ?? ''
    }
  }, 60_000)
  afterAll(async () => {
    await access.app.close()
    await registry.stop()
    await database.stop()
  })

  async function ask(
    token: string,
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    payload?: object,
  ): Promise<{ status: number; body: Told }> {
    const answer = await access.app.inject({
      method,
      url: `/api/v1${path}`,
      headers: { authorization: `Bearer ${token}` },
      ...(payload === undefined ? {} : { payload }),
    })
    return { status: answer.statusCode, body: answer.body === '' ? {} : answer.json<Told>() }
  }

  /** An account of this role that belongs to a unit, signed in with a password of its own. */
  async function of(role: Role, unitId: string | null): Promise<{ id: string; token: string }> {
    const accounts = new Accounts({ db: database.db, sessions: access.sessions, passwords: new Passwords() })
    const username = `u-${Math.random().toString(36).slice(2)}`
    const { account, oneTimePassword } = await accounts.create({ username, role, unitId })
    const { token } = await access.signIn(username, oneTimePassword)
    await access.app.inject({
      method: 'PUT',
      url: '/api/v1/session/password',
      headers: { authorization: `Bearer ${token}` },
      payload: { currentPassword: oneTimePassword, newPassword: adminPassword },
    })
    return { id: account.id, token }
  }

  const grant = (accountId: string, right: NewRight) =>
    ask(admin, 'POST', `/accounts/${accountId}/rights`, right)
  const idsOf = async (token: string, path: string) =>
    (await ask(token, 'GET', path)).body.items?.map(({ id }) => id).sort()

  it('lists cameras of that unit and below, and no other, however it asks', async () => {
    const { token } = await of('viewer', unit.a)
    const own = [camera.a, camera.town].sort()
    expect(await idsOf(token, '/cameras')).toEqual(own)
    expect(await idsOf(token, `/cameras?unitId=${unit.city}&subtree=true`)).toEqual(own)
    expect(await idsOf(token, `/cameras?unitId=${unit.b}`)).toEqual([])
    expect(await idsOf(token, '/cameras?q=机位')).toEqual(own)
  })

  it('answers a camera elsewhere as one that is not there', async () => {
    const { token } = await of('operator', unit.a)
    expect((await ask(token, 'GET', `/cameras/${camera.town}`)).status).toBe(200)
    const hidden = await ask(token, 'GET', `/cameras/${camera.b}`)
    const missing = await ask(token, 'GET', '/cameras/no-such-camera')
    expect([hidden.status, hidden.body.code]).toEqual([404, 'camera-unknown'])
    expect([missing.status, missing.body.code]).toEqual([404, 'camera-unknown'])
    expect((await ask(token, 'POST', `/cameras/${camera.b}/ptz`, { stop: true })).status).toBe(404)
    expect((await ask(token, 'DELETE', `/cameras/${camera.b}`)).status).toBe(403)
  })

  it('shows the way to its unit, with counts of what it may see', async () => {
    const { token } = await of('viewer', unit.town)
    const { body } = await ask(token, 'GET', '/units')
    expect(body.items?.map(({ id, cameraCount }) => [id, cameraCount])).toEqual(
      expect.arrayContaining([
        [unit.city, 1],
        [unit.a, 1],
        [unit.town, 1],
      ]),
    )
    expect(body.items).toHaveLength(3)
  })

  it('lets a county administrator configure the county and nothing beside it', async () => {
    const { token } = await of('administrator', unit.a)
    const put = (unitId: string, key: string) =>
      ask(token, 'POST', '/cameras', { name: key, unitId, url: `rtsp://127.0.0.1:9/${key}` })
    const made = await put(unit.town, 'new')
    expect(made.status).toBe(201)
    expect([(await put(unit.b, 'x')).status, (await put(unit.city, 'y')).status]).toEqual([404, 404])
    const id = made.body.id ?? ''
    expect((await ask(token, 'PATCH', `/cameras/${id}`, { unitId: unit.b })).status).toBe(404)
    expect((await ask(token, 'POST', '/units', { name: '丙市', parentId: null, level: 'city' })).status).toBe(
      403,
    )
    expect((await ask(token, 'PATCH', `/units/${unit.b}`, { name: '改名' })).status).toBe(404)
    expect((await ask(token, 'GET', '/accounts')).status).toBe(403)
    expect((await ask(token, 'DELETE', `/cameras/${id}`)).status).toBe(204)
  })

  it('opens one camera elsewhere by a right, and closes it the moment that the right is withdrawn', async () => {
    const { id, token } = await of('viewer', unit.a)
    const right: NewRight = { cameraId: camera.b, actions: ['see', 'live'], reason: '联合值守' }
    const made = await grant(id, right)
    expect(made.status).toBe(201)
    expect(await idsOf(token, '/cameras')).toEqual([camera.a, camera.town, camera.b].sort())
    expect((await ask(token, 'GET', `/cameras/${camera.b}`)).status).toBe(200)
    const rightId = made.body.id ?? ''
    expect((await ask(admin, 'DELETE', `/accounts/${id}/rights/${rightId}`)).status).toBe(204)
    expect((await ask(token, 'GET', `/cameras/${camera.b}`)).status).toBe(404)
  })

  it('opens nothing with a right that has run out or is not now', async () => {
    const { id, token } = await of('viewer', unit.a)
    const day = new Date().getDay() || 7
    const otherDay = (day % 7) + 1
    await grant(id, { unitId: unit.b, actions: ['see'], reason: '过期', until: '2020-01-01T00:00:00Z' })
    const schedule = [{ days: [(otherDay % 7) + 1], fromMinute: 0, toMinute: 1440 }]
    await grant(id, { unitId: unit.b, actions: ['see'], reason: '别的日子', schedule })
    expect((await ask(token, 'GET', `/cameras/${camera.b}`)).status).toBe(404)
    await grant(id, { unitId: unit.b, actions: ['see'], reason: '现在' })
    expect((await ask(token, 'GET', `/cameras/${camera.b}`)).status).toBe(200)
  })

  it('follows a unit that is moved', async () => {
    const { token } = await of('viewer', unit.b)
    expect((await ask(token, 'GET', `/cameras/${camera.town}`)).status).toBe(404)
    await registry.units.change(unit.town as never, { parentId: unit.b })
    expect((await ask(token, 'GET', `/cameras/${camera.town}`)).status).toBe(200)
    await registry.units.change(unit.town as never, { parentId: unit.a })
    expect((await ask(token, 'GET', `/cameras/${camera.town}`)).status).toBe(404)
  })

  it('refuses a right for two places, for what is not there, and for nobody', async () => {
    const { id } = await of('viewer', unit.a)
    const reason = '测试'
    const both = await grant(id, { unitId: unit.a, cameraId: camera.b, actions: ['see'], reason })
    expect([both.status, both.body.code]).toEqual([400, 'right-scope-ambiguous'])
    expect((await grant(id, { unitId: 'nowhere', actions: ['see'], reason })).body.code).toBe('unit-unknown')
    expect((await grant('nobody', { actions: ['see'], reason })).body.code).toBe('account-unknown')
    expect((await grant(id, { actions: ['administer' as never], reason })).status).toBe(400)
  })
})
