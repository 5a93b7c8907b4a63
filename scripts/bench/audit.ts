import { rmSync } from 'node:fs'
import { sql } from 'kysely'
import { Audit } from '../../src/access/audit/audit.ts'
import { AuditHeads } from '../../src/access/audit/heads.ts'
import type { AuditTrail } from '../../src/access/audit/trail.ts'
import { AuditVerifier } from '../../src/access/audit/verifier.ts'
import { loadInstallationKey } from '../../src/access/installation-key.ts'
import type { AuditNote } from '../../src/domain/audit.ts'
import type { AccountId } from '../../src/domain/ids.ts'
import { claimDataDir } from '../../src/platform/data-dir.ts'
import { openDatabase } from '../../src/platform/database.ts'
import type { HttpApp } from '../../src/platform/http.ts'
import { createLog } from '../../src/platform/log.ts'
import { temporaryFolder } from '../../test/harness/gateway.ts'
import { httpApp } from '../../test/harness/http.ts'

const usualEntries = 1_000_000
const atOnce = 8
const acts = 2_000
const backlog = 10_000

/**
 * The audit trail on a private PostgreSQL as it is shipped, fsync and all: what writing an entry first
 * adds to an act over HTTP (the same route with and without, taking turns, eight askers at once), how
 * many entries a second go in, and how fast the whole chain is verified. `[entries]`, a million unless
 * given; 10000000 is what the issue asks for, and takes about a quarter of an hour.
 */
export default async function bench(args: string[]): Promise<Record<string, unknown>> {
  const entries = args[0] === undefined ? usualEntries : Number(args[0])
  const dataDir = temporaryFolder()
  const log = createLog('warn')
  const claim = claimDataDir(dataDir)
  const database = await openDatabase({ dataDir, log })
  const { db } = database
  const audit = await Audit.open({ db, log, dataDir, version: 'bench' })
  try {
    const added = await addedMs(audit)
    say(`an act: p95 ${added.bareP95Ms} ms bare, ${added.writtenP95Ms} ms written first`)
    const appendsPerS = await fill(audit.trail, entries)
    say(`${Math.round(appendsPerS)} entries/s`)
    const size = sql<{ bytes: number }>`select pg_total_relation_size('audit_entries') as bytes`
    const [{ bytes } = { bytes: 0 }] = (await size.execute(db)).rows
    const key = await loadInstallationKey(dataDir)
    const { trail } = audit
    const heads = new AuditHeads({ db, log, trail, key, dataDir })
    await heads.stop()
    const verifier = new AuditVerifier({ db, log, heads, key })
    const begunMs = performance.now()
    verifier.start()
    const { state, flaws, checked } = await verifier.finished()
    if (state !== 'done' || flaws.length > 0) throw new Error(`verification: ${state} ${flaws.length}`)
    const verifyPerS = checked / ((performance.now() - begunMs) / 1000)
    return {
      entries: checked,
      appendsPerS: Math.round(appendsPerS),
      addedP95Ms: added.writtenP95Ms - added.bareP95Ms,
      ...added,
      verifyPerS: Math.round(verifyPerS),
      verifyS: Math.round(checked / verifyPerS),
      bytesPerEntry: Math.round(bytes / checked),
    }
  } finally {
    await audit.stop()
    await database.stop()
    claim.release()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

/** A round of each, in turns, so that both have the same machine. */
async function addedMs(audit: Audit) {
  const app = await httpApp({ rate: { requests: 1e9, windowMs: 1000 } })
  audit.requests(app)
  const schema = {}
  const answer = () => ({ done: true })
  app.get('/api/v1/bare', { config: { action: 'see' }, schema }, answer)
  const written = { action: 'see', audit: { act: 'bench.act', when: 'before' } } as const
  app.get('/api/v1/written', { config: written, schema }, answer)
  const times = { bare: [] as number[], written: [] as number[] }
  await app.listen({ port: 0, host: '127.0.0.1' })
  try {
    for (let round = 0; round < 10; round++) {
      for (const way of ['bare', 'written'] as const) times[way].push(...(await asked(app, way)))
    }
  } finally {
    await app.close()
  }
  const p = (list: number[], share: number) => {
    const sorted = list.toSorted((a, b) => a - b)
    return Number((sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(2))
  }
  return {
    bareP50Ms: p(times.bare, 0.5),
    bareP95Ms: p(times.bare, 0.95),
    writtenP50Ms: p(times.written, 0.5),
    writtenP95Ms: p(times.written, 0.95),
  }
}

async function asked(app: HttpApp, way: string): Promise<number[]> {
  const address = app.server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  const times: number[] = []
  const one = async () => {
    for (let i = 0; i < acts / 10 / atOnce; i++) {
      const begunMs = performance.now()
      const response = await fetch(`http://127.0.0.1:${port}/api/v1/${way}`)
      await response.arrayBuffer()
      if (!response.ok) throw new Error(`${way}: ${response.status}`)
      times.push(performance.now() - begunMs)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, one))
  return times
}

/** As many as wait at once; the next as soon as there is room. */
async function fill(trail: AuditTrail, entries: number): Promise<number> {
  const begunMs = performance.now()
  let told = 0
  while (told < entries) {
    const room = Math.min(backlog - trail.figures().waiting, entries - told)
    for (let i = 0; i < room; i++) trail.tell(noteNumber(told++))
    await new Promise((resolve) => setImmediate(resolve))
  }
  await trail.append(noteNumber(told))
  return entries / ((performance.now() - begunMs) / 1000)
}

function noteNumber(i: number): AuditNote {
  const account = i % 400
  return {
    actor: {
      accountId: `0197a000-0000-7000-8000-${String(account).padStart(12, '0')}` as AccountId,
      username: `operator-${account}`,
      address: `10.20.${account % 250}.7`,
    },
    act: i % 2 === 0 ? 'live.watch' : 'playback.watch',
    subject: `0197a000-0000-7000-9000-${String(i % 50_000).padStart(12, '0')}`,
    outcome: i % 4 < 2 ? 'begun' : 'done',
    begunIn: i % 4 < 2 ? null : i - 2,
    detail: i % 4 < 2 ? { stream: 'main' } : { ms: i % 90_000 },
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
