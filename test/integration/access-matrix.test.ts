import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Accounts } from '../../src/access/accounts.ts'
import { Passwords } from '../../src/access/passwords.ts'
import { Rights } from '../../src/access/rights.ts'
import type { AccountId, CameraId } from '../../src/domain/ids.ts'
import {
  decide,
  grantableActions,
  type Place,
  type Principal,
  type Role,
  roles,
} from '../../src/domain/policy.ts'
import type { RegisteredRoute } from '../../src/platform/http.ts'
import { startAccess, type TestAccess } from '../harness/access.ts'
import { startDatabase, type TestDatabase } from '../harness/database.ts'
import { features } from '../harness/features.ts'

interface Somebody {
  readonly name: string
  readonly token: string
  readonly principal: Principal
}

/** Every route that leads to one camera, alert or unit, asked by everybody for one here and one elsewhere. */
describe('every route, by role, unit and right', () => {
  let database: TestDatabase
  let access: TestAccess
  const everybody: Somebody[] = []
  const paths = { here: 'city/here/', below: 'city/here/below/', there: 'city/there/' }
  type Corner = keyof typeof paths
  const placeOf = (corner: Corner): Place => ({
    unitPath: paths[corner],
    cameraId: `camera-${corner}` as CameraId,
  })

  beforeAll(async () => {
    database = await startDatabase()
    const { db } = database
    access = await startAccess(db)
    const level = 'department' as const
    const unit = { level, name: 'unit' }
    await db
      .insertInto('units')
      .values({ ...unit, id: 'city', parent_id: null, path: 'city/' })
      .execute()
    for (const [id, path] of Object.entries(paths)) {
      const parent = id === 'below' ? 'here' : 'city'
      await db
        .insertInto('units')
        .values({ ...unit, id, parent_id: parent, path })
        .execute()
      const camera = { id: `camera-${id}`, unit_id: id, name: id, source: 'rtsp' as const }
      const address = `rtsp://127.0.0.1/${id}`
      await db
        .insertInto('cameras')
        .values({ ...camera, address, streams: JSON.stringify([]), device: JSON.stringify({}) })
        .execute()
    }
    // No handler is reached that is not allowed to be; one that is has nothing to work with, and fails.
    const alerts = { placesOf: (id: string) => Promise.resolve([placeOf(id.split('-')[1] as Corner)]) }
    const parts = { alerts, places: access.places } as never
    for (const routes of Object.values(features)) routes(access.app, parts)
    await access.app.ready()

    const homes = [null, 'here', 'there'] as const
    for (const role of roles) for (const home of homes) await add(`${role} of ${home ?? 'city'}`, role, home)
    for (const action of grantableActions) {
      const who = await add(`viewer of there who may ${action} below`, 'viewer', 'there')
      await grant(who, { unitId: 'below', actions: [...new Set(['see', action] as const)], reason: 'test' })
    }
    const late = await add('viewer of there whose right has run out', 'viewer', 'there')
    await grant(late, { unitId: 'here', actions: ['live'], reason: 'test', until: '2020-01-01T00:00:00Z' })
  }, 120_000)
  afterAll(async () => {
    await access.app.close()
    await database.stop()
  })

  async function add(name: string, role: Role, unitId: string | null): Promise<AccountId> {
    const { db } = database
    const accounts = new Accounts({ db, sessions: access.sessions, passwords: new Passwords() })
    const username = `u${everybody.length}`
    const { account } = await accounts.create({ username, role, unitId })
    await db
      .updateTable('accounts')
      .set({ must_change_password: false })
      .where('id', '=', account.id)
      .execute()
    const { token } = await access.sessions.start(account.id as AccountId, 'test')
    const found = await access.sessions.find(token)
    if (found === null) throw new Error('no session')
    everybody.push({ name, token, principal: found.principal })
    return account.id as AccountId
  }

  async function grant(accountId: AccountId, right: Parameters<Rights['grant']>[1]): Promise<void> {
    await new Rights({ db: database.db, sessions: access.sessions }).grant(accountId, right, 'test')
    const at = everybody.findIndex(({ principal }) => principal.accountId === accountId)
    const who = everybody[at]
    const found = who === undefined ? null : await access.sessions.find(who.token)
    if (who !== undefined && found !== null) everybody[at] = { ...who, principal: found.principal }
  }

  /** Leads to something that is somewhere. */
  function isPlaced({ url }: RegisteredRoute): boolean {
    return (
      /^\/api\/v1\/(cameras|units|alerts)\/:id/.test(url) ||
      /^\/api\/v1\/heatmaps\/camera\/:id/.test(url) ||
      /^\/live\/.*:cameraId/.test(url)
    )
  }

  function addressAt({ url }: RegisteredRoute, corner: Corner): string {
    const kind = url.startsWith('/api/v1/units')
      ? ''
      : url.startsWith('/api/v1/alerts')
        ? 'alert-'
        : 'camera-'
    return url
      .replace(/:(id|cameraId)(?=\/|$)/, `${kind}${corner}`)
      .replace(/:stream/, 'main')
      .replaceAll(/:[A-Za-z]+/g, '1')
  }

  /** Whether what is behind the hook was reached; what came of it there does not matter. */
  async function isLetIn(route: RegisteredRoute, corner: Corner, token: string): Promise<boolean> {
    const answer = await access.app.inject({
      method: route.method as 'GET',
      url: addressAt(route, corner),
      headers: { authorization: `Bearer ${token}` },
      remoteAddress: `192.0.2.${(everybody.length % 200) + 1}`,
    })
    if (answer.statusCode === 401 || answer.statusCode === 403) return false
    const code = answer.body === '' ? '' : (answer.json<{ code?: string }>().code ?? '')
    const hidden = ['camera-unknown', 'unit-unknown', 'not-there'].includes(code)
    return !(answer.statusCode === 404 && (hidden || route.method === 'HEAD'))
  }

  it('lets each in where the policy says so, and nowhere else', async () => {
    const placed = access.app.routeList.filter((route) => isPlaced(route) && route.method !== 'HEAD')
    expect(placed.length).toBeGreaterThan(45)
    const wrong: string[] = []
    let cells = 0
    for (const route of placed) {
      for (const { name, token, principal } of everybody) {
        for (const corner of ['here', 'below', 'there'] as const) {
          const place = route.url.startsWith('/api/v1/units')
            ? { ...placeOf(corner), cameraId: null }
            : placeOf(corner)
          const moment = { utcMs: Date.now(), week: { day: 1, minute: 0 } }
          const expected = decide(principal, route.action, { place, moment }) === 'allowed'
          cells++
          if ((await isLetIn(route, corner, token)) !== expected)
            wrong.push(
              `${route.method} ${route.url} at ${corner} by ${name}: ${expected ? 'kept out' : 'LET IN'}`,
            )
        }
      }
    }
    expect(wrong).toEqual([])
    expect(cells).toBeGreaterThan(2_000)
  }, 180_000)

  it('answers what is elsewhere exactly as what is nowhere', async () => {
    const viewer = everybody.find(({ name }) => name === 'viewer of here')
    for (const url of ['/api/v1/cameras/ID', '/api/v1/cameras/ID/live', '/live/ID/main/index.m3u8']) {
      const [hidden, missing] = await Promise.all(
        ['camera-there', 'camera-nowhere'].map(async (id) => {
          const answer = await access.app.inject({
            method: 'GET',
            url: url.replace('ID', id),
            headers: { authorization: `Bearer ${viewer?.token ?? ''}` },
          })
          return `${answer.statusCode} ${answer.body.replaceAll(id, 'ID')}`
        }),
      )
      expect(hidden).toBe(missing)
      expect(hidden).toMatch(/^404 /)
    }
  })
})
