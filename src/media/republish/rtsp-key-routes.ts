import { Type } from 'typebox'
import { Id } from '../../contract/common.ts'
import { NewRtspKey, RtspKeyPage, RtspKeyQuery, RtspKeyWithPassword } from '../../contract/rtsp-keys.ts'
import type { AccountId } from '../../domain/ids.ts'
import type { HttpApp } from '../../platform/http.ts'
import type { RtspKeys } from './rtsp-keys.ts'

const config = { action: 'administer' } as const
/** A key reads pictures for as long as it is there. */
const creation = { action: 'administer', audit: { act: 'rtsp-keys.create', when: 'before' } } as const
const pageSize = 100

/**
 * Who may read cameras by RTSP is for the administrator to say: a key outlives every session and
 * password, so nobody makes one for themselves.
 */
export function rtspKeyRoutes(
  app: HttpApp,
  { keys, port }: { readonly keys: RtspKeys; readonly port: number },
): void {
  app.get(
    '/api/v1/rtsp-keys',
    { config, schema: { querystring: RtspKeyQuery, response: { 200: RtspKeyPage } } },
    (request) => keys.list(request.query.limit ?? pageSize, request.query.cursor),
  )

  app.post(
    '/api/v1/rtsp-keys',
    { config: creation, schema: { body: NewRtspKey, response: { 201: RtspKeyWithPassword } } },
    async (request, reply) => {
      const accountId = (request.body.accountId ?? request.principal?.accountId ?? '') as AccountId
      const made = await keys.create(accountId, request.body.name)
      request.log.info({ account: request.principal?.username, rtspKey: made.key.username }, 'RTSP key made')
      return reply.status(201).send({ ...made, address: `rtsp://${hostOf(request.hostname)}:${port}` })
    },
  )

  app.delete(
    '/api/v1/rtsp-keys/:id',
    { config, schema: { params: Type.Object({ id: Id }), response: { 204: Type.Null() } } },
    async (request, reply) => {
      await keys.revoke(request.params.id)
      request.log.info(
        { account: request.principal?.username, rtspKey: request.params.id },
        'RTSP key revoked',
      )
      return reply.status(204).send(null)
    },
  )
}

/** As the page was asked for: behind that name the gateway can be reached. */
function hostOf(hostname: string): string {
  return hostname.includes(':') && !hostname.startsWith('[') ? `[${hostname}]` : hostname
}
