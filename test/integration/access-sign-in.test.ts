import { afterAll, beforeAll, expect, it } from 'vitest'
import { ensureAdministrator } from '../../src/access/first-administrator.ts'
import { Passwords } from '../../src/access/passwords.ts'
import { Sessions } from '../../src/access/sessions.ts'
import { adminPassword, startAccess, type TestAccess } from '../harness/access.ts'
import { startDatabase, type TestDatabase } from '../harness/database.ts'

let database: TestDatabase
let access: TestAccess
beforeAll(async () => {
  database = await startDatabase()
  access = await startAccess(database.db)
})
afterAll(async () => {
  await access.app.close()
  await database.stop()
})

async function ask(method: 'POST' | 'PUT' | 'GET' | 'PATCH', url: string, payload?: object, token?: string) {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const answer = await access.app.inject({
    method,
    url: `/api/v1${url}`,
    headers,
    ...(payload && { payload }),
  })
  const body = answer.body === '' ? {} : answer.json<Record<string, unknown>>()
  return { status: answer.statusCode, retryAfter: answer.headers['retry-after'], ...body }
}

it('answers a wrong name like a wrong password, after the same time', async () => {
  const timed = async (username: string) => {
    const startMs = performance.now()
    const { retryAfter: _, ...answer } = await ask('POST', '/session', {
      username,
      password: 'wrong password',
    })
    return { answer, ms: performance.now() - startMs }
  }
  await timed('warm-up')
  const [known, unknown] = [await timed('admin'), await timed('nobody')]
  expect(known.answer).toMatchObject({ status: 401, code: 'credentials-wrong' })
  expect(unknown.answer).toEqual(known.answer)
  // Without the stand-in hash an unknown name is answered some fifty times faster.
  expect(unknown.ms).toBeGreaterThan(known.ms / 5)
})

it('stops guessing at one account, and only from where it comes', async () => {
  access.clock.utcMs += 600_000
  const guesses = await Promise.all(
    Array.from({ length: 12 }, (_, n) =>
      ask('POST', '/session', { username: 'admin', password: `guess ${n}` }),
    ),
  )
  const codes = guesses.map(({ status }) => status).sort()
  expect(codes).toEqual([...Array<number>(5).fill(401), ...Array<number>(7).fill(429)])
  // The right password is not looked at either.
  const right = await ask('POST', '/session', { username: 'admin', password: adminPassword })
  expect(right).toMatchObject({ status: 429, code: 'too-many-attempts' })
  expect(Number(right.retryAfter)).toBeGreaterThan(0)
  const elsewhere = await access.app.inject({
    method: 'POST',
    url: '/api/v1/session',
    remoteAddress: '192.0.2.7',
    payload: { username: 'admin', password: adminPassword },
  })
  expect(elsewhere.statusCode).toBe(200)
  access.clock.utcMs += Number(right.retryAfter) * 1000
  expect(await ask('POST', '/session', { username: 'admin', password: adminPassword })).toMatchObject({
    status: 200,
  })
})

it('takes what is typed as text, whatever it looks like', async () => {
  access.clock.utcMs += 600_000
  const before = await database.db.selectFrom('accounts').select('id').execute()
  for (const username of [
    "admin' or '1'='1",
    "x'; drop table accounts; --",
    '<script>alert(1)</script>',
    '%',
  ])
    expect(await ask('POST', '/session', { username, password: adminPassword })).toMatchObject({
      status: 401,
    })
  for (const payload of [
    { username: { $ne: null }, password: 'x' },
    { username: ['admin'], password: adminPassword },
    { username: 'admin', password: adminPassword, role: 'administrator' },
    { username: 'admin\0', password: adminPassword },
    { username: 'a'.repeat(65), password: 'x' },
    { username: 'admin', password: 'x'.repeat(257) },
  ])
    expect(await ask('POST', '/session', payload)).toMatchObject({ status: 400, code: 'body-malformed' })
  expect(await database.db.selectFrom('accounts').select('id').execute()).toEqual(before)
})

