import { Type } from 'typebox'
import { Id } from '../contract/common.ts'
import { NewTrial, Trial } from '../contract/reviews.ts'
import { readTime, requireWindow } from '../contract/time-input.ts'
import { GatewayError } from '../domain/errors.ts'
import type { CameraId } from '../domain/ids.ts'
import { askerOf } from '../media/playback/asker.ts'
import { Capacity } from '../media/playback/capacity.ts'
import type { Db } from '../platform/database.ts'
import type { HttpApp } from '../platform/http.ts'
import { requireCamera } from '../registry/known-camera.ts'
import { watchOf } from './draft.ts'
import { type InspectionLog, loggedMs } from './inspection-log.ts'
import { tryRule } from './trial.ts'

export interface TrialRoutesDeps {
  readonly db: Db
  readonly inspections: Pick<InspectionLog, 'between'>
}

/** Each reads a few hundred rows and holds a rule against ten thousand frames, beside what is live. */
const limits = { most: 2, mostWaiting: 8, mostEach: 4 }

export function trialRoutes(app: HttpApp, { db, inspections }: TrialRoutesDeps): void {
  const capacity = new Capacity('trial-capacity', limits)
  app.post(
    '/api/v1/cameras/:id/rules/trial',
    {
      config: { action: 'configure', audit: { act: 'rules.try' } },
      schema: {
        summary: 'What a rule would have done lately, before it is switched on',
        params: Type.Object({ id: Id }),
        body: NewTrial,
        response: { 200: Trial },
      },
    },
    async (request, reply) => {
      const { params, body } = request
      const cameraId = params.id as CameraId
      const window = { fromUtcMs: readTime(body.from, 'from'), toUtcMs: readTime(body.to, 'to') }
      requireWindow(window, loggedMs, 'trial-too-long')
      await requireCamera(db, cameraId)
      const watch = watchOf(cameraId, body)
      // Objects are remembered, pictures are not.
      if (watch.zone === null)
        throw new GatewayError({
          kind: 'invalid',
          code: 'trial-picture-rule',
          message: 'a rule on the picture itself cannot be tried on what was found',
        })
      const leave = await capacity.enter(askerOf(request, reply))
      try {
        return await tryRule(inspections, watch, window)
      } finally {
        leave()
      }
    },
  )
}
