import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { Id } from '../contract/common.ts'
import { type ListedSession, SessionList } from '../contract/session.ts'
import { GatewayError } from '../domain/errors.ts'
import type { AccountId } from '../domain/ids.ts'
import { decide } from '../domain/policy.ts'
import type { HttpApp } from '../platform/http.ts'
import type { SessionRow, Sessions } from './sessions.ts'

const path = '/api/v1/sessions'

/** Where one is signed in, and how to end it: everybody his own, an administrator all. */
export function sessionListRoutes(app: HttpApp, { sessions }: { readonly sessions: Sessions }): void {
  app.get(
    path,
    { config: { action: 'self' }, schema: { response: { 200: SessionList } } },
    async (request) => ({
      items: (await theirs(sessions, request)).map((row) => listed(row, request.signedIn?.sessionKey)),
    }),
  )

  app.delete(
    `${path}/:id`,
    {
      config: { action: 'self', audit: { act: 'sessions.revoke' } },
      schema: { params: Type.Object({ id: Id }), response: { 204: Type.Null() } },
    },
    async (request, reply) => {
      // Only among those that one may see: another account's is not known to be there.
      const row = (await theirs(sessions, request)).find((each) => idOf(each) === request.params.id)
      if (row === undefined)
        throw new GatewayError({
          kind: 'not-found',
          code: 'session-unknown',
          message: 'there is no such session',
        })
      await sessions.end(row.token_hash.toString('hex'))
      return reply.status(204).send(null)
    },
  )
}

function theirs(sessions: Sessions, { principal }: FastifyRequest): Promise<SessionRow[]> {
  const all = decide(principal, 'administer') === 'allowed'
  return sessions.list(all ? null : (principal?.accountId ?? ('' as AccountId)))
}

/** Half of the hash tells sessions apart, and is of no use to anybody. */
function idOf({ token_hash }: Pick<SessionRow, 'token_hash'>): string {
  return token_hash.toString('hex').slice(0, 32)
}

function listed(row: SessionRow, ownKey: string | undefined): ListedSession {
  return {
    id: idOf(row),
    accountId: row.account_id,
    username: row.username,
    createdAt: row.created_at.toISOString(),
    lastUsedAt: row.last_used_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    client: row.client,
    own: row.token_hash.toString('hex') === ownKey,
  }
}
