import { accountRoutes } from '../../src/access/account-routes.ts'
import { Accounts } from '../../src/access/accounts.ts'
import { authoriser } from '../../src/access/authorise.ts'
import { ensureAdministrator } from '../../src/access/first-administrator.ts'
import { Passwords } from '../../src/access/passwords.ts'
import { Places } from '../../src/access/places.ts'
import { rightRoutes } from '../../src/access/right-routes.ts'
import { Rights } from '../../src/access/rights.ts'
import { sessionListRoutes } from '../../src/access/session-list-routes.ts'
import { sessionRoutes } from '../../src/access/session-routes.ts'
import { Sessions } from '../../src/access/sessions.ts'
import { SignInDesk } from '../../src/access/sign-in.ts'
import { SignInGuard } from '../../src/access/sign-in-guard.ts'
import type { Role } from '../../src/domain/policy.ts'
import type { Db } from '../../src/platform/database.ts'
import type { HttpApp } from '../../src/platform/http.ts'
import { httpApp } from './http.ts'

export const adminPassword = 'correct horse battery'

/** A clock that a test turns. */
export interface TestClock {
  utcMs: number
}

export interface TestAccess {
  readonly app: HttpApp
  readonly db: Db
  readonly sessions: Sessions
  readonly places: Places
  readonly clock: TestClock
  /** Signs in; throws where that is refused. */
  signIn(username: string, password: string): Promise<{ token: string; cookie: string }>
  /** A new account that must still choose a password of its own. */
  newcomer(role: Role): Promise<{ username: string; oneTimePassword: string; token: string }>
  /** The token of an account of this role, which is made with a password of its own. */
  tokenOf(role: Role): Promise<string>
}

/** The real sign-in on the real HTTP server; `admin` has `adminPassword`. Add routes before asking. */
export async function startAccess(db: Db): Promise<TestAccess> {
  const clock: TestClock = { utcMs: Date.now() }
  const now = () => clock.utcMs
  const sessions = new Sessions(db, now)
  const places = new Places(db)
  const services = { db, sessions, passwords: new Passwords() }
  await ensureAdministrator(services, adminPassword)
  const desk = new SignInDesk(services, new SignInGuard(now))
  const accounts = new Accounts(services)
  const app = await httpApp({ authorise: authoriser({ sessions, places }) })
  sessionRoutes(app, { desk, sessions })
  accountRoutes(app, { accounts })
  sessionListRoutes(app, { sessions })
  rightRoutes(app, { rights: new Rights({ db, sessions }) })
  const signIn = async (username: string, password: string) => {
    const answer = await app.inject({
      method: 'POST',
      url: '/api/v1/session',
      payload: { username, password },
    })
    if (answer.statusCode !== 200) throw new Error(`sign-in: ${answer.body}`)
    const { token } = answer.json<{ token: string }>()
    return { token, cookie: `xueliang_session=${token}` }
  }
  const newcomer = async (role: Role) => {
    const username = `${role}-${Math.random().toString(36).slice(2)}`
    const { oneTimePassword } = await accounts.create({ username, role })
    const { token } = await signIn(username, oneTimePassword)
    return { username, oneTimePassword, token }
  }
  const tokenOf = async (role: Role) => {
    if (role === 'administrator') return (await signIn('admin', adminPassword)).token
    const { oneTimePassword, token } = await newcomer(role)
    const changed = await app.inject({
      method: 'PUT',
      url: '/api/v1/session/password',
      headers: { authorization: `Bearer ${token}` },
      payload: { currentPassword: oneTimePassword, newPassword: adminPassword },
    })
    if (changed.statusCode !== 204) throw new Error(`password: ${changed.body}`)
    return token
  }
  return { app, db, sessions, places, clock, signIn, newcomer, tokenOf }
}
