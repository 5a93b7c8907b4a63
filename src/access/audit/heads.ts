import { mkdir, open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { Compile } from 'typebox/compile'
import { AuditHead } from '../../contract/audit.ts'
import type { Db } from '../../platform/database.ts'
import type { Log } from '../../platform/log.ts'
import { type InstallationKey, isSignedBy } from '../installation-key.ts'
import type { AuditTrail, ChainEnd } from './trail.ts'

export interface AuditHeadsOptions {
  readonly db: Db
  readonly log: Log
  readonly trail: Pick<AuditTrail, 'end'>
  readonly key: InstallationKey
  readonly dataDir: string
}

const signEveryMs = 10_000
const keepEveryMs = 10 * 60_000

/** What is signed; the first words keep it from being taken for anything else that this key signs. */
function headMessage({ sequence, hash, signedAt }: Pick<AuditHead, 'sequence' | 'hash' | 'signedAt'>) {
  return `xueliang audit head\n${sequence}\n${hash}\n${signedAt}`
}

export function isHeadSigned(head: AuditHead): boolean {
  const publicKey = Buffer.from(head.publicKey, 'hex')
  return isSignedBy(publicKey, headMessage(head), Buffer.from(head.signature, 'hex'))
}

/**
 * Signs where the chain ends: into a file outside the database every few seconds, into the database
 * every ten minutes. Whoever shortens or rewrites the trail in the database needs the key as well, and
 * the heads that others have copied (`GET /api/v1/audit/head`) cannot be taken back at all.
 */
export class AuditHeads {
  readonly #options: AuditHeadsOptions
  readonly #folder: string
  readonly #timer: NodeJS.Timeout
  #signed = -1
  #keptMs = -Infinity
  #signing: Promise<unknown> = Promise.resolve()

  constructor(options: AuditHeadsOptions) {
    this.#options = options
    this.#folder = join(options.dataDir, 'audit')
    this.#timer = setInterval(() => {
      this.sign().catch((error: unknown) => options.log.warn({ err: error }, 'audit head not signed'))
    }, signEveryMs)
    this.#timer.unref()
  }

  /** The present end, signed. */
  sign(): Promise<AuditHead> {
    const signing = this.#signing.catch(() => undefined).then(() => this.#sign())
    this.#signing = signing
    return signing
  }

  /** The last head that was written beside the database; null: none was. */
  async last(): Promise<AuditHead | null> {
    try {
      const file = await open(join(this.#folder, 'head.json'))
      try {
        const head: unknown = JSON.parse(await file.readFile('utf8'))
        return headCheck.Check(head) ? head : null
      } finally {
        await file.close()
      }
    } catch {
      return null
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.sign()
  }

  async #sign(): Promise<AuditHead> {
    const end = await this.#options.trail.end()
    const head = this.#headOf(end)
    if (end.sequence !== this.#signed) await this.#write(head)
    this.#signed = end.sequence
    return head
  }

  #headOf({ sequence, hash }: ChainEnd): AuditHead {
    const { key } = this.#options
    const bare = { sequence, hash: hash.toString('hex'), signedAt: new Date().toISOString() }
    const signature = key.sign(headMessage(bare)).toString('hex')
    return { ...bare, signature, publicKey: key.publicKey.toString('hex') }
  }

  async #write(head: AuditHead): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const path = join(this.#folder, 'head.json')
    const file = await open(`${path}.new`, 'w', 0o600)
    try {
      await file.writeFile(`${JSON.stringify(head)}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(`${path}.new`, path)
    if (performance.now() - this.#keptMs < keepEveryMs) return
    await this.#options.db
      .insertInto('audit_heads')
      .values({
        sequence: head.sequence,
        hash: Buffer.from(head.hash, 'hex'),
        signed_at: new Date(head.signedAt),
        signature: Buffer.from(head.signature, 'hex'),
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    this.#keptMs = performance.now()
  }
}

const headCheck = Compile(AuditHead)
