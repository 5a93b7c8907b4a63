import { v7 as uuidv7 } from 'uuid'
import type { AccountId } from '../domain/ids.ts'
import type { AccountServices } from './accounts.ts'
import { oneTimePassword } from './passwords.ts'

export interface FirstSignIn {
  readonly username: string
  /** To be printed once; only its hash is kept. */
  readonly password: string
}

/**
 * Sees to it that somebody can administer. While no administrator has a password of their own, every
 * start makes a new one-time password (the one before is void), so that a terminal which was closed too
 * early locks nobody out: until then nothing but that change is possible, so nothing is lost. From then
 * on it does nothing. Null when there is nothing to print: `adminPassword` is known to whoever set it.
 */
export async function ensureAdministrator(
  { db, sessions, passwords }: AccountServices,
  adminPassword?: string,
): Promise<FirstSignIn | null> {
  const administrators = await db
    .selectFrom('accounts')
    .select(['username', 'must_change_password'])
    .where('role', '=', 'administrator')
    .where('unit_id', 'is', null)
    .where('disabled_at', 'is', null)
    .orderBy('created_at')
    .execute()
  if (administrators.some((account) => !account.must_change_password)) return null
  const username = administrators[0]?.username ?? 'admin'
  const password = adminPassword ?? oneTimePassword()
  const made = {
    password_hash: await passwords.hash(password),
    role: 'administrator',
    must_change_password: adminPassword === undefined,
    unit_id: null,
    disabled_at: null,
  } as const
  const { id } = await db
    .insertInto('accounts')
    .values({ id: uuidv7(), username, ...made })
    .onConflict((conflict) => conflict.column('username').doUpdateSet(made))
    .returning('id')
    .executeTakeFirstOrThrow()
  await sessions.endAll(id as AccountId)
  return adminPassword === undefined ? { username, password } : null
}
