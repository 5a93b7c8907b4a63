import { join } from 'node:path'
import { requireAllowed } from '../../src/access/authorise.ts'
import type { AccountId } from '../../src/domain/ids.ts'
import { type Role, roleRight } from '../../src/domain/policy.ts'
import type { HttpApp } from '../../src/platform/http.ts'
import { createHttpServer, type HttpServerOptions } from '../../src/platform/http-server.ts'
import { createLog } from '../../src/platform/log.ts'
import { createMetrics } from '../../src/platform/metrics.ts'

/** For `x-role`: none of these headers means nothing to the real gateway. */
const roleHeader = 'x-role'

/**
 * The real HTTP server with a stand-in for sign-in: who asks is an administrator, or what the request's
 * `x-role` says (`nobody` for nobody). Add routes, then `app.inject(…)` or `app.listen({port: 0})`.
 */
export async function httpApp(options: Partial<HttpServerOptions> = {}): Promise<HttpApp> {
  return await createHttpServer({
    log: createLog('silent'),
    version: 'test',
    metrics: createMetrics(),
    webRoot: join(import.meta.dirname, 'no-pages'),
    authorise: async (request) => {
      const role = request.headers[roleHeader] ?? 'administrator'
      if (role !== 'nobody')
        request.principal = {
          accountId: `account-${String(role)}` as AccountId,
          username: String(role),
          role: role as Role,
          mustChangePassword: false,
          rights: [roleRight(role as Role, null)],
        }
      requireAllowed(request.principal, request.routeOptions.config.action ?? 'administer')
    },
    ...options,
  })
}
