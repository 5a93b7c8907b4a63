import type { ChangePassword, SignIn } from '../contract/session.ts'
import { GatewayError } from '../domain/errors.ts'
import type { AccountId } from '../domain/ids.ts'
import type { Principal } from '../domain/policy.ts'
import type { Db } from '../platform/database.ts'
import { type AccountServices, normalUsername } from './accounts.ts'
import type { Passwords } from './passwords.ts'
import { readRights } from './rights.ts'
import type { Sessions, SignedIn, StartedSession } from './sessions.ts'
import { SignInGuard } from './sign-in-guard.ts'

/** From where somebody signs in. */
export interface Visitor {
  readonly address: string
  /** What its program calls itself. */
  readonly client: string
}

/** Passwords against accounts: signing in, and changing one's own. */
export class SignInDesk {
  readonly #db: Db
  readonly #sessions: Sessions
  readonly #passwords: Passwords
  readonly #guard: SignInGuard

  constructor({ db, sessions, passwords }: AccountServices, guard: SignInGuard = new SignInGuard()) {
    this.#db = db
    this.#sessions = sessions
    this.#passwords = passwords
    this.#guard = guard
  }

  /** One answer for a wrong name, a wrong password and a disabled account, after the same time. */
  async signIn(typed: SignIn, visitor: Visitor): Promise<StartedSession & { principal: Principal }> {
    const username = normalUsername(typed.username)
    const account = await this.#guarded(username, visitor, async () => {
      const found = await this.#db
        .selectFrom('accounts')
        .select(['id', 'role', 'password_hash', 'must_change_password', 'disabled_at'])
        .where('username', '=', username)
        .executeTakeFirst()
      const right = await this.#passwords.matches(found?.password_hash ?? null, typed.password)
      return found !== undefined && right && found.disabled_at === null ? found : null
    })
    if (account === null) throw wrong('unauthenticated')
    const accountId = account.id as AccountId
    const session = await this.#sessions.start(accountId, visitor.client)
    const { role, must_change_password: mustChangePassword } = account
    const rights = await readRights(this.#db, account)
    return { ...session, principal: { accountId, username, role, mustChangePassword, rights } }
  }

  /** Ends the account's other sessions: whoever knew the old password is out. */
  async changePassword(who: SignedIn, typed: ChangePassword, visitor: Visitor): Promise<void> {
    const { accountId, username } = who.principal
    const stored = await this.#guarded(username, visitor, async () => {
      const { password_hash: hash } = await this.#db
        .selectFrom('accounts')
        .select('password_hash')
        .where('id', '=', accountId)
        .executeTakeFirstOrThrow()
      return (await this.#passwords.matches(hash, typed.currentPassword)) ? hash : null
    })
    if (stored === null) throw wrong('denied')
    if (typed.newPassword === typed.currentPassword) throw unsuitable('password-unchanged')
    // A name of three letters or less is part of too many words.
    if (username.length > 3 && normalUsername(typed.newPassword).includes(username))
      throw unsuitable('password-holds-name')
    const updated = await this.#db
      .updateTable('accounts')
      .set({ password_hash: await this.#passwords.hash(typed.newPassword), must_change_password: false })
      .where('id', '=', accountId)
      // Not over a password that was set meanwhile, such as by an administrator.
      .where('password_hash', '=', stored)
      .executeTakeFirst()
    if (updated.numUpdatedRows === 0n) throw wrong('denied')
    await this.#sessions.endAll(accountId, who.sessionKey)
  }

  /** @param check null where the password is wrong */
  async #guarded<T>(
    username: string,
    { address }: Visitor,
    check: () => Promise<T | null>,
  ): Promise<T | null> {
    this.#guard.begin(username, address)
    let found: T | null
    try {
      found = await check()
    } catch (error) {
      this.#guard.takeBack(username, address)
      throw error
    }
    if (found !== null) this.#guard.succeeded(username, address)
    return found
  }
}

/** 401 would tell a page that its session is over, so a change answers 403. */
function wrong(kind: 'unauthenticated' | 'denied'): GatewayError {
  return new GatewayError({ kind, code: 'credentials-wrong', message: 'wrong user name or password' })
}

function unsuitable(code: string): GatewayError {
  return new GatewayError({
    kind: 'invalid',
    code,
    message: 'choose another new password',
    details: { field: 'newPassword' },
  })
}
