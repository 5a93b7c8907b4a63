import { Type } from 'typebox'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { adminPassword, startAccess, type TestAccess } from '../harness/access.ts'
import { startDatabase, type TestDatabase } from '../harness/database.ts'

let database: TestDatabase
let access: TestAccess
beforeAll(async () => {
  database = await startDatabase()
  access = await startAccess(database.db)
  const answers = { 200: Type.Object({ who: Type.Union([Type.String(), Type.Null()]) }) }
  for (const action of ['public', 'see', 'administer'] as const) {
    const options = { config: { action }, schema: { response: answers } }
    access.app.get(`/${action}`, options, (request) => ({ who: request.principal?.username ?? null }))
    access.app.post(`/${action}`, options, (request) => ({ who: request.principal?.username ?? null }))
  }
})
afterAll(async () => {
  await access.app.close()
  await database.stop()
})

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

async function get(url: string, headers: Record<string, string> = {}) {
  const answer = await access.app.inject({ url, headers })
  return { status: answer.statusCode, ...answer.json<{ code?: string; who?: string | null }>() }
}

it('signs in with the cookie or with the token', async () => {
  const answer = await access.app.inject({
    method: 'POST',
    url: '/api/v1/session',
    payload: { username: ' ADMIN', password: adminPassword },
  })
  const { token, account } = answer.json<{ token: string; account: object }>()
  expect(account).toMatchObject({ username: 'admin', role: 'administrator', mustChangePassword: false })
  expect(await get('/see', bearer(token))).toEqual({ status: 200, who: 'admin' })
  expect(await get('/see', { cookie: `other=1; xueliang_session=${token}` })).toMatchObject({ who: 'admin' })
  const session = await access.app.inject({ url: '/api/v1/session', headers: bearer(token) })
  expect(session.json()).toMatchObject({ account: { username: 'admin' } })
  expect(session.body).not.toContain(token)
})

it('hides the cookie from scripts and other sites, and from the clear where the page is encrypted', async () => {
  const flags = async (headers: Record<string, string>) => {
    const payload = { username: 'admin', password: adminPassword }
    const answer = await access.app.inject({ method: 'POST', url: '/api/v1/session', headers, payload })
    return String(answer.headers['set-cookie'])
  }
  const plain = await flags({})
  expect(plain).toMatch(/^xueliang_session=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Strict$/)
  expect(await flags({ host: 'gateway', origin: 'https://gateway' })).toContain('; Secure')
})

it('keeps neither tokens nor passwords in the database', async () => {
  const { token } = await access.signIn('admin', adminPassword)
  const kept = JSON.stringify([
    await database.db.selectFrom('sessions').selectAll().execute(),
    await database.db.selectFrom('accounts').selectAll().execute(),
  ])
  expect(kept).toContain('$argon2id$v=19$m=65536,t=3,p=1$')
  expect(kept).not.toContain(token)
  expect(kept).not.toContain(adminPassword)
})

it('asks whoever brings no session, or none of ours, to sign in', async () => {
  const { token } = await access.signIn('admin', adminPassword)
  const strangers: Record<string, string>[] = [
    {},
    bearer(''),
    bearer('x'.repeat(43)),
    bearer(`${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`),
    bearer(`${token}x`),
    { authorization: `Basic ${token}` },
    { authorization: 'Basic x', cookie: `xueliang_session=${token}` },
    { cookie: `xueliang_session=${token}x` },
    { cookie: "xueliang_session=' or 1=1 --" },
  ]
  for (const headers of strangers)
    expect(await get('/see', headers), JSON.stringify(headers)).toMatchObject({
      status: 401,
      code: 'sign-in-required',
    })
  const challenge = await access.app.inject('/see')
  expect(challenge.headers['www-authenticate']).toMatch(/^Bearer/)
  // Not from the address either, where it would be logged.
  expect(await get(`/see?token=${token}&access_token=${token}`)).toMatchObject({ status: 401 })
  expect(await get('/public')).toEqual({ status: 200, who: null })
})

it('does what a role may, and no more', async () => {
  const token = await access.tokenOf('viewer')
  expect(await get('/see', bearer(token))).toMatchObject({ status: 200 })
  expect(await get('/administer', bearer(token))).toMatchObject({ status: 403, code: 'not-allowed' })
})

it('forgets a session at once when it is signed out', async () => {
  const [one, other] = [
    await access.signIn('admin', adminPassword),
    await access.signIn('admin', adminPassword),
  ]
  const ended: string[] = []
  const forget = access.sessions.onEnded((key) => ended.push(key))
  await get('/see', bearer(one.token))
  const out = await access.app.inject({
    method: 'DELETE',
    url: '/api/v1/session',
    headers: bearer(one.token),
  })
  forget()
  expect(out.statusCode).toBe(204)
  expect(String(out.headers['set-cookie'])).toMatch(/^xueliang_session=;/)
  expect(ended).toHaveLength(1)
  expect(await get('/see', bearer(one.token))).toMatchObject({ status: 401 })
  expect(await get('/see', bearer(other.token))).toMatchObject({ status: 200 })
})

it('notices within seconds that a session was removed from the database', async () => {
  const { token } = await access.signIn('admin', adminPassword)
  await get('/see', bearer(token))
  await database.db.deleteFrom('sessions').execute()
  access.clock.utcMs += 11_000
  expect(await get('/see', bearer(token))).toMatchObject({ status: 401 })
})

it('lets a session run out when it is not used, and go on while it is', async () => {
  const hour = 3_600_000
  const { token } = await access.signIn('admin', adminPassword)
  const idle = await access.signIn('admin', adminPassword)
  await get('/see', bearer(idle.token))
  access.clock.utcMs += 11 * hour
  expect(await get('/see', bearer(token))).toMatchObject({ status: 200 })
  access.clock.utcMs += 2 * hour
  expect(await get('/see', bearer(token))).toMatchObject({ status: 200 })
  expect(await get('/see', bearer(idle.token))).toMatchObject({ status: 401 })
  for (let hours = 0; hours < 31 * 24; hours += 11) {
    access.clock.utcMs += 11 * hour
    await get('/see', bearer(token))
  }
  expect(await get('/see', bearer(token))).toMatchObject({ status: 401 })
})

it('refuses what a page of another origin makes a browser send', async () => {
  const { token, cookie } = await access.signIn('admin', adminPassword)
  const post = async (headers: Record<string, string>) => {
    const all = { host: 'gateway:8080', ...headers }
    const answer = await access.app.inject({ method: 'POST', url: '/administer', headers: all })
    return answer.json<{ code?: string }>().code ?? answer.statusCode
  }
  expect(await post({ cookie, origin: 'http://gateway:8080' })).toBe(200)
  expect(await post({ cookie, 'sec-fetch-site': 'same-origin' })).toBe(200)
  expect(await post({ cookie })).toBe(200)
  const foreign: Record<string, string>[] = [
    { origin: 'http://evil.example' },
    { origin: 'http://gateway:9090' },
    { origin: 'http://gateway' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site', origin: 'http://gateway:8080' },
  ]
  for (const headers of foreign)
    expect(await post({ cookie, ...headers }), JSON.stringify(headers)).toBe('origin-refused')
  // A token is sent on purpose; signing in is not.
  expect(await post({ ...bearer(token), origin: 'http://evil.example' })).toBe(200)
  const forged = await access.app.inject({
    method: 'POST',
    url: '/api/v1/session',
    headers: { host: 'gateway:8080', origin: 'http://evil.example' },
    payload: { username: 'admin', password: adminPassword },
  })
  expect(forged.json()).toMatchObject({ status: 403, code: 'origin-refused' })
})
