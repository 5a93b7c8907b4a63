import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Type } from 'typebox'
import { expect, it, onTestFinished } from 'vitest'
import { GatewayError } from '../../src/domain/errors.ts'
import type { HttpApp } from '../../src/platform/http.ts'
import { createLog } from '../../src/platform/log.ts'
import { httpApp } from '../harness/http.ts'

const open = { config: { action: 'public' } } as const
const Thing = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 20 }),
    size: Type.Optional(Type.Integer({ minimum: 0 })),
    points: Type.Optional(
      Type.Array(Type.Object({ x: Type.Number(), y: Type.Number() }, { additionalProperties: false })),
    ),
  },
  { additionalProperties: false },
)

async function withThings(...more: Parameters<typeof httpApp>): Promise<HttpApp> {
  const app = await httpApp(...more)
  onTestFinished(() => app.close())
  app.post('/api/v1/things', { ...open, schema: { body: Thing } }, (request) => request.body)
  app.get(
    '/api/v1/things',
    {
      ...open,
      schema: {
        querystring: Type.Object({
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 100 })),
          far: Type.Optional(Type.Boolean()),
          tiles: Type.Optional(Type.Enum([1, 4])),
          q: Type.Optional(Type.String()),
        }),
      },
    },
    (request) => request.query,
  )
  return app
}

it('takes a body as it stands, and names what is wrong with it', async () => {
  const app = await withThings()
  const post = async (payload: unknown) => {
    const answer = await app.inject({ method: 'POST', url: '/api/v1/things', payload: payload as object })
    return { status: answer.statusCode, ...answer.json<Record<string, unknown>>() }
  }
  expect(await post({ name: 'a', size: 3 })).toEqual({ status: 200, name: 'a', size: 3 })
  const wrong: [unknown, string][] = [
    [{}, 'name'],
    [{ name: 'a', size: '3' }, 'size'],
    [{ name: 'a', size: 1.5 }, 'size'],
    [{ name: 'a', colour: 'red' }, 'colour'],
    [{ name: 'a'.repeat(21) }, 'name'],
    [{ name: 'a\0b' }, 'name'],
    [{ name: 'a', points: [{ x: 1 }] }, 'points.0.y'],
    [{ name: 'a', points: [{ x: 1, y: 'z' }] }, 'points.0.y'],
    [[], ''],
  ]
  for (const [payload, field] of wrong)
    expect(await post(payload)).toMatchObject({ status: 400, code: 'body-malformed', details: { field } })
})

it('reads numbers and truth values in an address, exactly', async () => {
  const app = await withThings()
  const get = async (query: string) => (await app.inject(`/api/v1/things?${query}`)).json<object>()
  expect(await get('')).toEqual({ limit: 100 })
  expect(await get('limit=5&far=1&tiles=4&q=7')).toEqual({ limit: 5, far: true, tiles: 4, q: '7' })
  for (const query of [
    'limit=5.5',
    'limit=',
    'limit=0x10',
    'limit=501',
    'far=yes',
    'tiles=2',
    'limit=1&limit=2',
  ])
    expect(await get(query), query).toMatchObject({ status: 400, code: 'query-malformed' })
  expect(await get('token=x')).toMatchObject({ code: 'query-malformed', details: { field: 'token' } })
  expect(await get('q=%00')).toMatchObject({ code: 'query-malformed', details: { field: 'q' } })
})

it('answers what cannot be read with a problem document', async () => {
  const app = await withThings()
  const post = async (payload: string, type = 'application/json') => {
    const headers = { 'content-type': type }
    const answer = await app.inject({ method: 'POST', url: '/api/v1/things', payload, headers })
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
    return answer.json<{ status: number; code: string }>()
  }
  expect(await post('{"name":')).toMatchObject({ status: 400, code: 'body-malformed' })
  expect(await post('')).toMatchObject({ status: 400, code: 'body-malformed' })
  expect(await post('{"name":"a","__proto__":{"x":1}}')).toMatchObject({
    status: 400,
    code: 'body-malformed',
  })
  expect(await post('name', 'text/plain')).toMatchObject({ status: 415, code: 'media-type-refused' })
  const large = JSON.stringify({ name: 'a'.repeat(300_000) })
  expect(await post(large)).toMatchObject({ status: 413, code: 'body-too-large' })
  expect((await app.inject('/%E0%A4%A')).json()).toMatchObject({ status: 400, code: 'path-malformed' })
  expect((await app.inject('/api/v1/nothing')).json()).toEqual({
    type: 'about:blank',
    title: 'Not Found',
    status: 404,
    code: 'route-unknown',
    detail: 'there is nothing here',
  })
})

