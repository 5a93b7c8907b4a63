import { randomUUID } from 'node:crypto'
import cookie from '@fastify/cookie'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { type FastifyReply, type FastifyRequest, fastify, LogController } from 'fastify'
import { GatewayError } from '../domain/errors.ts'
import type { HttpApp, RegisteredRoute } from './http.ts'
import { answerError, routeOf, sendProblem } from './http-problem.ts'
import { nulPath, validatorCompiler } from './http-validation.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import { describeRoutes, openApiRoute } from './openapi.ts'
import { serveWeb } from './web-files.ts'

export interface HttpServerOptions {
  readonly log: Log
  readonly version: string
  readonly metrics: Metrics
  /** Decides over every request to a known route, before anything else of it is read; throws to refuse. */
  readonly authorise: (request: FastifyRequest, reply: FastifyReply) => Promise<void>
  /** Folder of the built pages. */
  readonly webRoot: string
  /** CIDR blocks: from there the address of whoever asks is read from X-Forwarded-For. */
  readonly trustedProxies?: readonly string[]
  /** Requests from one address; a wall of 16 tiles asks for about 40 a second. */
  readonly rate?: { readonly requests: number; readonly windowMs: number }
}

const bodyLimitBytes = 256 * 1024
const idleMs = 120_000
const headersMs = 15_000
const requestMs = 60_000
const mostConnections = 4096
/** Answers under way at the stop may finish; whoever is slower is cut off. */
const drainMs = 2_000
const usualRate = { requests: 6_000, windowMs: 10_000 }

/**
 * The HTTP server without any feature: limits, headers, problem documents, the pages, the API's
 * description. Features add their routes before `listen`.
 */
export async function createHttpServer(options: HttpServerOptions): Promise<HttpApp> {
  const { log, metrics, authorise, rate = usualRate, trustedProxies = [] } = options
  const app: HttpApp = fastify({
    loggerInstance: log,
    logController: new RequestLog(),
    genReqId: () => randomUUID(),
    bodyLimit: bodyLimitBytes,
    // Otherwise all who come through a proxy would share its limits: five wrong passwords lock out everybody.
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    connectionTimeout: idleMs,
    requestTimeout: requestMs,
    http: { headersTimeout: headersMs, maxHeaderSize: 16 * 1024 },
    // Problems with an address come before any route; all the others reach the error handler.
    frameworkErrors: (error, _request, reply) => void sendProblem(reply as FastifyReply, error),
  }).withTypeProvider<TypeBoxTypeProvider>()
  app.server.maxConnections = mostConnections
  app.setValidatorCompiler(validatorCompiler)
  app.setErrorHandler(answerError)
  app.decorateRequest('principal', null)
  app.removeContentTypeParser('text/plain')
  const routeList: RegisteredRoute[] = []
  app.decorate('routeList', routeList)
  app.addHook('onRoute', ({ url, method, config, schema }) => {
    if (config?.action === undefined)
      throw new Error(`route ${String(method)} ${url} says no config.action: who may use it?`)
    if (schema === undefined) throw new Error(`route ${String(method)} ${url} has no schema`)
    for (const one of [method].flat()) routeList.push({ method: one, url, action: config.action })
  })
  await app.register(helmet, headers)
  await app.register(cookie)
  await app.register(rateLimit, { global: false, cache: 20_000 })
  const limiter = app.createRateLimit({ max: rate.requests, timeWindow: rate.windowMs })
  app.addHook('onRequest', async (request, reply) => {
    void reply.header('cache-control', 'no-store')
    const found = await limiter(request)
    if (!found.isAllowed && found.isExceeded) throw tooMany(found.ttlInSeconds)
    // An unknown address has no action; it is answered without looking at who asks.
    if (request.is404) return
    // Before its schema is looked at, ids of the address are looked up to decide who may.
    if (nulPath(request.params, '') !== null) throw pathMalformed()
    await authorise(request, reply)
  })
  app.addHook('onResponse', (request, reply, done) => {
    metrics.answered(request.method, routeOf(request), reply.statusCode, reply.elapsedTime)
    done()
  })
  app.addHook('preClose', (done) => {
    setTimeout(() => app.server.closeAllConnections(), drainMs).unref()
    done()
  })
  await describeRoutes(app, options.version)
  openApiRoute(app)
  await serveWeb(app, options.webRoot)
  return app
}

/**
 * Everything that the pages need comes from here. hls.js feeds `<video>` from blobs, snapshots and
 * Vite's small images are data; styles set by scripts go through the CSSOM, which needs no exception.
 */
const headers = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", 'data:', 'blob:'],
      mediaSrc: ["'self'", 'blob:'],
      fontSrc: ["'self'", 'data:'],
      workerSrc: ["'self'", 'blob:'],
      connectSrc: ["'self'"],
      manifestSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
  },
  // For whoever puts TLS in front to decide: it would bind the whole host name for months.
  strictTransportSecurity: false,
  // Browsers heed it on https and localhost only, and complain at each page elsewhere.
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
} as const

/** By route, never by address: query strings hold what people typed. */
class RequestLog extends LogController {
  override incomingRequest(): void {}

  override routeNotFound(): void {}

  override requestCompleted(error: Error | null | undefined, request: FastifyRequest, reply: FastifyReply) {
    const line = {
      method: request.method,
      route: routeOf(request),
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
      ...(request.principal === null ? {} : { account: request.principal.username }),
    }
    if (error) reply.log.info({ ...line, err: error }, 'answer broken off')
    else if (request.method === 'GET' || reply.statusCode === 404) reply.log.debug(line, 'answered')
    else reply.log.info(line, 'answered')
  }
}

function pathMalformed(): GatewayError {
  return new GatewayError({
    kind: 'invalid',
    code: 'path-malformed',
    message: 'the address holds a NUL character',
  })
}

function tooMany(retryAfterS: number): GatewayError {
  return new GatewayError({
    kind: 'rate-limited',
    code: 'too-many-requests',
    message: 'too many requests from this address',
    details: { retryAfterS },
  })
}