it('makes an account that must first choose a password of its own', async () => {
  const admin = await access.tokenOf('administrator')
  const made = await ask('POST', '/accounts', { username: '王_Wei', role: 'operator' }, admin)
  const { oneTimePassword, account } = made as unknown as {
    oneTimePassword: string
    account: { id: string }
  }
  expect(made).toMatchObject({ status: 201, account: { username: '王_wei', mustChangePassword: true } })
  expect(await ask('POST', '/accounts', { username: '王_WEI', role: 'viewer' }, admin)).toMatchObject({
    status: 409,
    code: 'username-taken',
  })
  const { token } = await access.signIn('王_Wei', oneTimePassword)
  expect(await ask('GET', '/accounts', undefined, token)).toMatchObject({
    status: 403,
    code: 'password-change-required',
  })
  expect(await ask('GET', '/session', undefined, token)).toMatchObject({
    status: 200,
    account: { mustChangePassword: true },
  })
  const change = (currentPassword: string, newPassword: string) =>
    ask('PUT', '/session/password', { currentPassword, newPassword }, token)
  expect(await change('wrong', 'long enough now')).toMatchObject({ status: 403, code: 'credentials-wrong' })
  expect(await change(oneTimePassword, 'short')).toMatchObject({ status: 400, code: 'body-malformed' })
  expect(await change(oneTimePassword, oneTimePassword)).toMatchObject({ code: 'password-unchanged' })
  expect(await change(oneTimePassword, '王_wei 12345')).toMatchObject({ code: 'password-holds-name' })
  const other = await access.signIn('王_wei', oneTimePassword)
  expect(await change(oneTimePassword, 'long enough now')).toMatchObject({ status: 204 })
  expect(await ask('GET', '/session', undefined, other.token)).toMatchObject({ status: 401 })
  expect(await ask('GET', '/accounts', undefined, token)).toMatchObject({ status: 403, code: 'not-allowed' })
  await expect(access.signIn('王_wei', oneTimePassword)).rejects.toThrow('credentials-wrong')
  // And back: an administrator's reset.
  expect(await ask('POST', `/accounts/${account.id}/password-reset`, undefined, admin)).toMatchObject({
    status: 200,
    account: { mustChangePassword: true },
  })
  expect(await ask('GET', '/session', undefined, token)).toMatchObject({ status: 401 })
})

it('shuts an account out at once when it is disabled or may do less', async () => {
  const admin = await access.tokenOf('administrator')
  const token = await access.tokenOf('operator')
  const { account } = (await ask('GET', '/session', undefined, token)) as unknown as {
    account: { id: string; username: string }
  }
  const patch = (change: object) => ask('PATCH', `/accounts/${account.id}`, change, admin)
  expect(await patch({ role: 'viewer' })).toMatchObject({ status: 200, role: 'viewer' })
  expect(await ask('GET', '/session', undefined, token)).toMatchObject({ status: 401 })
  const again = await access.signIn(account.username, adminPassword)
  expect(await patch({ disabled: true })).toMatchObject({ status: 200 })
  expect(await ask('GET', '/session', undefined, again.token)).toMatchObject({ status: 401 })
  await expect(access.signIn(account.username, adminPassword)).rejects.toThrow('credentials-wrong')
  expect(await patch({ disabled: false })).toMatchObject({ status: 200, disabledAt: null, role: 'viewer' })
  await access.signIn(account.username, adminPassword)
  expect(await ask('PATCH', '/accounts/none', { disabled: true }, admin)).toMatchObject({
    status: 404,
    code: 'account-unknown',
  })
})

it('pages through the accounts', async () => {
  const admin = await access.tokenOf('administrator')
  const names: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const page = (await ask(
      'GET',
      `/accounts?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`,
      undefined,
      admin,
    )) as unknown as { items: { username: string }[]; nextCursor: string | null }
    names.push(...page.items.map(({ username }) => username))
    cursor = page.nextCursor
  }
  const stored = await database.db.selectFrom('accounts').select('username').orderBy('username').execute()
  expect(names).toEqual(stored.map(({ username }) => username))
  expect(names.length).toBeGreaterThan(2)
})

it('always leaves somebody who can administer', async () => {
  const admin = await access.tokenOf('administrator')
  const { account } = (await ask('GET', '/session', undefined, admin)) as unknown as {
    account: { id: string }
  }
  for (const change of [{ disabled: true }, { role: 'viewer' }])
    expect(await ask('PATCH', `/accounts/${account.id}`, change, admin)).toMatchObject({
      status: 409,
      code: 'last-administrator',
    })
})

it('prints a new one-time password at each start until an administrator has one of their own', async () => {
  const own = await startDatabase()
  const { db } = own
  try {
    const services = { db, sessions: new Sessions(db), passwords: new Passwords() }
    const first = await ensureAdministrator(services)
    expect(first).toMatchObject({ username: 'admin', password: expect.stringMatching(/^(\w{5}-){3}\w{5}$/) })
    const stored = async () =>
      await db.selectFrom('accounts').select(['password_hash', 'must_change_password']).execute()
    const matches = async (password = '') =>
      await services.passwords.matches((await stored())[0]?.password_hash ?? null, password)
    expect(await matches(first?.password)).toBe(true)
    const second = await ensureAdministrator(services)
    expect(await matches(first?.password)).toBe(false)
    expect(await matches(second?.password)).toBe(true)
    expect(await stored()).toMatchObject([{ must_change_password: true }])
    // Chosen by whoever set it, so it is neither printed nor to be changed.
    expect(await ensureAdministrator(services, 'unattended secret')).toBeNull()
    expect(await stored()).toMatchObject([{ must_change_password: false }])
    expect(await ensureAdministrator(services, 'another secret')).toBeNull()
    expect(await ensureAdministrator(services)).toBeNull()
    expect(await matches('unattended secret')).toBe(true)
  } finally {
    await own.stop()
  }
})