it('turns errors of ours into problems and keeps its insides to itself', async () => {
  const app = await httpApp()
  onTestFinished(() => app.close())
  const thrown: Record<string, unknown> = {
    ours: new GatewayError({
      kind: 'conflict',
      code: 'name-taken',
      message: 'rtsp://u:secret@h is taken',
      details: { field: 'name' },
    }),
    wait: new GatewayError({
      kind: 'rate-limited',
      code: 'slower',
      message: 'slower',
      details: { retryAfterS: 1.2 },
    }),
    away: new GatewayError({ kind: 'unavailable', code: 'database-unreachable', message: '/secret/path' }),
    bug: new Error('secret table'),
    nothing: 'secret text',
  }
  app.get(
    '/throws/:what',
    { ...open, schema: { params: Type.Object({ what: Type.String() }) } },
    async (request) => {
      throw thrown[request.params.what]
    },
  )
  const ours = await app.inject('/throws/ours')
  expect(ours.json()).toMatchObject({ status: 409, code: 'name-taken', details: { field: 'name' } })
  const wait = await app.inject('/throws/wait')
  expect([wait.statusCode, wait.headers['retry-after']]).toEqual([429, '2'])
  const away = await app.inject('/throws/away')
  expect(away.json()).toMatchObject({ status: 503, code: 'database-unreachable' })
  const bug = await app.inject('/throws/bug')
  expect(bug.json()).toMatchObject({ status: 500, code: 'internal-error' })
  for (const { body } of [ours, away, bug, await app.inject('/throws/nothing')])
    expect(body).not.toContain('secret')
})

it('refuses a route that does not say who may use it', async () => {
  const app = await httpApp()
  onTestFinished(() => app.close())
  expect(() => app.get('/open', { schema: {} }, () => 'all')).toThrow('says no config.action')
  expect(() => app.get('/loose', open, () => 'all')).toThrow('has no schema')
})

it('slows down whoever asks too much', async () => {
  const app = await withThings({ rate: { requests: 3, windowMs: 60_000 } })
  const statuses: number[] = []
  for (let n = 0; n < 4; n += 1) statuses.push((await app.inject('/api/v1/things')).statusCode)
  expect(statuses).toEqual([200, 200, 200, 429])
  const missing = await app.inject('/api/v1/nothing')
  expect(missing.json()).toMatchObject({ code: 'too-many-requests' })
  expect(Number(missing.headers['retry-after'])).toBeGreaterThan(0)
})

it('tells the browser to take scripts, frames and the like from nowhere else', async () => {
  const app = await withThings()
  const { headers } = await app.inject('/api/v1/things')
  const policy = String(headers['content-security-policy'])
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("media-src 'self' blob:")
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).not.toMatch(/unsafe|\*|https?:/)
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  })
  expect(headers).not.toHaveProperty('x-powered-by')
})

