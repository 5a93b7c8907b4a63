import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { ChangePassword, type HeldRight, Session, type SignedInAccount, SignIn } from '../contract/session.ts'
import { GatewayError } from '../domain/errors.ts'
import type { Principal, Right } from '../domain/policy.ts'
import type { HttpApp } from '../platform/http.ts'
import { cookieName } from './credential.ts'
import { longestMs, type Sessions, type SignedIn } from './sessions.ts'
import type { SignInDesk, Visitor } from './sign-in.ts'

export interface SessionDeps {
  readonly desk: SignInDesk
  readonly sessions: Sessions
}

const path = '/api/v1/session'

/** Sign-in, sign-out, and one's own password. */
export function sessionRoutes(app: HttpApp, { desk, sessions }: SessionDeps): void {
  app.post(
    path,
    {
      config: { action: 'public', audit: { act: 'session.sign-in' } },
      schema: { body: SignIn, response: { 200: Session } },
    },
    async (request, reply) => {
      const { token, expiresUtcMs, principal } = await desk.signIn(request.body, visitorOf(request))
      request.principal = principal
      request.log.info({ account: principal.username, address: request.ip }, 'signed in')
      setCookie(request, reply, token)
      return { token, account: accountOf(principal), expiresAt: new Date(expiresUtcMs).toISOString() }
    },
  )

  app.get(path, { config: { action: 'self' }, schema: { response: { 200: Session } } }, (request) => {
    const { principal, expiresUtcMs } = signedInOf(request)
    return { account: accountOf(principal), expiresAt: new Date(expiresUtcMs).toISOString() }
  })

  app.delete(
    path,
    {
      config: { action: 'self', audit: { act: 'session.sign-out' } },
      schema: { response: { 204: Type.Null() } },
    },
    async (request, reply) => {
      await sessions.end(signedInOf(request).sessionKey)
      return reply.clearCookie(cookieName, { path: '/' }).status(204).send(null)
    },
  )

  app.put(
    `${path}/password`,
    { config: { action: 'self' }, schema: { body: ChangePassword, response: { 204: Type.Null() } } },
    async (request, reply) => {
      await desk.changePassword(signedInOf(request), request.body, visitorOf(request))
      request.log.info({ account: request.principal?.username }, 'password changed')
      return reply.status(204).send(null)
    },
  )
}

/** Not for scripts of a page, not for other sites, and not in the clear where the page came encrypted. */
function setCookie(request: FastifyRequest, reply: FastifyReply, token: string): void {
  // Behind a proxy that ends TLS we see http; the browser's Origin still says what it speaks.
  const secure = request.protocol === 'https' || (request.headers.origin ?? '').startsWith('https:')
  void reply.setCookie(cookieName, token, {
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    secure,
    maxAge: longestMs / 1000,
  })
}

function visitorOf(request: FastifyRequest): Visitor {
  return { address: request.ip, client: request.headers['user-agent'] ?? '' }
}

function accountOf({ accountId, username, role, mustChangePassword, rights }: Principal): SignedInAccount {
  return { id: accountId, username, role, mustChangePassword, rights: rights.map(heldRight) }
}

function heldRight({ actions, scope, schedule, untilUtcMs }: Right): HeldRight {
  return {
    actions: [...actions],
    unitPath: scope.kind === 'unit' ? scope.path : null,
    cameraId: scope.kind === 'camera' ? scope.cameraId : null,
    schedule: schedule as HeldRight['schedule'],
    until: untilUtcMs === null ? null : new Date(untilUtcMs).toISOString(),
  }
}

function signedInOf(request: FastifyRequest): SignedIn {
  if (request.signedIn !== undefined) return request.signedIn
  throw new GatewayError({ kind: 'unauthenticated', code: 'sign-in-required', message: 'sign in first' })
}
