import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { type AuditEntry, type AuditNote, gatewayItself, longestDetailBytes } from '../../domain/audit.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { UtcMs } from '../../domain/time.ts'
import type { Db } from '../../platform/database.ts'
import type { Log } from '../../platform/log.ts'
import { chainHash, chainStart } from './chain.ts'

export interface AuditTrailOptions {
  readonly db: Db
  readonly log: Log
  readonly now?: () => UtcMs
  /** Entries that wait for the database at most. */
  readonly mostWaiting?: number
}

/** Where the chain ends. */
export interface ChainEnd {
  readonly sequence: number
  readonly hash: Buffer
}

interface Waiting {
  readonly note: AuditNote
  readonly atUtcMs: UtcMs
  readonly written: (sequence: number) => void
  readonly failed: (error: GatewayError) => void
}

interface Chained {
  readonly entry: AuditEntry
  readonly hash: Buffer
}

const usualMostWaiting = 20_000
const mostAtOnce = 1_000
const tryAgainMs = 1_000
/** Whoever waits for an entry to be written is told after so long that it cannot be. */
const patienceMs = 5_000

/**
 * Writes the audit trail: each entry chained to the one before, many in one transaction while the one
 * before them is under way, so that nobody waits for more than two commits. One writer at a time: a
 * second one on the same database is noticed by the sequence and the chain goes on behind its entries.
 */
export class AuditTrail {
  readonly #db: Db
  readonly #log: Log
  readonly #now: () => UtcMs
  readonly #mostWaiting: number
  #waiting: Waiting[] = []
  #end: ChainEnd | null = null
  /** Of a batch whose commit nobody confirmed: where the chain ends if it was written after all. */
  #uncertain: (ChainEnd & { readonly entries: number }) | null = null
  #lost = 0
  #writing: Promise<void> | null = null
  #stopped = false

  constructor({ db, log, now = Date.now, mostWaiting = usualMostWaiting }: AuditTrailOptions) {
    this.#db = db
    this.#log = log.child({ part: 'audit' })
    this.#now = now
    this.#mostWaiting = mostWaiting
  }

