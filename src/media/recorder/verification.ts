import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Shortfall } from '../../contract/system.ts'
import type { Db } from '../../platform/database.ts'
import type { Log } from '../../platform/log.ts'

export interface VerificationOptions {
  readonly db: Db
  readonly log: Log
  /** DATA_DIR/recordings */
  readonly root: string
  /** For tests that cannot wait. */
  readonly bytesPerS?: number
}

/** Slow beside everything else that reads the disk: a terabyte takes some three days. */
const usualBytesPerS = 4 * 2 ** 20
const together = 20
/** Nothing is recorded yet, or the database is away. */
const restMs = 60_000

/**
 * Reads recorded files again, oldest first and for ever, and holds them against the hashes that were made
 * when they were written. What has changed since is marked, told and never taken for whole.
 */
export class Verification {
  readonly #options: VerificationOptions
  readonly #stopping = new AbortController()
  #running: Promise<void> = Promise.resolve()
  #damaged = 0

  constructor(options: VerificationOptions) {
    this.#options = options
  }

  start(): void {
    this.#running = this.#run()
  }

  shortfalls(): Shortfall[] {
    if (this.#damaged === 0) return []
    return [
      {
        code: 'recordings-damaged',
        text: `${this.#damaged} recorded files are not what was written`,
        remedy:
          'Check the disk of DATA_DIR; the footage is marked as damaged and stays until its time is over.',
      },
    ]
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const found = await this.#next().catch((error: unknown) => {
        if (!signal.aborted) this.#options.log.warn({ err: error }, 'recordings not verified')
        return 0
      })
      if (found === 0) await sleep(restMs, undefined, { signal }).catch(() => undefined)
    }
  }

  /** Returns how many were looked at. */
  async #next(): Promise<number> {
    const { db } = this.#options
    const { signal } = this.#stopping
    const progress = await db.selectFrom('recording_verification').select('last_id').executeTakeFirst()
    const rows = await db
      .selectFrom('recording_segments')
      .select(['id', 'path', 'bytes', 'sha256', 'intact'])
      .where('id', '>', progress?.last_id ?? 0)
      .orderBy('id')
      .limit(together)
      .execute()
    for (const row of rows) {
      if (signal.aborted) return rows.length
      const intact = await this.#isIntact(row)
      if (intact !== null) await this.#note(row, intact)
    }
    // At the end it begins anew, after a rest.
    await this.#remember(rows.at(-1)?.id ?? 0)
    const { count } = await db
      .selectFrom('recording_segments')
      .select((each) => each.fn.countAll<number>().as('count'))
      .where('intact', '=', false)
      .executeTakeFirstOrThrow()
    this.#damaged = count
    return rows.length
  }

  /** Null: it has been deleted meanwhile; the start's reconcile knows what is missing without reason. */
  async #isIntact({ path, bytes, sha256 }: { path: string; bytes: number; sha256: Buffer }) {
    const { root, bytesPerS = usualBytesPerS } = this.#options
    const { signal } = this.#stopping
    const hash = createHash('sha256')
    let read = 0
    try {
      for await (const chunk of createReadStream(join(root, path), { signal }) as AsyncIterable<Buffer>) {
        hash.update(chunk)
        read += chunk.length
        await sleep((chunk.length / bytesPerS) * 1000, undefined, { signal })
      }
    } catch (error) {
      if (signal.aborted || (error as { code?: unknown }).code === 'ENOENT') return null
      this.#options.log.error({ err: error, path }, 'a recorded file cannot be read')
      return false
    }
    return read === bytes && hash.digest().equals(sha256)
  }

  async #note(row: { id: number; path: string; intact: boolean | null }, intact: boolean): Promise<void> {
    const { db, log } = this.#options
    if (!intact && row.intact !== false)
      log.error({ path: row.path }, 'a recorded file is not what was written')
    await db
      .updateTable('recording_segments')
      .set({ verified_at: new Date(), intact })
      .where('id', '=', row.id)
      .execute()
  }

  async #remember(lastId: number): Promise<void> {
    await this.#options.db
      .insertInto('recording_verification')
      .values({ last_id: lastId })
      .onConflict((conflict) => conflict.column('only_row').doUpdateSet({ last_id: lastId }))
      .execute()
  }
}
