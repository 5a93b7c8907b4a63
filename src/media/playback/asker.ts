import type { FastifyReply } from 'fastify'

/** Aborts when whoever asked has gone before the answer. */
export function whenGone(reply: FastifyReply): AbortSignal {
  const cancel = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) cancel.abort()
  })
  return cancel.signal
}
