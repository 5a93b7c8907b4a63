import { setImmediate as breathe } from 'node:timers/promises'
import type { AuditVerification } from '../../contract/audit.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { Db } from '../../platform/database.ts'
import type { Log } from '../../platform/log.ts'
import type { InstallationKey } from '../installation-key.ts'
import { chainStart } from './chain.ts'
import type { AuditHeads } from './heads.ts'
import { ChainInspection } from './inspection.ts'
import { auditPages, foundEntry, readHeads } from './store.ts'

export interface AuditVerifierOptions {
  readonly db: Db
  readonly log: Log
  readonly heads: Pick<AuditHeads, 'last' | 'sign'>
  readonly key: InstallationKey
}

const never: AuditVerification = {
  state: 'never',
  startedAt: null,
  finishedAt: null,
  checked: 0,
  total: 0,
  heads: 0,
  flaws: [],
}

/** Goes over the whole trail, one such walk at a time, in the background. */
export class AuditVerifier {
  readonly #options: AuditVerifierOptions
  #now: AuditVerification = never
  #stopped = false
  #walk: Promise<void> = Promise.resolve()

  constructor(options: AuditVerifierOptions) {
    this.#options = options
  }

  get now(): AuditVerification {
    return this.#now
  }

  /** Throws `audit-verification-running`. */
  start(): AuditVerification {
    if (this.#now.state === 'running')
      throw new GatewayError({
        kind: 'conflict',
        code: 'audit-verification-running',
        message: 'the trail is being verified already',
      })
    this.#now = { ...never, state: 'running', startedAt: new Date().toISOString() }
    this.#walk = this.#go().catch((error: unknown) => {
      this.#options.log.warn({ err: error }, 'audit trail not verified')
      this.#now = { ...this.#now, state: 'failed', finishedAt: new Date().toISOString() }
    })
    return this.#now
  }

  /** Ends when the walk under way does. */
  async finished(): Promise<AuditVerification> {
    await this.#walk
    return this.#now
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#walk
  }

  async #go(): Promise<void> {
    const { db, heads, key, log } = this.#options
    const kept = await readHeads(db, key.publicKey)
    // It lies outside the database: a trail that was shortened there does not reach so far.
    const last = await heads.last()
    const known = last === null ? kept : [...kept, last]
    const inspection = new ChainInspection({ sequence: 0, hash: chainStart }, known)
    // From here on every entry that is there now stands under a signature.
    const { sequence: total } = await heads.sign()
    this.#now = { ...this.#now, total, heads: known.length }
    for await (const rows of auditPages(db, { after: 0 })) {
      for (const row of rows) inspection.follow(foundEntry(row))
      this.#now = { ...this.#now, checked: inspection.checked, flaws: [...inspection.flaws] }
      if (this.#stopped) throw new Error('stopped')
      await breathe()
    }
    const flaws = [...inspection.end()]
    this.#now = { ...this.#now, state: 'done', finishedAt: new Date().toISOString(), flaws }
    if (flaws.length > 0) log.error({ flaws: flaws.slice(0, 5) }, 'the audit trail does not hold')
  }
}
