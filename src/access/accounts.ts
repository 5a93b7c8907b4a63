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

const columns = [
  'accounts.id',
  'username',
  'role',
  'must_change_password',
  'disabled_at',
  'accounts.created_at',
  'unit_id',
] as const
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
      .leftJoin('units', 'units.id', 'accounts.unit_id')
      .select([...columns, 'units.name as unit_name'])
      .$if(after !== null, (query) => query.where('username', '>', after))
      .orderBy('username')
      .limit(limit + 1)
      .execute()
    const page = pageOf(rows, limit, ({ username }) => [username])
    return { items: page.rows.map(listed), nextCursor: page.nextCursor }
  }

  /** Throws `username-taken`, `unit-unknown`. */
  async create({ username, role, unitId = null }: NewAccount): Promise<AccountWithPassword> {
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
          unit_id: unitId,
        })
        .returning('id')
        .executeTakeFirstOrThrow()
      return { account: await this.#find(row.id), oneTimePassword: password }
    } catch (error) {
      if (isUnitMissing(error)) throw unitUnknown(error)
      if ((error as { code?: unknown }).code !== uniqueViolation) throw error
      throw new GatewayError({
        kind: 'conflict',
        code: 'username-taken',
        message: `there is an account ${name} already`,
        details: { field: 'username' },
      })
    }
  }

  /** Ends the account's sessions: what they were allowed is no longer so. Throws `unit-unknown`. */
  async change(id: AccountId, patch: AccountPatch): Promise<ListedAccount> {
    const { role, disabled, unitId } = patch
    try {
      await this.#db.transaction().execute(async (transaction) => {
        await otherAdministratorStays(transaction, id, patch)
        const disabledAt = disabled === true ? sql<Date>`coalesce(disabled_at, now())` : null
        const { numUpdatedRows } = await transaction
          .updateTable('accounts')
          .set({
            id,
            ...(role === undefined ? {} : { role }),
            ...(unitId === undefined ? {} : { unit_id: unitId }),
            ...(disabled === undefined ? {} : { disabled_at: disabledAt }),
          })
          .where('id', '=', id)
          .executeTakeFirst()
        if (numUpdatedRows === 0n) throw unknown()
      })
    } catch (error) {
      throw isUnitMissing(error) ? unitUnknown(error) : error
    }
    await this.#sessions.endAll(id)
    return await this.#find(id)
  }

  async resetPassword(id: AccountId): Promise<AccountWithPassword> {
    const password = oneTimePassword()
    const { numUpdatedRows } = await this.#db
      .updateTable('accounts')
      .set({ password_hash: await this.#passwords.hash(password), must_change_password: true })
      .where('id', '=', id)
      .executeTakeFirst()
    if (numUpdatedRows === 0n) throw unknown()
    await this.#sessions.endAll(id)
    return { account: await this.#find(id), oneTimePassword: password }
  }

  async #find(id: string): Promise<ListedAccount> {
    const row = await this.#db
      .selectFrom('accounts')
      .leftJoin('units', 'units.id', 'accounts.unit_id')
      .select([...columns, 'units.name as unit_name'])
      .where('accounts.id', '=', id)
      .executeTakeFirst()
    if (row === undefined) throw unknown()
    return listed(row)
  }
}

/**
 * Somebody must administer the whole gateway: whoever belongs to a unit does not. The rows are locked, so
 * that two administrators cannot remove each other at the same moment.
 */
async function otherAdministratorStays(
  transaction: Transaction<Tables>,
  id: AccountId,
  patch: AccountPatch,
): Promise<void> {
  const stays = (patch.role ?? 'administrator') === 'administrator' && (patch.unitId ?? null) === null
  if (patch.disabled !== true && stays) return
  const administrators = await transaction
    .selectFrom('accounts')
    .select('id')
    .where('role', '=', 'administrator')
    .where('unit_id', 'is', null)
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

/** The constraint that PostgreSQL names for a home that is not there. */
function isUnitMissing(error: unknown): boolean {
  return error instanceof Error && 'constraint' in error && error.constraint === 'accounts_unit_id_fkey'
}

function unitUnknown(cause: unknown): GatewayError {
  return new GatewayError({ kind: 'invalid', code: 'unit-unknown', message: 'there is no such unit', cause })
}

function listed(row: {
  id: string
  username: string
  role: ListedAccount['role']
  must_change_password: boolean
  disabled_at: Date | null
  created_at: Date
  unit_id: string | null
  unit_name: string | null
}): ListedAccount {
  return {
    id: row.id,
    username: row.username,
    role: row.role,
    mustChangePassword: row.must_change_password,
    unitId: row.unit_id,
    unitName: row.unit_name,
    disabledAt: row.disabled_at?.toISOString() ?? null,
    createdAt: row.created_at.toISOString(),
  }
}
