import { writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CameraId } from '../../src/domain/ids.ts'
import type { TestGateway } from '../harness/gateway.ts'
import { startRecordedGateway } from '../harness/recorded-gateway.ts'
import { tinyClip } from '../harness/virtual-cameras.ts'

interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query'
  readonly required?: boolean
  readonly schema: { readonly type?: string; readonly enum?: readonly unknown[]; readonly pattern?: string }
}

interface Operation {
  readonly method: string
  readonly path: string
  readonly parameters: readonly Parameter[]
}

interface Reply {
  readonly status: number
  readonly code: string | null
  readonly body: string
}

/** Younger than what retention removes. */
const startUtcMs = Math.floor(Date.now() / 1000 - 600) * 1000
const canary = 'a file that no address leads to'
const gate = 'gate' as CameraId

/** Everything that the gateway says of itself that it takes, walked with input that means harm. */
describe('every route of the real gateway', () => {
  let gateway: TestGateway
  let operations: Operation[]

  beforeAll(async () => {
    gateway = await startRecordedGateway([{ cameraId: gate, clip: await tinyClip(), startUtcMs, seconds: 3 }])
    for (const folder of ['.', 'recordings', `recordings/${gate}`])
      writeFileSync(join(gateway.dataDir, folder, 'canary.mp4'), canary)
    const described = JSON.parse((await ask('GET', '/api/openapi.json')).body) as {
      paths: Record<string, Record<string, { parameters?: Parameter[] }>>
    }
    operations = Object.entries(described.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { parameters = [] }]) => ({
        method: method.toUpperCase(),
        path,
        parameters,
      })),
    )
  }, 90_000)
  afterAll(() => gateway.stop())

  /** As it stands: `fetch` would take `..` out of the address. */
  async function ask(
    method: string,
    path: string,
    { headers = {}, body }: { headers?: Record<string, string>; body?: string | Buffer } = {},
  ): Promise<Reply> {
    const authorization =
      headers['cookie'] === undefined ? { authorization: `Bearer ${await gateway.token()}` } : {}
    // Said of every body: a DELETE without it would leave its own to be read as the next request.
    const length = { 'content-length': String(Buffer.byteLength(body ?? '')) }
    const { hostname, port } = new URL(gateway.address)
    return await new Promise((resolve, reject) => {
      const options = { hostname, port, method, path, headers: { ...authorization, ...length, ...headers } }
      const asked = request(options, (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('error', reject)
        response.on('end', () => {
          const text = Buffer.concat(parts).toString('latin1')
          resolve({ status: response.statusCode ?? 0, code: codeOf(text), body: text })
        })
      })
      asked.on('error', reject)
      asked.end(body)
    })
  }

  /** Its address with usual values, but for those given. */
  function addressOf({ path, parameters }: Operation, given: Readonly<Record<string, string>>): string {
    let address = path
    const query: string[] = []
    for (const parameter of parameters) {
      const value = given[parameter.name] ?? usualValue(parameter)
      if (parameter.in === 'path') address = address.replace(`{${parameter.name}}`, value ?? '')
      else if (value !== null) query.push(`${parameter.name}=${value}`)
    }
    return query.length === 0 ? address : `${address}?${query.join('&')}`
  }

  it('leads to no file by a path inside a name', async () => {
    const up = [
      '../',
      '..%2f',
      '%2e%2e%2f',
      '%2e%2e/',
      '..%5c',
      '%252e%252e%252f',
      '....//',
      '%c0%ae%c0%ae%c0%af',
    ]
    const names = [
      ...up.flatMap((step) => [
        `${step.repeat(8)}etc%2fpasswd`,
        ...[1, 2, 3].map((n) => `${step.repeat(n)}canary.mp4`),
      ]),
      ...['canary.mp4', '%2fetc%2fpasswd', '.', '..', 'canary.mp4%00', '-i', 'file:canary.mp4'],
    ]
    const readable = operations.filter(({ method }) => method === 'GET')
    const wrong: string[] = []
    for (const operation of readable) {
      for (const { name } of operation.parameters.filter((parameter) => parameter.in === 'path')) {
        for (const hostile of names) {
          const address = addressOf(operation, { [name]: hostile })
          const { status, body } = await ask('GET', address)
          if (body.includes(canary) || body.includes('root:x:') || status >= 500)
            wrong.push(`${status} ${address}`)
        }
      }
    }
    expect(wrong).toEqual([])
    // The road there is open: what was recorded is found by its name, and only that.
    const playlist = await ask(
      'GET',
      `/api/v1/cameras/${gate}/playback?from=${startUtcMs}&to=${startUtcMs + 3_000}`,
    )
    const file = /playback\/\d{4}-\d\d-\d\d\/[^?"\s]+\.mp4/.exec(playlist.body)?.[0] ?? ''
    expect((await ask('GET', `/api/v1/cameras/${gate}/${file}?init=whole`)).status).toBe(200)
    const beside = file.replace(/[^/]+$/, 'canary.mp4')
    expect((await ask('GET', `/api/v1/cameras/${gate}/${beside}`)).status).toBe(404)
  })

  it('takes SQL in a query, a name or a cursor as text', async () => {
    const texts = [
      "'",
      "' or '1'='1",
      "'; drop table cameras; --",
      '\\',
      '%',
      '_',
      '"',
      '$1',
      "')) union select 1 --",
    ]
    const keys: unknown[][] = [
      ...texts.map((text) => [text]),
      ...texts.map((text) => [text, text]),
      ...texts.map((text) => [0, text]),
      ...[1e308, -1e308, 1.5, 2 ** 53, 2 ** 53 - 1, 8.64e15, -1].flatMap((n) => [
        [n],
        [n, n],
        [n, 'x'],
        ['x', n],
        ['2026-03-01', n],
      ]),
      ...['a\0b', '\ud800', 'x'.repeat(300)].flatMap((text) => [[text], [text, text], [0, text]]),
    ]
    const cursors = keys.map((each) => Buffer.from(JSON.stringify(each)).toString('base64url'))
    const wrong: string[] = []
    let asked = 0
    for (const operation of operations.filter(({ method }) => method === 'GET')) {
      for (const { name, schema } of operation.parameters.filter((parameter) => parameter.in === 'query')) {
        if (schema.type !== 'string' && schema.pattern === undefined) continue
        const values =
          name === 'cursor' ? [...cursors, ...texts.map(encodeURIComponent)] : texts.map(encodeURIComponent)
        for (const value of values) {
          const address = addressOf(operation, { [name]: value, id: gate })
          const { status, body } = await ask('GET', address)
          asked++
          if (status >= 500 || /syntax error|pg_|SQLSTATE/i.test(body))
            wrong.push(`${status} ${address} ${body.slice(0, 90)}`)
        }
      }
    }
    expect(wrong).toEqual([])
    expect(asked).toBeGreaterThan(400)
    for (const q of ["' or '1'='1", '%', '_', "nothing' or true --"])
      for (const list of ['cameras', 'units'])
        expect((await ask('GET', `/api/v1/${list}?q=${encodeURIComponent(q)}`)).body, `${list} ${q}`).toMatch(
          /"items":\[\]/,
        )
    expect((await ask('GET', '/api/v1/cameras?q=gate')).body).toContain('"id":"gate"')
  })

  it('does nothing that a page of another origin sends with the cookie, whatever the form of its body', async () => {
    const cookie = `xueliang_session=${await gateway.token()}`
    const changing = operations.filter(({ method }) => method !== 'GET')
    expect(changing.length).toBeGreaterThan(30)
    const wrong: string[] = []
    const foreign: Record<string, string>[] = [
      { origin: 'http://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { origin: 'http://evil.example', 'content-type': 'text/plain' },
      { origin: 'http://evil.example', 'content-type': 'application/x-www-form-urlencoded' },
      { origin: 'http://evil.example', 'content-type': 'multipart/form-data; boundary=x' },
    ]
    for (const operation of changing) {
      for (const headers of foreign) {
        const body = headers['content-type'] === undefined ? undefined : '{}'
        const reply = await ask(operation.method, addressOf(operation, {}), {
          headers: { cookie, ...headers },
          ...(body === undefined ? {} : { body }),
        })
        if (reply.status !== 403)
          wrong.push(`${reply.status} ${reply.code} ${operation.method} ${operation.path}`)
      }
    }
    expect(wrong).toEqual([])
    // A form cannot send JSON, and what it can send is read by nobody, also without an origin.
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])
      expect(
        await ask('POST', '/api/v1/units', {
          headers: { cookie, 'content-type': type },
          body: '{"name":"x"}',
        }),
      ).toMatchObject({ status: 415 })
  })

  it('lets nobody in by a token in the address', async () => {
    const token = await gateway.token()
    const wrong: string[] = []
    for (const operation of operations) {
      const address = addressOf(operation, {})
      const join = address.includes('?') ? '&' : '?'
      const names = ['token', 'access_token', 'session', 'xueliang_session', 'authorization']
      const query = names.map((name) => `${name}=${token}`).join('&')
      // A cookie of nobody's: no bearer token goes along.
      const reply = await ask(operation.method, `${address}${join}${query}`, {
        headers: { cookie: 'none=1' },
      })
      const isPublic = /^\/(healthz|readyz)$|^\/api\/v1\/session$/.test(operation.path)
      if (!isPublic && reply.status !== 401) wrong.push(`${reply.status} ${operation.method} ${address}`)
    }
    expect(wrong).toEqual([])
  })

  it('signs in under a token of its own making, whatever cookie came along', async () => {
    const chosen = 'A'.repeat(43)
    const earlier = await gateway.token()
    for (const planted of [chosen, earlier]) {
      const cookie = `xueliang_session=${planted}`
      const headers = { cookie, 'content-type': 'application/json' }
      const body = JSON.stringify({ username: 'admin', password: 'correct horse battery' })
      const reply = await ask('POST', '/api/v1/session', { headers, body })
      expect(reply.status).toBe(200)
      expect(JSON.parse(reply.body)).not.toHaveProperty('token', planted)
    }
    const planted = await ask('GET', '/api/v1/session', { headers: { cookie: `xueliang_session=${chosen}` } })
    expect(planted.status).toBe(401)
  })

  it('unpacks no body', async () => {
    const unit = JSON.stringify({ parentId: null, name: 'unpacked', level: 'city' })
    const bomb = gzipSync(unit + ' '.repeat(64 * 1024 * 1024))
    expect(bomb.length).toBeLessThan(256 * 1024)
    for (const body of [gzipSync(unit), bomb]) {
      const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
      const reply = await ask('POST', '/api/v1/units', { headers, body })
      expect(reply).toMatchObject({ status: 400, code: 'body-malformed' })
    }
    expect((await ask('GET', '/api/v1/units')).body).not.toContain('unpacked')
  })
})

function usualValue({ name, in: where, required, schema }: Parameter): string | null {
  if (where === 'query' && required !== true) return null
  if (name === 'from') return String(startUtcMs)
  if (name === 'to') return String(startUtcMs + 3_000)
  if (name === 'at') return String(startUtcMs + 1_000)
  if (name === 'day') return '2026-03-01'
  if (name === 'file') return 'canary.mp4'
  if (name === 'number' || name === 'part') return '1'
  if (schema.enum !== undefined) return String(schema.enum[0])
  return gate
}

function codeOf(body: string): string | null {
  try {
    return (JSON.parse(body) as { code?: string }).code ?? null
  } catch {
    return null
  }
}
