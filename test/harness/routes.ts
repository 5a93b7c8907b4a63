import type { AccountId } from '../../src/domain/ids.ts'
import { decide, type Role, roleRight, roles } from '../../src/domain/policy.ts'
import type { HttpApp, RegisteredRoute } from '../../src/platform/http.ts'

export interface Walk {
  readonly app: HttpApp
  /** A valid token of each role. */
  readonly tokens: Readonly<Record<Role, string>>
  /** A valid token of an administrator who must first choose a password. */
  readonly newcomer: string
  /** `GET /healthz` and the like: all that may answer to anybody. Pages are known by not being API. */
  readonly isPublic: (route: string) => boolean
}

/**
 * Asks every route without a session and with each role that may not use it. What it returns is wrong:
 * a route that answered where it should refuse, or refused with another word. No handler is reached.
 */
export async function walkRoutes({ app, tokens, newcomer, isPublic }: Walk): Promise<string[]> {
  await app.ready()
  const faults: string[] = []
  for (const route of app.routeList) {
    const name = `${route.method} ${route.url}`
    if (isPublic(name) !== (route.action === 'public')) faults.push(`${name} is ${route.action}`)
    if (route.action === 'public') continue
    const stranger = await ask(app, route)
    if (!/^401( sign-in-required)?$/.test(stranger)) faults.push(`${name}: ${stranger} without a session`)
    const early = route.action === 'self' ? null : await ask(app, route, newcomer)
    if (early !== null && !/^403( password-change-required)?$/.test(early))
      faults.push(`${name}: ${early} before the password is changed`)
    for (const role of roles) {
      const rights = [roleRight(role, null)]
      const principal = { accountId: '' as AccountId, username: '', role, mustChangePassword: false, rights }
      if (decide(principal, route.action) === 'allowed') continue
      const refused = await ask(app, route, tokens[role])
      if (!/^403( not-allowed)?$/.test(refused)) faults.push(`${name}: ${refused} for ${role}`)
    }
  }
  return faults
}

async function ask(app: HttpApp, { method, url }: RegisteredRoute, token?: string): Promise<string> {
  const answer = await app.inject({
    method: method as 'GET',
    url: url.replaceAll(/:[A-Za-z]+/g, '1').replaceAll('*', 'x'),
    remoteAddress: '192.0.2.1',
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  })
  // HEAD has no body to say which word.
  return method === 'HEAD' ? `${answer.statusCode}` : `${answer.statusCode} ${code(answer.body)}`
}

function code(body: string): string {
  try {
    return String((JSON.parse(body) as { code?: unknown }).code)
  } catch {
    return '?'
  }
}
