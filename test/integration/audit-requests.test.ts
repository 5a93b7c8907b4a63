import { Type } from 'typebox'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Audit } from '../../src/access/audit/audit.ts'
import type { AuditEntryAnswer } from '../../src/contract/audit.ts'
import type { HttpApp } from '../../src/platform/http.ts'
import { createLog } from '../../src/platform/log.ts'
import { startDatabase, type TestDatabase } from '../harness/database.ts'
import { httpApp } from '../harness/http.ts'
import { until } from '../harness/until.ts'

const log = createLog('silent')

describe('requests in the audit trail', () => {
  let database: TestDatabase
  let audit: Audit
  let app: HttpApp
  const lamps = new Map([['lamp-1', { id: 'lamp-1', name: '门灯', lit: false, password: 'swordfish' }]])
  let done = 0

  beforeAll(async () => {
    database = await startDatabase()
    audit = await Audit.open({ db: database.db, log, dataDir: database.dataDir, version: 'test' })
    app = await httpApp()
    audit.requests(app)
    audit.routes(app)
    const params = Type.Object({ id: Type.String() })
    const schema = { params }
    const config = { action: 'configure' } as const
    app.get('/api/v1/lamps/:id', { config: { action: 'see' }, schema }, ({ params: { id } }) => lamps.get(id))
    app.patch('/api/v1/lamps/:id', { config, schema }, ({ params: { id }, body }) => {
      const lamp = { ...lamps.get(id), ...(body as object) } as never
      lamps.set(id, lamp)
      return lamp
    })
    app.delete('/api/v1/lamps/:id', { config, schema }, async ({ params: { id } }, reply) => {
      lamps.delete(id)
      return await reply.status(204).send(null)
    })
    app.post('/api/v1/lamps/:id/blink', { config, schema }, () => ({ ok: true }))
    app.get(
      '/api/v1/lamps/:id/film',
      { config: { action: 'playback', audit: { act: 'film.export', when: 'before' } }, schema },
      () => {
        done++
        return { film: true }
      },
    )
  })
  afterAll(async () => {
    await app.close()
    await audit.stop()
    await database.stop()
  })

  const ask = (method: 'GET' | 'PATCH' | 'DELETE' | 'POST', url: string, more: object = {}) =>
    app.inject({ method, url, ...more })
  const newest = async (act: string): Promise<AuditEntryAnswer | undefined> => {
    const answer = await ask('GET', `/api/v1/audit?act=${act}&limit=1`)
    return answer.json<{ items: AuditEntryAnswer[] }>().items[0]
  }

  it('tells a change by its address, with what was and what is, and no secret', async () => {
    const payload = { lit: true, password: 'new swordfish' }
    expect((await ask('PATCH', '/api/v1/lamps/lamp-1', { payload })).statusCode).toBe(200)
    const entry = await newest('lamps.change')
    expect(entry).toMatchObject({
      username: 'administrator',
      address: '127.0.0.1',
      subject: 'lamp-1',
      outcome: 'done',
      detail: { changes: { lit: { before: false, after: true } }, sent: { lit: true, password: '***' } },
    })
    expect(JSON.stringify(entry)).not.toContain('swordfish')
  })

  it('tells what is done to a thing by its verb, and what was removed', async () => {
    await ask('POST', '/api/v1/lamps/lamp-1/blink')
    expect(await newest('lamps.blink')).toMatchObject({ subject: 'lamp-1', outcome: 'done' })
    await ask('DELETE', '/api/v1/lamps/lamp-1')
    expect(await newest('lamps.remove')).toMatchObject({ detail: { removed: { name: '门灯' } } })
  })

  it('tells what was refused to somebody who is signed in', async () => {
    const refused = await ask('DELETE', '/api/v1/lamps/lamp-1', { headers: { 'x-role': 'viewer' } })
    expect(refused.statusCode).toBe(403)
    expect(await newest('lamps')).toMatchObject({ username: 'viewer', outcome: 'refused' })
    await ask('GET', '/api/v1/audit', { headers: { 'x-role': 'viewer' } })
    const { items } = (await ask('GET', '/api/v1/audit?outcome=refused')).json<{
      items: AuditEntryAnswer[]
    }>()
    expect(items[0]).toMatchObject({ username: 'viewer', act: 'audit.read', outcome: 'refused' })
  })

  it('writes the beginning of what is sensitive before it is done, and its end after', async () => {
    await ask('GET', '/api/v1/lamps/lamp-1/film?from=1')
    const end = await until('the end is told', async () => {
      const entry = await newest('film.export')
      return entry?.outcome === 'done' && entry
    })
    const { items } = (await ask('GET', '/api/v1/audit?act=film.export')).json<{
      items: AuditEntryAnswer[]
    }>()
    expect(items[1]).toMatchObject({
      sequence: end.begunIn,
      outcome: 'begun',
      detail: { query: { from: '1' } },
    })
  })

  it('does not do it where the trail cannot be written', async () => {
    const before = done
    await database.db.schema.alterTable('audit_entries').renameTo('audit_elsewhere').execute()
    try {
      const answer = await ask('GET', '/api/v1/lamps/lamp-1/film')
      expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([503, 'audit-unavailable'])
      expect(done).toBe(before)
    } finally {
      await database.db.schema.alterTable('audit_elsewhere').renameTo('audit_entries').execute()
    }
    // What waited meanwhile is told when it can be.
    await until('it is written after all', async () => (await newest('film.export'))?.outcome === 'begun')
  }, 30_000)

  it('answers a stranger nothing of the trail', async () => {
    const stranger = await ask('GET', '/api/v1/audit', { headers: { 'x-role': 'nobody' } })
    expect(stranger.statusCode).toBe(401)
  })

  it('verifies itself over the API', async () => {
    expect((await ask('POST', '/api/v1/audit/verify')).statusCode).toBe(202)
    const found = await until('it is verified', async () => {
      const now = (await ask('GET', '/api/v1/audit/verify')).json<{ state: string; flaws: unknown[] }>()
      return now.state === 'done' && now
    })
    expect(found.flaws).toEqual([])
  })
})
