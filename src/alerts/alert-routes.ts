import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { Alert, AlertPage, AlertQuery, DismissAlert } from '../contract/alerts.ts'
import { Id } from '../contract/common.ts'
import { GatewayError } from '../domain/errors.ts'
import type { AlertId } from '../domain/ids.ts'
import type { HttpApp } from '../platform/http.ts'
import type { AlertStore } from './alert-store.ts'

const path = '/api/v1/alerts'
const params = Type.Object({ id: Id })
const read = { action: 'analytics' } as const
const handle = { action: 'handle' } as const

export function alertRoutes(app: HttpApp, { alerts }: { readonly alerts: AlertStore }): void {
  app.get(
    path,
    { config: read, schema: { querystring: AlertQuery, response: { 200: AlertPage } } },
    (request) => alerts.list(request.query),
  )

  app.get(`${path}/:id`, { config: read, schema: { params, response: { 200: Alert } } }, (request) =>
    alerts.find(request.params.id as AlertId),
  )

  app.get(
    `${path}/:id/snapshot`,
    { config: read, schema: { params, response: { 200: jpeg } } },
    async (request, reply) => {
      const bytes = await alerts.snapshot(request.params.id as AlertId)
      // It never changes; in the browser of whoever may see it, and in no cache between.
      void reply.header('cache-control', 'private, max-age=31536000, immutable').type('image/jpeg')
      return reply.send(bytes)
    },
  )

  app.post(
    `${path}/:id/acknowledge`,
    { config: handle, schema: { params, response: { 200: Alert } } },
    (request) =>
      alerts.handle(request.params.id as AlertId, {
        state: 'acknowledged',
        by: usernameOf(request),
        at: new Date(),
        reason: null,
      }),
  )

  app.post(
    `${path}/:id/dismiss`,
    { config: handle, schema: { params, body: DismissAlert, response: { 200: Alert } } },
    (request) =>
      alerts.handle(request.params.id as AlertId, {
        state: 'dismissed',
        by: usernameOf(request),
        at: new Date(),
        reason: request.body.reason,
      }),
  )
}

const jpeg = {
  description: 'JPEG',
  content: { 'image/jpeg': { schema: Type.Unsafe<Buffer>({ type: 'string', contentEncoding: 'binary' }) } },
}

function usernameOf({ principal }: FastifyRequest): string {
  if (principal !== null) return principal.username
  throw new GatewayError({ kind: 'unauthenticated', code: 'sign-in-required', message: 'sign in first' })
}
