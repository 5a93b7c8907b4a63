import { Type } from 'typebox'
import { Id } from '../contract/common.ts'
import { AccountRight, AccountRightList, NewRight } from '../contract/rights.ts'
import type { AccountId } from '../domain/ids.ts'
import type { HttpApp } from '../platform/http.ts'
import type { Rights } from './rights.ts'

const path = '/api/v1/accounts/:id/rights'
const params = Type.Object({ id: Id })
const config = { action: 'administer' } as const
const written = (act: string) => ({ action: 'administer', audit: { act, when: 'before' } }) as const

export function rightRoutes(app: HttpApp, { rights }: { readonly rights: Rights }): void {
  app.get(path, { config, schema: { params, response: { 200: AccountRightList } } }, async (request) => ({
    items: await rights.list(request.params.id as AccountId),
  }))

  app.post(
    path,
    {
      config: written('rights.grant'),
      schema: { params, body: NewRight, response: { 201: AccountRight } },
    },
    async (request, reply) => {
      const by = request.principal?.username ?? ''
      const made = await rights.grant(request.params.id as AccountId, request.body, by)
      return reply.status(201).send(made)
    },
  )

  app.delete(
    `${path}/:rightId`,
    {
      config: written('rights.withdraw'),
      schema: { params: Type.Object({ id: Id, rightId: Id }), response: { 204: Type.Null() } },
    },
    async (request, reply) => {
      await rights.withdraw(request.params.id as AccountId, request.params.rightId)
      return reply.status(204).send(null)
    },
  )
}
