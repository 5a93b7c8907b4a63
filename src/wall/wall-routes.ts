import type { FastifyRequest } from 'fastify'
import { WallLayout } from '../contract/wall.ts'
import { GatewayError } from '../domain/errors.ts'
import type { AccountId } from '../domain/ids.ts'
import type { HttpApp } from '../platform/http.ts'
import type { LayoutStore } from './layout-store.ts'

const path = '/api/v1/wall'
const config = { action: 'see' } as const

/** The signed-in account's own wall. */
export function wallRoutes(app: HttpApp, { layouts }: { readonly layouts: LayoutStore }): void {
  app.get(path, { config, schema: { response: { 200: WallLayout } } }, (request) =>
    layouts.read(accountOf(request)),
  )

  app.put(path, { config, schema: { body: WallLayout, response: { 200: WallLayout } } }, async (request) => {
    await layouts.write(accountOf(request), request.body)
    return request.body
  })
}

function accountOf({ principal }: FastifyRequest): AccountId {
  if (principal !== null) return principal.accountId
  throw new GatewayError({ kind: 'unauthenticated', code: 'sign-in-required', message: 'sign in first' })
}
