import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type {
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import type { Action, Principal } from '../domain/policy.ts'
import type { Log } from './log.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What asking this route amounts to. A route without it is refused when it is registered. */
    action?: Action
    /** This machine's own programs get it without signing in (a metrics scraper). */
    openOnLoopback?: boolean
    /**
     * How the audit trail calls it (`noun.verb`); left out, changes are called by their address and reads
     * are not written. `before`: it is not done unless it is written first. `viewed`: pictures that one
     * player asks for piece by piece, an entry when it begins and one when it has stopped.
     */
    audit?: { readonly act: string; readonly when?: 'before' | 'viewed' }
  }
  interface FastifyInstance {
    /** Every route so far, for the test that walks them all. */
    routeList: readonly RegisteredRoute[]
  }
  interface FastifyRequest {
    /** Who asks; null: nobody is signed in, which only `public` routes see. */
    principal: Principal | null
  }
}

export interface RegisteredRoute {
  readonly method: string
  /** Its pattern, such as `/api/v1/cameras/:id`. */
  readonly url: string
  readonly action: Action
}

/** The HTTP server as features see it: they add routes, each with a schema and a `config.action`. */
export type HttpApp = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  Log,
  TypeBoxTypeProvider
>
