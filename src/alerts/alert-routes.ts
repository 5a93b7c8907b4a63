import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { scopesFor } from '../access/authorise.ts'
import {
  Alert,
  AlertLoad,
  AlertPage,
  AlertQuery,
  DismissAlert,
  ForwardAlert,
  HandleAlerts,
  HandleAnswer,
  OutcomeList,
  OutcomeQuery,
} from '../contract/alerts.ts'
import { Id } from '../contract/common.ts'
import type { AlertId, UnitId } from '../domain/ids.ts'
import type { Db } from '../platform/database.ts'
import type { HttpApp } from '../platform/http.ts'
import type { AlertStore } from './alert-store.ts'
import { jpegAnswer, usernameOf } from './answers.ts'
import { groundsOf, type Handling } from './handling.ts'
import { readLoad, readOutcomes } from './outcome-store.ts'

export interface AlertRouteParts {
  readonly db: Db
  readonly alerts: AlertStore
  /** Who is connected and may handle alerts. */
  readonly operators: () => number
}

const path = '/api/v1/alerts'
const params = Type.Object({ id: Id })
const read = { action: 'analytics' } as const
const handle = { action: 'handle' } as const

export function alertRoutes(app: HttpApp, { db, alerts, operators }: AlertRouteParts): void {
  const placesOf = ({ params }: Pick<FastifyRequest, 'params'>) =>
    alerts.placesOf((params as { id: AlertId }).id)
  app.get(
    path,
    { config: read, schema: { querystring: AlertQuery, response: { 200: AlertPage } } },
    (request) => alerts.list(request.query, scopesFor(request, 'analytics')),
  )

  app.get(`${path}/load`, { config: read, schema: { response: { 200: AlertLoad } } }, (request) =>
    readLoad(db, operators(), scopesFor(request, 'analytics')),
  )

  app.get(
    `${path}/outcomes`,
    { config: read, schema: { querystring: OutcomeQuery, response: { 200: OutcomeList } } },
    (request) => readOutcomes(db, request.query, scopesFor(request, 'analytics')),
  )

  app.get(
    `${path}/:id`,
    { config: { ...read, placesOf }, schema: { params, response: { 200: Alert } } },
    (request) => alerts.find(request.params.id as AlertId),
  )

  app.get(
    `${path}/:id/snapshot`,
    { config: { ...read, placesOf }, schema: { params, response: { 200: jpegAnswer } } },
    async (request, reply) => {
      const bytes = await alerts.snapshot(request.params.id as AlertId)
      // It never changes; in the browser of whoever may see it, and in no cache between.
      void reply.header('cache-control', 'private, max-age=31536000, immutable').type('image/jpeg')
      return reply.send(bytes)
    },
  )

  app.post(
    `${path}/handle`,
    { config: handle, schema: { body: HandleAlerts, response: { 200: HandleAnswer } } },
    (request) => {
      const { alertIds, state, ...grounds } = request.body
      const handling = state === 'dismissed' ? dismissal(request, grounds) : acknowledgement(request)
      return alerts.handleAll(alertIds as AlertId[], handling, scopesFor(request, 'handle'))
    },
  )

  app.post(
    `${path}/:id/acknowledge`,
    { config: { ...handle, placesOf }, schema: { params, response: { 200: Alert } } },
    (request) => alerts.handle(request.params.id as AlertId, acknowledgement(request)),
  )

  app.post(
    `${path}/:id/dismiss`,
    { config: { ...handle, placesOf }, schema: { params, body: DismissAlert, response: { 200: Alert } } },
    (request) => alerts.handle(request.params.id as AlertId, dismissal(request, request.body)),
  )

  app.post(
    `${path}/:id/forward`,
    { config: { ...handle, placesOf }, schema: { params, body: ForwardAlert, response: { 200: Alert } } },
    (request) => {
      const { unitId, note = null } = request.body
      const to = { unitId: unitId as UnitId, note, by: usernameOf(request) }
      return alerts.forward(request.params.id as AlertId, to)
    },
  )
}

function acknowledgement(request: Asked): Handling {
  return { state: 'acknowledged', by: usernameOf(request), at: new Date(), cause: null, reason: null }
}

function dismissal(request: Asked, grounds: DismissAlert): Handling {
  return { state: 'dismissed', by: usernameOf(request), at: new Date(), ...groundsOf(grounds) }
}

type Asked = Pick<FastifyRequest, 'principal'>