it('serves the built pages, and no file beside them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'xueliang-web-'))
  const webRoot = join(folder, 'dist')
  mkdirSync(join(webRoot, 'assets'), { recursive: true })
  writeFileSync(join(folder, 'beside.txt'), 'beside')
  writeFileSync(join(webRoot, 'index.html'), '<!doctype html><p>wall')
  writeFileSync(join(webRoot, 'assets', 'main-abc123.js'), 'export {}')
  const app = await httpApp({ webRoot })
  onTestFinished(async () => {
    await app.close()
    rmSync(folder, { recursive: true })
  })
  const html = { accept: 'text/html' }
  for (const url of ['/', '/map', '/wall/4?x=1']) {
    const page = await app.inject({ url, headers: html })
    expect([page.statusCode, page.headers['cache-control'], page.body]).toEqual([
      200,
      'no-cache',
      '<!doctype html><p>wall',
    ])
  }
  const script = await app.inject('/assets/main-abc123.js')
  expect(script.headers['content-type']).toContain('javascript')
  expect(script.headers['cache-control']).toContain('immutable')
  const again = await app.inject({
    url: '/assets/main-abc123.js',
    headers: { 'if-none-match': String(script.headers['etag']) },
  })
  expect(again.statusCode).toBe(304)
  for (const url of [
    '/assets/gone.js',
    '/beside.txt',
    '/../beside.txt',
    '/%2e%2e/beside.txt',
    '/assets/..%2f..%2fbeside.txt',
    '/api/map',
    '/live/x',
  ])
    expect((await app.inject({ url, headers: html })).statusCode, url).toBe(404)
})

it('says so when the pages are not built', async () => {
  const app = await httpApp()
  onTestFinished(() => app.close())
  const page = await app.inject({ url: '/', headers: { accept: 'text/html' } })
  expect(page.statusCode).toBe(503)
  expect(page.body).toContain('npm start')
})

it('describes itself with the schemas that it holds requests against', async () => {
  const app = await withThings()
  const { openapi, paths } = (await app.inject('/api/openapi.json')).json<{
    openapi: string
    paths: Record<string, Record<string, unknown>>
  }>()
  expect(openapi).toBe('3.1.0')
  expect(Object.keys(paths)).toEqual(['/api/v1/things'])
  expect(paths['/api/v1/things']?.['post']).toMatchObject({
    requestBody: { content: { 'application/json': { schema: { required: ['name'] } } } },
    responses: { default: { content: { 'application/problem+json': {} } } },
  })
})

it('logs by route, and nothing that a caller typed', async () => {
  const lines: string[] = []
  const app = await withThings({ log: createLog('trace', { write: (line) => lines.push(line) }) })
  await app.inject('/api/v1/things?q=typed-secret')
  await app.inject({ method: 'POST', url: '/api/v1/things', payload: { name: 'typed-secret' } })
  await app.inject({ url: '/typed-secret', headers: { authorization: 'Bearer typed-secret' } })
  const log = lines.join('')
  expect(log).toContain('"route":"/api/v1/things"')
  expect(log).not.toContain('typed-secret')
})

it('stops in seconds although connections stay open and an answer never ends', async () => {
  const app = await httpApp()
  let begun: () => void = () => undefined
  const hanging = new Promise<void>((resolve) => {
    begun = resolve
  })
  app.get('/hangs', { ...open, schema: {} }, () => {
    begun()
    return new Promise(() => undefined)
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as { port: number }
  const sockets = [
    'GET /hangs HTTP/1.1\r\nHost: x\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
    'GET / HT',
    '',
  ].map((sent) =>
    connect(port, '127.0.0.1')
      .on('error', () => undefined)
      .setEncoding('latin1')
      .setNoDelay()
      .on('data', () => undefined)
      .once('connect', function (this: import('node:net').Socket) {
        this.write(sent)
      }),
  )
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
  })
  await hanging
  const startMs = performance.now()
  await app.close()
  expect(performance.now() - startMs).toBeLessThan(6_000)
})

it('counts those behind a trusted proxy one by one, and believes nobody else', async () => {
  const addresses = async (trustedProxies: readonly string[]) => {
    const app = await httpApp({ trustedProxies })
    onTestFinished(() => app.close())
    app.get('/from', { config: { action: 'public' }, schema: {} }, ({ ip }) => ({ ip }))
    const answer = await app.inject({
      url: '/from',
      remoteAddress: '10.1.1.1',
      headers: { 'x-forwarded-for': '203.0.113.9' },
    })
    return answer.json<{ ip: string }>().ip
  }
  expect(await addresses(['10.0.0.0/8'])).toBe('203.0.113.9')
  expect(await addresses(['192.168.0.0/16'])).toBe('10.1.1.1')
  expect(await addresses([])).toBe('10.1.1.1')
})
