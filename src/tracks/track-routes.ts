import { Type } from 'typebox'
import { jpegAnswer } from '../alerts/answers.ts'
import { Id } from '../contract/common.ts'
import { readTime } from '../contract/time-input.ts'
import { TrackPage, TrackQuery } from '../contract/tracks.ts'
import type { CameraId, TrackId } from '../domain/ids.ts'
import type { Db } from '../platform/database.ts'
import type { HttpApp } from '../platform/http.ts'
import { listTracks, readStill } from './track-store.ts'

const config = { action: 'analytics', audit: { act: 'tracks.view', when: 'viewed' } } as const

export function trackRoutes(app: HttpApp, { db }: { readonly db: Db }): void {
  app.get(
    '/api/v1/cameras/:id/tracks',
    {
      config,
      schema: {
        summary: 'Objects that were before a camera, newest first',
        params: Type.Object({ id: Id }),
        querystring: TrackQuery,
        response: { 200: TrackPage },
      },
    },
    ({ params, query: { from, to, ...wish } }) =>
      listTracks(db, params.id as CameraId, {
        ...wish,
        fromUtcMs: readTime(from, 'from'),
        toUtcMs: readTime(to, 'to'),
      }),
  )

  app.get(
    '/api/v1/cameras/:id/tracks/:trackId/stills/:kind',
    {
      config,
      schema: {
        summary: 'The best picture of a track, or of the face of its person',
        params: Type.Object({ id: Id, trackId: Id, kind: Type.Enum(['best', 'face']) }),
        response: { 200: jpegAnswer },
      },
    },
    async ({ params: { id, trackId, kind } }, reply) => {
      const jpeg = await readStill(db, id as CameraId, trackId as TrackId, kind)
      // A better one may come while the track goes on.
      void reply.header('cache-control', 'private, max-age=60').type('image/jpeg')
      return reply.send(jpeg)
    },
  )
}
