import { STATUS_CODES } from 'node:http'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { type ErrorKind, GatewayError } from '../domain/errors.ts'
import { redactCredentials } from '../domain/redact.ts'

const statuses: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  denied: 403,
  'not-found': 404,
  conflict: 409,
  'too-large': 413,
  unsatisfiable: 416,
  'rate-limited': 429,
  unavailable: 503,
  upstream: 502,
  internal: 500,
}

/** An RFC 9457 problem document, as `Problem` in the contract. */
interface ProblemDocument {
  readonly type: 'about:blank'
  readonly title: string
  readonly status: number
  readonly code: string
  readonly detail?: string
  readonly details?: Readonly<Record<string, unknown>>
}

/**
 * What a caller is told of an error. Of our own insides (500, 503) only the code: messages there may
 * name paths, addresses and statements.
 */
function problemOf(error: unknown): ProblemDocument {
  if (error instanceof GatewayError) {
    const status = statuses[error.kind]
    const hidden = error.kind === 'internal' || error.kind === 'unavailable'
    return problem(status, error.code, hidden ? null : error.message, hidden ? {} : error.details)
  }
  const { statusCode = 500 } = error as Partial<FastifyError>
  if (statusCode < 400 || statusCode >= 500) return problem(500, 'internal-error', null)
  return requestProblem(error as FastifyError, statusCode)
}

export function sendProblem(reply: FastifyReply, error: unknown): FastifyReply {
  const document = problemOf(error)
  const waitS = document.details?.['retryAfterS']
  if (typeof waitS === 'number') void reply.header('retry-after', Math.ceil(waitS))
  if (document.status === 401) void reply.header('www-authenticate', 'Bearer realm="xueliang"')
  return reply
    .status(document.status)
    .headers({ 'content-type': 'application/problem+json', 'cache-control': 'no-store' })
    .send(JSON.stringify(document))
}

/** Fastify's error handler. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, code } = problemOf(error)
  if (status === 500) request.log.error({ err: error, route: routeOf(request) }, 'request failed')
  else if (status > 500) request.log.warn({ code, err: error, route: routeOf(request) }, 'request failed')
  return sendProblem(reply, error)
}

/** The route's pattern: unlike the address it holds nothing that a caller typed. */
export function routeOf(request: FastifyRequest): string {
  return request.is404 ? 'unknown' : (request.routeOptions.url ?? 'unknown')
}

export function routeUnknown(): GatewayError {
  return new GatewayError({ kind: 'not-found', code: 'route-unknown', message: 'there is nothing here' })
}

const validationCodes: Readonly<Record<string, string>> = {
  body: 'body-malformed',
  querystring: 'query-malformed',
  params: 'path-malformed',
}

/** What Fastify itself finds wrong with a request. */
function requestProblem(error: FastifyError, status: number): ProblemDocument {
  if (error.validation !== undefined) {
    const [first] = error.validation
    const field = first === undefined ? '' : fieldOf(first)
    const code = validationCodes[error.validationContext ?? ''] ?? 'request-malformed'
    return problem(400, code, `${field === '' ? 'it' : field} ${first?.message ?? 'is malformed'}`, { field })
  }
  switch (status) {
    case 413:
      return problem(413, 'body-too-large', 'the body is larger than this route takes')
    case 415:
      return problem(415, 'media-type-refused', 'this route does not take this content type')
    case 414:
      return problem(414, 'url-too-long', 'a part of the address is too long')
    case 400:
      return error.code === 'FST_ERR_BAD_URL'
        ? problem(400, 'path-malformed', 'the address cannot be decoded')
        : problem(400, 'body-malformed', 'the body is not well-formed JSON')
    default:
      return problem(status, 'request-refused', null)
  }
}

/** `/points/0/x` and the name of what is missing or too much, as `points.0.x`. */
function fieldOf(fault: { instancePath: string; params: Record<string, unknown> }): string {
  const { requiredProperties, additionalProperties } = fault.params
  const names = [requiredProperties, additionalProperties].find(Array.isArray) as unknown[] | undefined
  const path = fault.instancePath.split('/').slice(1)
  return [...path, ...(names === undefined ? [] : [String(names[0])])].join('.').slice(0, 100)
}

function problem(
  status: number,
  code: string,
  detail: string | null,
  details: Readonly<Record<string, unknown>> = {},
): ProblemDocument {
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    code,
    ...(detail === null ? {} : { detail: redactCredentials(detail) }),
    ...(Object.keys(details).length === 0 ? {} : { details }),
  }
}
