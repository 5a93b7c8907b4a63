import { Type } from 'typebox'
import { scopesFor } from '../access/authorise.ts'
import { Id } from '../contract/common.ts'
import { FindingPage, FindingQuery, NewReview, Review, ReviewPage, ReviewQuery } from '../contract/reviews.ts'
import { readTime, requireWindow } from '../contract/time-input.ts'
import type { HttpApp } from '../platform/http.ts'
import type { ReviewRunner } from './review-runner.ts'
import type { ReviewStore } from './review-store.ts'

export interface ReviewRoutesDeps {
  readonly reviews: ReviewStore
  readonly runner: Pick<ReviewRunner, 'wake' | 'cancel' | 'dropped' | 'progressOf'>
}

const path = '/api/v1/reviews'
const params = Type.Object({ id: Id })
const read = { action: 'analytics' } as const
/** Pictures and findings of people's movement: who looked is written down. */
const viewing = { act: 'reviews.view', when: 'viewed' } as const
/** It takes what the machine has to spare for minutes or hours. */
const handle = { action: 'handle' } as const
const longestMs = 24 * 3600_000

export function reviewRoutes(app: HttpApp, { reviews, runner }: ReviewRoutesDeps): void {
  const progressOf = (id: string) => runner.progressOf(id)

  app.post(
    path,
    {
      config: handle,
      schema: {
        summary: 'Run detectors and rules over what was recorded',
        body: NewReview,
        response: { 201: Review },
      },
    },
    async (request, reply) => {
      const { from, to, ...wish } = request.body
      const window = { fromUtcMs: readTime(from, 'from'), toUtcMs: readTime(to, 'to') }
      requireWindow(window, longestMs, 'review-too-long')
      const askedBy = request.principal?.username ?? ''
      const scopes = scopesFor(request, 'handle')
      const id = await reviews.create({ ...wish, ...window, askedBy, scopes })
      runner.wake()
      return reply.status(201).send(await reviews.get(id, scopes, progressOf))
    },
  )

  app.get(
    path,
    { config: read, schema: { querystring: ReviewQuery, response: { 200: ReviewPage } } },
    (request) => reviews.list(request.query, scopesFor(request, 'analytics'), progressOf),
  )

  app.get(`${path}/:id`, { config: read, schema: { params, response: { 200: Review } } }, (request) =>
    reviews.get(request.params.id, scopesFor(request, 'analytics'), progressOf),
  )

  app.post(
    `${path}/:id/cancel`,
    { config: handle, schema: { params, response: { 200: Review } } },
    async (request) => {
      const { id } = request.params
      const scopes = scopesFor(request, 'handle')
      await reviews.require(id, scopes)
      await runner.cancel(id)
      return await reviews.get(id, scopes, progressOf)
    },
  )

  app.delete(
    `${path}/:id`,
    { config: handle, schema: { params, response: { 204: Type.Null() } } },
    async (request, reply) => {
      const { id } = request.params
      await reviews.remove(id, scopesFor(request, 'handle'))
      runner.dropped(id)
      return reply.status(204).send(null)
    },
  )

  app.get(
    `${path}/:id/findings`,
    {
      config: { ...read, audit: viewing },
      schema: { params, querystring: FindingQuery, response: { 200: FindingPage } },
    },
    (request) => reviews.findings(request.params.id, scopesFor(request, 'analytics'), request.query),
  )

  app.get(
    `${path}/:id/findings/:findingId/still`,
    {
      config: { action: 'playback', audit: viewing },
      schema: { summary: 'JPEG with the object marked', params: Type.Object({ id: Id, findingId: Id }) },
    },
    async (request, reply) => {
      const { id, findingId } = request.params
      const jpeg = await reviews.still(id, findingId, scopesFor(request, 'playback'))
      // It never changes; in the browser of whoever may see it, and in no cache between.
      void reply.header('cache-control', 'private, max-age=31536000, immutable').type('image/jpeg')
      return reply.send(jpeg)
    },
  )
}
