import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import type { HttpApp } from './http.ts'

const problem = {
  description: 'Anything else: a problem document (RFC 9457) with a stable code',
  content: {
    'application/problem+json': {
      schema: {
        type: 'object',
        required: ['type', 'title', 'status', 'code'],
        properties: {
          type: { type: 'string' },
          title: { type: 'string' },
          status: { type: 'integer' },
          code: { type: 'string' },
          detail: { type: 'string' },
          details: { type: 'object', additionalProperties: true },
        },
      },
    },
  },
}

/** Collects the schemas of all routes that are added after it; read with `app.swagger()`. */
export async function describeRoutes(app: HttpApp, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Xueliang Gateway', version },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer' },
          cookie: { type: 'apiKey', in: 'cookie', name: 'xueliang_session' },
        },
      },
      security: [{ bearer: [] }, { cookie: [] }],
    },
    transformObject: (documents) => {
      if (!('openapiObject' in documents)) return documents.swaggerObject
      for (const path of Object.values(documents.openapiObject.paths ?? {})) {
        for (const operation of Object.values(path ?? {})) {
          const { responses } = operation as { responses?: Record<string, unknown> }
          if (responses !== undefined) responses['default'] ??= problem
        }
      }
      return documents.openapiObject
    },
  })
}

/** `GET /api/openapi.json`: generated from the same schemas that validate. */
export function openApiRoute(app: HttpApp): void {
  app.get('/api/openapi.json', { config: { action: 'self' }, schema: { hide: true } }, (_request, reply) =>
    reply.type('application/json').send((app as unknown as FastifyInstance).swagger()),
  )
}
