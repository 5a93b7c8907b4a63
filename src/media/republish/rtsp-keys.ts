import { createHash, randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { CredentialSeal } from '../../access/credential-seal.ts'
import { readRights } from '../../access/rights.ts'
import type { ListedRtspKey } from '../../contract/rtsp-keys.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { AccountId } from '../../domain/ids.ts'
import type { Principal, Role } from '../../domain/policy.ts'
import { readCursor, writeCursor } from '../../platform/cursor.ts'
import type { Db } from '../../platform/database.ts'
import type { KeySecrets } from './digest.ts'

/** Part of every secret: changing it voids all keys. */
export const realm = 'Xueliang Gateway'

/** A key that opens, and whose rights it has. */
export interface FoundKey {
  readonly username: string
  readonly secrets: KeySecrets
  readonly principal: Principal
}

const columns = ['id', 'account_id', 'name', 'username', 'created_at'] as const
const mostKeys = 10_000

/** The keys of readers by RTSP: made once, shown once, kept only as what Digest compares with. */
export class RtspKeys {
  readonly #db: Db
  readonly #seal: CredentialSeal
  readonly #listeners = new Set<(username: string) => void>()

  constructor({ db, seal }: { readonly db: Db; readonly seal: CredentialSeal }) {
    this.#db = db
    this.#seal = seal
  }

  /** Told at once about every key that is revoked here. */
  onRevoked(listener: (username: string) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  async list(limit: number, cursor?: string): Promise<{ items: ListedRtspKey[]; nextCursor: string | null }> {
    const after = cursor === undefined ? null : readCursor(cursor, ['string', 'string']).map(String)
    const rows = await this.#db
      .selectFrom('rtsp_keys')
      .select(columns)
      .$if(after !== null, (query) =>
        query.where(sql<boolean>`(name, id) > (${after?.[0] ?? ''}, ${after?.[1] ?? ''})`),
      )
      .orderBy('name')
      .orderBy('id')
      .limit(limit + 1)
      .execute()
    const items = rows.slice(0, limit).map(listed)
    const last = items.at(-1)
    return { items, nextCursor: rows.length > limit && last ? writeCursor([last.name, last.id]) : null }
  }

  async create(accountId: AccountId, name: string): Promise<{ key: ListedRtspKey; password: string }> {
    const account = await this.#db
      .selectFrom('accounts')
      .select('id')
      .where('id', '=', accountId)
      .executeTakeFirst()
    if (account === undefined)
      throw new GatewayError({
        kind: 'not-found',
        code: 'account-unknown',
        message: 'there is no such account',
      })
    const { count } = await this.#db
      .selectFrom('rtsp_keys')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow()
    if (count >= mostKeys)
      throw new GatewayError({
        kind: 'conflict',
        code: 'rtsp-keys-full',
        message: 'revoke unused keys first',
      })
    const id = uuidv7()
    // Readers keep name and password in one URL: nothing in them needs to be escaped there.
    const username = `r${randomBytes(6).toString('hex')}`
    const password = randomBytes(18).toString('base64url')
    const row = await this.#db
      .insertInto('rtsp_keys')
      .values({
        id,
        account_id: accountId,
        name,
        username,
        secrets_sealed: this.#seal.seal(JSON.stringify(secretsOf(username, password)), id),
      })
      .returning(columns)
      .executeTakeFirstOrThrow()
    return { key: listed(row), password }
  }

  async revoke(id: string): Promise<void> {
    const row = await this.#db
      .deleteFrom('rtsp_keys')
      .where('id', '=', id)
      .returning('username')
      .executeTakeFirst()
    if (row === undefined)
      throw new GatewayError({ kind: 'not-found', code: 'rtsp-key-unknown', message: 'there is no such key' })
    for (const listener of this.#listeners) listener(row.username)
  }

  /** Null for a name that is no key's, or whose account is disabled. */
  async find(username: string): Promise<FoundKey | null> {
    const row = await this.#withAccounts()
      .select(['rtsp_keys.id', 'rtsp_keys.secrets_sealed'])
      .where('rtsp_keys.username', '=', username)
      .executeTakeFirst()
    if (row === undefined) return null
    const secrets = JSON.parse(this.#seal.open(row.secrets_sealed, row.id)) as KeySecrets
    return { username, secrets, principal: await this.#principalOf(row) }
  }

  /** What the keys in use are still worth, by their names; who is missing is nobody any more. */
  async principals(usernames: readonly string[]): Promise<ReadonlyMap<string, Principal>> {
    const rows = await this.#withAccounts()
      .where('rtsp_keys.username', 'in', [...usernames])
      .execute()
    const principals = await Promise.all(rows.map((row) => this.#principalOf(row)))
    return new Map(rows.map(({ username }, i) => [username, principals[i] as Principal]))
  }

  /** A key is no password: that its account must still choose one of its own does not matter to it. */
  async #principalOf(row: { account_id: string; account: string; role: Role }): Promise<Principal> {
    return {
      accountId: row.account_id as AccountId,
      username: row.account,
      role: row.role,
      mustChangePassword: false,
      rights: await readRights(this.#db, { id: row.account_id, role: row.role }),
    }
  }

  #withAccounts() {
    return this.#db
      .selectFrom('rtsp_keys')
      .innerJoin('accounts', 'accounts.id', 'rtsp_keys.account_id')
      .select([
        'rtsp_keys.username',
        'accounts.id as account_id',
        'accounts.username as account',
        'accounts.role',
      ])
      .where('accounts.disabled_at', 'is', null)
  }
}

function secretsOf(username: string, password: string): KeySecrets {
  const hash = (algorithm: string) =>
    createHash(algorithm).update(`${username}:${realm}:${password}`).digest('hex')
  return { md5: hash('md5'), sha256: hash('sha256') }
}

function listed(row: {
  id: string
  account_id: string
  name: string
  username: string
  created_at: Date
}): ListedRtspKey {
  return {
    id: row.id,
    accountId: row.account_id,
    name: row.name,
    username: row.username,
    createdAt: row.created_at.toISOString(),
  }
}
