import { Type } from 'typebox'
import { v7 as uuidv7 } from 'uuid'
import {
  AlertTarget,
  AlertTargetList,
  AlertTargetPatch,
  DeadDeliveryList,
  NewAlertTarget,
  TargetTest,
} from '../../contract/alert-targets.ts'
import { Id } from '../../contract/common.ts'
import type { HttpApp } from '../../platform/http.ts'
import type { Courier } from './courier.ts'
import { DeliveryFailure } from './failure.ts'
import type { TargetStore } from './target-store.ts'

const path = '/api/v1/alert-targets'
const params = Type.Object({ id: Id })
const config = { action: 'administer' } as const

export function targetRoutes(
  app: HttpApp,
  { targets, courier }: { readonly targets: TargetStore; readonly courier: Courier },
): void {
  app.get(path, { config, schema: { response: { 200: AlertTargetList } } }, async () => ({
    items: await targets.list(),
  }))

  app.post(
    path,
    { config, schema: { body: NewAlertTarget, response: { 201: AlertTarget } } },
    async (request, reply) => reply.status(201).send(await targets.create(request.body)),
  )

  app.patch(
    `${path}/:id`,
    { config, schema: { params, body: AlertTargetPatch, response: { 200: AlertTarget } } },
    (request) => targets.change(request.params.id, request.body),
  )

  app.delete(
    `${path}/:id`,
    { config, schema: { params, response: { 204: Type.Null() } } },
    async (request, reply) => {
      await targets.remove(request.params.id)
      return reply.status(204).send(null)
    },
  )

  app.post(
    `${path}/:id/test`,
    { config, schema: { params, response: { 200: TargetTest } } },
    async (request) => {
      const target = await targets.open(request.params.id)
      try {
        const message = { deliveryId: `test-${uuidv7()}`, alert: null }
        await courier.carry(target, message, AbortSignal.timeout(15_000))
        return { error: null }
      } catch (error) {
        if (error instanceof DeliveryFailure) return { error: error.message }
        throw error
      }
    },
  )

  app.get(
    `${path}/:id/dead`,
    { config, schema: { params, response: { 200: DeadDeliveryList } } },
    (request) => targets.dead(request.params.id),
  )

  app.post(`${path}/:id/retry`, { config, schema: { params, response: { 200: AlertTarget } } }, (request) =>
    targets.retry(request.params.id),
  )
}
