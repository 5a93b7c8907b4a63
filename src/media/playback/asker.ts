import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Asker } from './capacity.ts'

/** Who asks, and a signal that aborts when he has gone before the answer. */
export function askerOf(request: FastifyRequest, reply: FastifyReply): Asker {
  const cancel = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) cancel.abort()
  })
  return { account: request.principal?.accountId ?? '', signal: cancel.signal }
}
