import { Type } from 'typebox'
import { Readiness, SystemStatus } from '../contract/system.ts'
import type { HttpApp } from '../platform/http.ts'
import type { Metrics } from '../platform/metrics.ts'

export interface SystemDeps {
  /** Asks what the gateway depends on; resolves with `ready: false` rather than rejects. */
  readonly readiness: () => Promise<Readiness>
  readonly status: () => SystemStatus | Promise<SystemStatus>
  readonly metrics: Metrics
}

const open = { action: 'public' } as const
const Alive = Type.Object({ status: Type.Literal('ok') })

/** How the gateway is, for load balancers, scrapers and the wall's status bar. */
export function systemRoutes(app: HttpApp, { readiness, status, metrics }: SystemDeps): void {
  app.get('/healthz', { config: open, schema: { response: { 200: Alive } } }, () => ({
    status: 'ok' as const,
  }))

  app.get(
    '/readyz',
    { config: open, schema: { response: { 200: Readiness, 503: Readiness } } },
    async (_request, reply) => {
      const found = await readiness()
      return reply.status(found.ready ? 200 : 503).send(found)
    },
  )

  app.get(
    '/metrics',
    { config: { action: 'administer', openOnLoopback: true }, schema: { hide: true } },
    async (_request, reply) =>
      reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  )

  app.get(
    '/api/v1/system',
    { config: { action: 'see' }, schema: { response: { 200: SystemStatus } } },
    async () => await status(),
  )
}
