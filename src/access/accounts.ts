import { sql, type Transaction } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { AccountPatch, AccountWithPassword, ListedAccount, NewAccount } from '../contract/accounts.ts'
import { GatewayError } from '../domain/errors.ts'
import type { AccountId } from '../domain/ids.ts'
import { pageOf, readCursor } from '../platform/cursor.ts'
import type { Db } from '../platform/database.ts'
import type { Tables } from '../platform/tables.ts'
import { oneTimePassword, type Passwords } from './passwords.ts'
import type { Sessions } from './sessions.ts'

export interface AccountServices {
  readonly db: Db
  readonly sessions: Sessions
  readonly passwords: Passwords
}

const columns = ['id', 'username', 'role', 'must_change_password', 'disabled_at', 'created_at'] as const
const uniqueViolation = '23505'

/** One name however it is typed: case and width (全角) do not tell accounts apart. */
export function normalUsername(typed: string): string {
  return typed.normalize('NFKC').trim().toLowerCase()
}

/** The accounts, as the administrator sees and changes them. */
export class Accounts {
  readonly #db: Db
  readonly #sessions: Sessions
  readonly #passwords: Passwords

  constructor({ db, sessions, passwords }: AccountServices) {
    this.#db = db
    this.#sessions = sessions
    this.#passwords = passwords
  }

  async list(limit: number, cursor?: string): Promise<{ items: ListedAccount[]; nextCursor: string | null }> {
    const after = cursor === undefined ? null : String(readCursor(cursor, ['string'])[0])
    const rows = await this.#db
      .selectFrom('accounts')
      .select(columns)
      .$if(after !== null, (query) => query.where('username', '>', after))
      .orderBy('username')
      .limit(limit + 1)
      .execute()
    const page = pageOf(rows, limit, ({ username }) => [username])
    return { items: page.rows.map(listed), nextCursor: page.nextCursor }
  }

  async create({ username, role }: NewAccount): Promise<AccountWithPassword> {
    const password = oneTimePassword()
    const name = normalUsername(username)
    try {
      const row = await this.#db
        .insertInto('accounts')
        .values({
          id: uuidv7(),
          username: name,
          role,
          password_hash: await this.#passwords.hash(password),
          must_change_password: true,
        })
        .returning(columns)
        .executeTakeFirstOrThrow()
      return { account: listed(row), oneTimePassword: password }
    } catch (error) {
      if ((error as { code?: unknown }).code !== uniqueViolation) throw error
      throw new GatewayError({
        kind: 'conflict',
        code: 'username-taken',
        message: `there is an account ${name} already`,
        details: { field: 'username' },
      })
    }
  }

  /** Ends the account's sessions: what they were allowed is no longer so. */
  async change(id: AccountId, patch: AccountPatch): Promise<ListedAccount> {
    const account = await this.#db.transaction().execute(async (transaction) => {
      await otherAdministratorStays(transaction, id, patch)
      const row = await transaction
        .updateTable('accounts')
        .$if(patch.role !== undefined, (query) => query.set({ role: patch.role ?? 'viewer' }))
        .set({
          disabled_at:
            patch.disabled === undefined
              ? sql<Date | null>`disabled_at`
              : patch.disabled
                ? sql<Date>`coalesce(disabled_at, now())`
                : null,
        })
        .where('id', '=', id)
        .returning(columns)
        .executeTakeFirst()
      return row === undefined ? null : listed(row)
    })
    if (account === null) throw unknown()
    await this.#sessions.endAll(id)
    return account
  }

  async resetPassword(id: AccountId): Promise<AccountWithPassword> {
    const password = oneTimePassword()
    const row = await this.#db
      .updateTable('accounts')
      .set({ password_hash: await this.#passwords.hash(password), must_change_password: true })
      .where('id', '=', id)
      .returning(columns)
      .executeTakeFirst()
    if (row === undefined) throw unknown()
    await this.#sessions.endAll(id)
    return { account: listed(row), oneTimePassword: password }
  }
}

/** The rows are locked, so that two administrators cannot remove each other at the same moment. */
async function otherAdministratorStays(
  transaction: Transaction<Tables>,
  id: AccountId,
  patch: AccountPatch,
): Promise<void> {
  if (patch.disabled !== true && (patch.role ?? 'administrator') === 'administrator') return
  const administrators = await transaction
    .selectFrom('accounts')
    .select('id')
    .where('role', '=', 'administrator')
    .where('disabled_at', 'is', null)
    .orderBy('id')
    .forUpdate()
    .execute()
  if (administrators.length === 1 && administrators[0]?.id === id)
    throw new GatewayError({
      kind: 'conflict',
      code: 'last-administrator',
      message: 'this is the last account that may administer',
    })
}

function unknown(): GatewayError {
  return new GatewayError({ kind: 'not-found', code: 'account-unknown', message: 'there is no such account' })
}

function listed(row: {
  id: string
  username: string
  role: ListedAccount['role']
  must_change_password: boolean
  disabled_at: Date | null
  created_at: Date
}): ListedAccount {
  return {
    id: row.id,
    username: row.username,
    role: row.role,
    mustChangePassword: row.must_change_password,
    disabledAt: row.disabled_at?.toISOString() ?? null,
    createdAt: row.created_at.toISOString(),
  }
}
