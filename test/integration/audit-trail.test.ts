import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exportChain } from '../../src/access/audit/export.ts'
import { checkAuditFile } from '../../src/access/audit/file-check.ts'
import { AuditHeads } from '../../src/access/audit/heads.ts'
import { AuditTrail } from '../../src/access/audit/trail.ts'
import { AuditVerifier } from '../../src/access/audit/verifier.ts'
import { InstallationKey, loadInstallationKey } from '../../src/access/installation-key.ts'
import type { AuditFlaw } from '../../src/contract/audit.ts'
import { type AuditNote, gatewayItself } from '../../src/domain/audit.ts'
import { createLog } from '../../src/platform/log.ts'
import { startDatabase, type TestDatabase } from '../harness/database.ts'

const log = createLog('silent')
const note = (act: string, detail: AuditNote['detail'] = null): AuditNote => ({
  ...{ actor: gatewayItself, act, subject: null, outcome: 'done', begunIn: null },
  detail,
})

describe('the audit trail', () => {
  let database: TestDatabase
  let key: InstallationKey
  let trail: AuditTrail
  let heads: AuditHeads

  beforeAll(async () => {
    database = await startDatabase()
    key = await loadInstallationKey(database.dataDir)
    trail = new AuditTrail({ db: database.db, log })
    heads = new AuditHeads({ db: database.db, log, trail, key, dataDir: database.dataDir })
  })
  afterAll(async () => {
    await trail.stop()
    await heads.stop()
    await database.stop()
  })

  const verified = async (): Promise<readonly AuditFlaw[]> => {
    const verifier = new AuditVerifier({ db: database.db, log, heads, key })
    verifier.start()
    const { state, flaws } = await verifier.finished()
    expect(state).toBe('done')
    return flaws
  }

  /** What only somebody with the whole database in his hands can do. */
  const tamper = async (sql: string, act: () => Promise<void>) => {
    const { default: pg } = await import('pg')
    const client = new pg.Client({ host: `${database.dataDir}/db`, user: 'xueliang', database: 'xueliang' })
    await client.connect()
    try {
      await client.query('begin; alter table audit_entries disable trigger user')
      await client.query('create temp table kept as select * from audit_entries')
      await client.query(sql)
      await client.query('commit')
      await act()
      await client.query(
        'begin; delete from audit_entries; insert into audit_entries select * from kept; alter table audit_entries enable trigger user; commit',
      )
    } finally {
      await client.end()
    }
  }

  it('chains what many tell at once, in one order without gaps', async () => {
    const sequences = await Promise.all(
      Array.from({ length: 500 }, (_, i) => trail.append(note('test.tell', { i, text: `行 ${i} "\\'` }))),
    )
    expect(sequences).toEqual(Array.from({ length: 500 }, (_, i) => i + 1))
    expect(await verified()).toEqual([])
  })

  it('goes on behind the entries of another writer on the same database', async () => {
    const other = new AuditTrail({ db: database.db, log })
    const first = await other.append(note('test.other'))
    expect(await trail.append(note('test.tell'))).toBe(first + 1)
    await other.stop()
    expect(await verified()).toEqual([])
  })

  it('is neither changed nor shortened by the gateway itself', async () => {
    const { db } = database
    await expect(db.deleteFrom('audit_entries').execute()).rejects.toThrow('never changed')
    await expect(db.updateTable('audit_entries').set({ act: 'a.b' }).execute()).rejects.toThrow()
  })

  it.each([
    ['a changed word', `update audit_entries set detail = '{}' where sequence = 7`, [['changed', 7]]],
    ['another time', `update audit_entries set at = at + '1 ms' where sequence = 9`, [['changed', 9]]],
    ['a missing entry', 'delete from audit_entries where sequence = 30', [['missing', 30]]],
    [
      'two entries in another order',
      `update audit_entries a set act = b.act, detail = b.detail from audit_entries b
       where (a.sequence, b.sequence) in ((11, 12), (12, 11))`,
      [
        ['changed', 11],
        ['changed', 12],
      ],
    ],
    ['a shortened trail', 'delete from audit_entries where sequence > 400', [['shortened', 401]]],
  ])('tells %s', async (_, sql, expected) => {
    await heads.sign()
    await tamper(sql, async () => {
      const flaws = await verified()
      expect(flaws.map(({ kind, sequence }) => [kind, sequence])).toEqual(expected)
    })
    expect(await verified()).toEqual([])
  })

  it('exports a stretch that proves itself, and not when a byte is changed, missing or moved', async () => {
    const head = await heads.sign()
    const text = (await all(exportChain(database.db, {}, head))).join('')
    const lines = text.trimEnd().split('\n')
    const check = (changed: readonly string[]) => checkAuditFile(stream(changed))
    const whole = await check(lines)
    expect(whole).toMatchObject({ entries: head.sequence, flaws: [], signedBy: head.publicKey })

    const without = (line: number) => lines.filter((_, i) => i !== line)
    expect((await check(without(20))).flaws).toEqual([{ kind: 'missing', sequence: 20 }])
    expect((await check(lines.slice(0, -1))).flaws.map(({ kind }) => kind)).toEqual(['shortened'])
    const swapped = lines.with(5, lines[6] ?? '').with(6, lines[5] ?? '')
    expect((await check(swapped)).flaws.length).toBeGreaterThan(0)

    // Every byte of some lines in turn: whatever stands there instead, it is noticed.
    for (const at of [0, 1, 250, lines.length - 1]) {
      const line = lines[at] ?? ''
      for (let i = 0; i < line.length; i += 3) {
        const other = line.slice(0, i) + (line[i] === '0' ? '1' : '0') + line.slice(i + 1)
        const { flaws, signedBy } = await check(lines.with(at, other))
        expect(flaws.length > 0 || signedBy !== head.publicKey, `${at}:${i} ${other}`).toBe(true)
      }
    }
  }, 120_000)

  it('refuses a head that another key has signed', async () => {
    const head = await heads.sign()
    const lines = (await all(exportChain(database.db, {}, head))).join('').trimEnd().split('\n')
    const stranger = new InstallationKey(Buffer.alloc(32, 9)).publicKey.toString('hex')
    const forged = JSON.stringify({ head: { ...head, publicKey: stranger } })
    expect((await checkAuditFile(stream(lines.with(-1, forged)))).flaws).toEqual([
      { kind: 'head-forged', sequence: head.sequence },
    ])
  })
})

async function* stream(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines
}

async function all(texts: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = []
  for await (const text of texts) found.push(text)
  return found
}
