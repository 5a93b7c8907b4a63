import { Type } from 'typebox'
import {
  AccountPage,
  AccountPatch,
  AccountQuery,
  AccountWithPassword,
  ListedAccount,
  NewAccount,
} from '../contract/accounts.ts'
import { Id } from '../contract/common.ts'
import type { AccountId } from '../domain/ids.ts'
import type { HttpApp } from '../platform/http.ts'
import type { Accounts } from './accounts.ts'

const config = { action: 'administer' } as const
/** Who may what is not changed unwritten. */
const written = (act: string) => ({ action: 'administer', audit: { act, when: 'before' } }) as const
const params = Type.Object({ id: Id })
const pageSize = 100

/** The administrator's view of who may sign in. */
export function accountRoutes(app: HttpApp, { accounts }: { readonly accounts: Accounts }): void {
  app.get(
    '/api/v1/accounts',
    { config, schema: { querystring: AccountQuery, response: { 200: AccountPage } } },
    (request) => accounts.list(request.query.limit ?? pageSize, request.query.cursor),
  )

  app.post(
    '/api/v1/accounts',
    {
      config: written('accounts.create'),
      schema: { body: NewAccount, response: { 201: AccountWithPassword } },
    },
    async (request, reply) => reply.status(201).send(await accounts.create(request.body)),
  )

  app.patch(
    '/api/v1/accounts/:id',
    {
      config: written('accounts.change'),
      schema: { params, body: AccountPatch, response: { 200: ListedAccount } },
    },
    (request) => accounts.change(request.params.id as AccountId, request.body),
  )

  app.post(
    '/api/v1/accounts/:id/password-reset',
    {
      config: written('accounts.password-reset'),
      schema: { params, response: { 200: AccountWithPassword } },
    },
    (request) => accounts.resetPassword(request.params.id as AccountId),
  )
}