  figures(): { readonly waiting: number; readonly lost: number } {
    return { waiting: this.#waiting.length, lost: this.#lost }
  }

  /** Resolves with its sequence when it is on the disk. Rejects with `audit-unavailable` when it is not soon. */
  append(note: AuditNote): Promise<number> {
    return new Promise((resolve, reject) => {
      const alarm = setTimeout(() => reject(unavailable()), patienceMs)
      const settle = (end: () => void) => {
        clearTimeout(alarm)
        end()
      }
      const accepted = this.#queue({
        note,
        atUtcMs: this.#now(),
        written: (sequence) => settle(() => resolve(sequence)),
        failed: (error) => settle(() => reject(error)),
      })
      if (!accepted) settle(() => reject(unavailable()))
    })
  }

  /** For what must not wait for the disk, such as a picture: it is written as soon as it can be. */
  tell(note: AuditNote, written: (sequence: number) => void = () => undefined): void {
    const accepted = this.#queue({ note, atUtcMs: this.#now(), written, failed: () => undefined })
    // Nothing is lost in silence: the number stands in the chain itself, once there is room again.
    if (!accepted) this.#lost++
  }

  /** Where the chain ends on the disk. */
  async end(): Promise<ChainEnd> {
    return await this.#tail()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#writing
  }

  #queue(waiting: Waiting): boolean {
    if (this.#stopped || this.#waiting.length >= this.#mostWaiting) return false
    this.#waiting.push(waiting)
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = null
    })
    return true
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, this.#uncertain?.entries ?? mostAtOnce)
      try {
        const first = await this.#write(batch)
        this.#waiting.splice(0, batch.length)
        batch.forEach(({ written }, i) => {
          written(first + i)
        })
      } catch (error) {
        this.#end = null
        // Somebody else has written meanwhile: behind his entries, at once.
        if (isTaken(error)) continue
        this.#log.error({ err: error, waiting: this.#waiting.length }, 'audit not written')
        if (this.#stopped) break
        await sleep(tryAgainMs)
      }
    }
    for (const { failed } of this.#waiting.splice(0)) failed(unavailable())
  }

  /** @returns the sequence of the first of them */
  async #write(batch: readonly Waiting[]): Promise<number> {
    const before = await this.#tail()
    const uncertain = this.#uncertain
    this.#uncertain = null
    if (uncertain?.sequence === before.sequence && uncertain.hash.equals(before.hash))
      return before.sequence - batch.length + 1
    const lost = this.#lost
    const chained = chainOf(lost === 0 ? batch : [this.#loss(), ...batch], before)
    const end = { sequence: before.sequence + chained.length, hash: chained.at(-1)?.hash ?? before.hash }
    this.#uncertain = { ...end, entries: batch.length }
    await insert(this.#db, chained)
    this.#uncertain = null
    this.#end = end
    this.#lost -= lost
    return end.sequence - batch.length + 1
  }

  #loss(): Waiting {
    const what = { act: 'audit.lose', subject: null, outcome: 'done', begunIn: null } as const
    const note = { ...what, actor: gatewayItself, detail: { entries: this.#lost } }
    return { note, atUtcMs: this.#now(), written: () => undefined, failed: () => undefined }
  }

  /** Read again after every failure: it is not known then what had reached the disk. */
  async #tail(): Promise<ChainEnd> {
    if (this.#end !== null) return this.#end
    const row = await this.#db
      .selectFrom('audit_entries')
      .select(['sequence', 'hash'])
      .orderBy('sequence', 'desc')
      .limit(1)
      .executeTakeFirst()
    this.#end = row ?? { sequence: 0, hash: chainStart }
    return this.#end
  }
}

function chainOf(batch: readonly Waiting[], before: ChainEnd): Chained[] {
  let { sequence, hash } = before
  return batch.map(({ note, atUtcMs }) => {
    const entry = { ...note, sequence: ++sequence, atUtcMs, detail: detailText(note.detail) }
    hash = chainHash(hash, entry)
    return { entry, hash }
  })
}

function detailText(detail: AuditNote['detail']): string | null {
  if (detail === null) return null
  const text = JSON.stringify(detail)
  const bytes = Buffer.byteLength(text)
  // A NUL is no text to PostgreSQL.
  if (bytes <= longestDetailBytes && !text.includes('\\u0000')) return text
  return JSON.stringify({ tooLong: bytes })
}

async function insert(db: Db, chained: readonly Chained[]): Promise<void> {
  const of = <T>(pick: (entry: AuditEntry) => T) => chained.map(({ entry }) => pick(entry))
  await sql`insert into audit_entries
    (sequence, at, account_id, username, address, act, subject, outcome, begun_in, detail, hash)
    select * from unnest(
      ${of((entry) => entry.sequence)}::bigint[],
      ${of((entry) => new Date(entry.atUtcMs))}::timestamptz[],
      ${of((entry) => entry.actor.accountId)}::text[],
      ${of((entry) => entry.actor.username)}::text[],
      ${of((entry) => entry.actor.address)}::text[],
      ${of((entry) => entry.act)}::text[],
      ${of((entry) => entry.subject)}::text[],
      ${of((entry) => entry.outcome)}::text[],
      ${of((entry) => entry.begunIn)}::bigint[],
      ${of((entry) => entry.detail)}::text[],
      ${chained.map(({ hash }) => hash)}::bytea[])`.execute(db)
}

/** SQLSTATE unique_violation: the sequence is there already. */
function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23505'
}

function unavailable(): GatewayError {
  return new GatewayError({
    kind: 'unavailable',
    code: 'audit-unavailable',
    message: 'the audit trail cannot be written, and this is not done unwritten',
  })
}
