import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { PictureWatch } from '../analytics/picture-watch.ts'
import { readReferencePicture } from '../analytics/reference-store.ts'
import { Id } from '../contract/common.ts'
import { ReferenceView } from '../contract/rules.ts'
import { GatewayError } from '../domain/errors.ts'
import type { CameraId } from '../domain/ids.ts'
import type { Db } from '../platform/database.ts'
import type { HttpApp } from '../platform/http.ts'
import { requireCamera } from '../registry/known-camera.ts'
import { jpegAnswer, usernameOf } from './answers.ts'

const path = '/api/v1/cameras/:id/reference-view'
const params = Type.Object({ id: Id })
/** The sampler takes a frame every few seconds at least. */
const pictureWithinMs = 15_000

/** What a camera should see, by which it is told that it was moved, covered or blurred. */
export function referenceRoutes(
  app: HttpApp,
  { db, pictures }: { readonly db: Db; readonly pictures: PictureWatch },
): void {
  const read = async (cameraId: CameraId) => {
    await requireCamera(db, cameraId)
    const found = await readReferencePicture(db, cameraId)
    if (found !== null) return found
    throw new GatewayError({
      kind: 'not-found',
      code: 'reference-view-missing',
      message: 'no reference view was taken of this camera yet',
    })
  }

  app.get(
    path,
    { config: { action: 'analytics' }, schema: { params, response: { 200: ReferenceView } } },
    async ({ params: { id } }) => onWire(id, await read(id as CameraId)),
  )

  app.get(
    `${path}/picture`,
    { config: { action: 'analytics' }, schema: { params, response: { 200: jpegAnswer } } },
    async ({ params: { id } }, reply) => {
      const { jpeg } = await read(id as CameraId)
      return reply.header('cache-control', 'private, no-cache').type('image/jpeg').send(jpeg)
    },
  )

  app.post(
    path,
    { config: { action: 'configure' }, schema: { params, response: { 200: ReferenceView } } },
    async (request: FastifyRequest<{ Params: { id: string } }>) => {
      const cameraId = request.params.id as CameraId
      await requireCamera(db, cameraId)
      if (!(await pictures.renew(cameraId, usernameOf(request), pictureWithinMs))) {
        throw new GatewayError({
          kind: 'unavailable',
          code: 'no-picture-now',
          message: 'no picture of this camera was sampled just now',
        })
      }
      return onWire(cameraId, await read(cameraId))
    },
  )
}

function onWire(cameraId: string, { takenAt, takenBy }: { takenAt: Date; takenBy: string | null }) {
  const picture = `/api/v1/cameras/${cameraId}/reference-view/picture`
  return { takenAt: takenAt.toISOString(), takenBy, picture }
}
