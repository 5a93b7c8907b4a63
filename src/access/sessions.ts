import { createHash, randomBytes } from 'node:crypto'
import type { AccountId } from '../domain/ids.ts'
import type { Principal } from '../domain/policy.ts'
import type { UtcMs } from '../domain/time.ts'
import type { Db } from '../platform/database.ts'
import { readRights } from './rights.ts'

/** What a valid token stands for. */
export interface SignedIn {
  readonly principal: Principal
  /** Names the session without giving the token away. */
  readonly sessionKey: string
  readonly expiresUtcMs: UtcMs
}

export interface SessionRow {
  readonly token_hash: Buffer
  readonly account_id: string
  readonly username: string
  readonly created_at: Date
  readonly last_used_at: Date
  readonly expires_at: Date
  readonly client: string
}

export interface StartedSession {
  /** Told once; only its hash is kept. */
  readonly token: string
  readonly expiresUtcMs: UtcMs
}

/** A shift and its handover: a wall that is being watched asks all the time and never gets so old. */
const idleMs = 12 * 3_600_000
export const longestMs = 30 * 24 * 3_600_000
/** Being used is written down this often at most. */
const touchMs = 5 * 60_000
const cacheMs = 10_000
const mostCached = 1_000
const mostListed = 500
const tokenForm = /^[A-Za-z0-9_-]{43}$/
const longestClient = 200

/**
 * Sessions live in the database and can be ended there at any time. What was read is kept for some
 * seconds, because a wall asks for dozens of segments a second; ending a session here forgets it at once.
 */
export class Sessions {
  readonly #db: Db
  readonly #now: () => UtcMs
  readonly #cache = new Map<string, { signedIn: SignedIn; readUtcMs: UtcMs }>()
  readonly #listeners = new Set<(sessionKey: string) => void>()
  readonly #changeListeners = new Set<(accountId: AccountId | null) => void>()
  #endings = 0

  constructor(db: Db, now: () => UtcMs = Date.now) {
    this.#db = db
    this.#now = now
  }

  async start(accountId: AccountId, client: string): Promise<StartedSession> {
    const nowUtcMs = this.#now()
    await this.#db.deleteFrom('sessions').where('expires_at', '<=', new Date(nowUtcMs)).execute()
    const token = randomBytes(32).toString('base64url')
    const expiresUtcMs = nowUtcMs + idleMs
    await this.#db
      .insertInto('sessions')
      .values({
        token_hash: hashOf(token),
        account_id: accountId,
        created_at: new Date(nowUtcMs),
        last_used_at: new Date(nowUtcMs),
        expires_at: new Date(expiresUtcMs),
        client: client.replaceAll('\0', '').slice(0, longestClient),
      })
      .execute()
    return { token, expiresUtcMs }
  }

  /** Null for anything that is not the token of a session which goes on. */
  async find(token: string): Promise<SignedIn | null> {
    if (!tokenForm.test(token)) return null
    return this.findByKey(hashOf(token).toString('hex'))
  }

