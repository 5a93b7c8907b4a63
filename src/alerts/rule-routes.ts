import { Type } from 'typebox'
import { Id } from '../contract/common.ts'
import { NewRule, Rule, RuleList, RulePatch } from '../contract/rules.ts'
import type { CameraId, RuleId } from '../domain/ids.ts'
import type { HttpApp } from '../platform/http.ts'
import { type RuleStore, ruleOnWire } from './rule-store.ts'

const path = '/api/v1/cameras/:id/rules'
const params = Type.Object({ id: Id })
const ruleParams = Type.Object({ id: Id, ruleId: Id })
const read = { action: 'analytics' } as const
const configure = { action: 'configure' } as const

export function ruleRoutes(app: HttpApp, { rules }: { readonly rules: RuleStore }): void {
  app.get(path, { config: read, schema: { params, response: { 200: RuleList } } }, async (request) => {
    const list = await rules.list(request.params.id as CameraId)
    return { items: list.map(ruleOnWire) }
  })

  app.post(
    path,
    { config: configure, schema: { params, body: NewRule, response: { 201: Rule } } },
    async (request, reply) => {
      const rule = await rules.create(request.params.id as CameraId, request.body)
      return reply.status(201).send(ruleOnWire(rule))
    },
  )

  app.patch(
    `${path}/:ruleId`,
    { config: configure, schema: { params: ruleParams, body: RulePatch, response: { 200: Rule } } },
    async ({ params: { id, ruleId }, body }) =>
      ruleOnWire(await rules.change(id as CameraId, ruleId as RuleId, body)),
  )

  app.delete(
    `${path}/:ruleId`,
    { config: configure, schema: { params: ruleParams, response: { 204: Type.Null() } } },
    async ({ params: { id, ruleId } }, reply) => {
      await rules.remove(id as CameraId, ruleId as RuleId)
      return reply.status(204).send(null)
    },
  )
}