  async findByKey(sessionKey: string): Promise<SignedIn | null> {
    const nowUtcMs = this.#now()
    const cached = this.#cache.get(sessionKey)
    if (cached !== undefined && nowUtcMs - cached.readUtcMs < cacheMs)
      return cached.signedIn.expiresUtcMs > nowUtcMs ? cached.signedIn : null
    const endings = this.#endings
    const signedIn = await this.#read(sessionKey, nowUtcMs)
    this.#cache.delete(sessionKey)
    // A session that ended while it was being read must not come back to life.
    if (signedIn !== null && endings === this.#endings) this.#keep(sessionKey, signedIn, nowUtcMs)
    return signedIn
  }

  async end(sessionKey: string): Promise<void> {
    await this.#db.deleteFrom('sessions').where('token_hash', '=', Buffer.from(sessionKey, 'hex')).execute()
    this.#ended([sessionKey])
  }

  /** @param except the session that stays, where one does */
  async endAll(accountId: AccountId, except: string | null = null): Promise<void> {
    const ended = await this.#db
      .deleteFrom('sessions')
      .where('account_id', '=', accountId)
      .$if(except !== null, (query) => query.where('token_hash', '!=', Buffer.from(except ?? '', 'hex')))
      .returning('token_hash')
      .execute()
    this.#ended(ended.map((row) => row.token_hash.toString('hex')))
    if (except !== null) this.#cache.delete(except)
  }

  /** The newest sessions of one account, or of all. */
  async list(accountId: AccountId | null): Promise<SessionRow[]> {
    return await this.#db
      .selectFrom('sessions')
      .innerJoin('accounts', 'accounts.id', 'sessions.account_id')
      .select([
        'sessions.token_hash',
        'sessions.account_id',
        'sessions.created_at',
        'sessions.last_used_at',
        'sessions.expires_at',
        'sessions.client',
        'accounts.username',
      ])
      .where('sessions.expires_at', '>', new Date(this.#now()))
      .$if(accountId !== null, (query) => query.where('sessions.account_id', '=', accountId ?? ''))
      .orderBy('sessions.last_used_at', 'desc')
      .limit(mostListed)
      .execute()
  }

  /**
   * What an account may do, or every one, is not what it was: whoever goes on being served is to be asked
   * again.
   */
  changed(accountId: AccountId | null): void {
    this.#endings += 1
    for (const [key, { signedIn }] of this.#cache)
      if (accountId === null || signedIn.principal.accountId === accountId) this.#cache.delete(key)
    for (const listener of this.#changeListeners) listener(accountId)
  }

  /** Told at once when what an account may do is changed here; null: every account. */
  onChanged(listener: (accountId: AccountId | null) => void): () => void {
    this.#changeListeners.add(listener)
    return () => void this.#changeListeners.delete(listener)
  }

  /** Told at once about every session that is ended here; not about those that run out. */
  onEnded(listener: (sessionKey: string) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  #ended(sessionKeys: readonly string[]): void {
    this.#endings += 1
    for (const key of sessionKeys) {
      this.#cache.delete(key)
      for (const listener of this.#listeners) listener(key)
    }
  }

  #keep(sessionKey: string, signedIn: SignedIn, readUtcMs: UtcMs): void {
    const [oldest] = this.#cache.keys()
    if (oldest !== undefined && this.#cache.size >= mostCached) this.#cache.delete(oldest)
    this.#cache.set(sessionKey, { signedIn, readUtcMs })
  }

  async #read(sessionKey: string, nowUtcMs: UtcMs): Promise<SignedIn | null> {
    const hash = Buffer.from(sessionKey, 'hex')
    const row = await this.#db
      .selectFrom('sessions')
      .innerJoin('accounts', 'accounts.id', 'sessions.account_id')
      .select([
        'sessions.created_at',
        'sessions.last_used_at',
        'sessions.expires_at',
        'accounts.id',
        'accounts.username',
        'accounts.role',
        'accounts.must_change_password',
      ])
      .where('sessions.token_hash', '=', hash)
      .where('sessions.expires_at', '>', new Date(nowUtcMs))
      .where('accounts.disabled_at', 'is', null)
      .executeTakeFirst()
    if (row === undefined) return null
    let expiresUtcMs = row.expires_at.getTime()
    if (nowUtcMs - row.last_used_at.getTime() > touchMs) {
      expiresUtcMs = Math.min(nowUtcMs + idleMs, row.created_at.getTime() + longestMs)
      await this.#db
        .updateTable('sessions')
        .set({ last_used_at: new Date(nowUtcMs), expires_at: new Date(expiresUtcMs) })
        .where('token_hash', '=', hash)
        .execute()
    }
    const rights = await readRights(this.#db, row)
    return {
      principal: {
        accountId: row.id as AccountId,
        username: row.username,
        role: row.role,
        mustChangePassword: row.must_change_password,
        rights,
      },
      sessionKey,
      expiresUtcMs,
    }
  }
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
