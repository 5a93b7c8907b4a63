import { existsSync, readdirSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { HttpApp } from './http.ts'
import { routeUnknown } from './http-problem.ts'

/** Names of what Vite writes to `assets/` hold a hash of the content. */
const hashed = 'public, max-age=31536000, immutable'
const reserved = /^\/(api|live|socket\.io)(\/|$)/

/**
 * Serves the built pages: one public route a file, known at start, so that no address can reach past
 * them; every other page address of the client's own gets `index.html`.
 */
export async function serveWeb(app: HttpApp, root: string): Promise<void> {
  const built = existsSync(join(root, 'index.html'))
  if (built) await app.register(fastifyStatic, { root, serve: false, cacheControl: false, index: false })
  const page = (reply: FastifyReply) => {
    if (!built) return reply.status(503).type('text/html; charset=utf-8').send(notBuilt)
    return reply.header('cache-control', 'no-cache').sendFile('index.html')
  }
  const open = { config: { action: 'public' }, schema: { hide: true } } as const
  app.get('/', open, (_request, reply) => page(reply))
  for (const file of built ? filesIn(root) : []) {
    const cacheControl = file.startsWith('assets/') ? hashed : 'no-cache'
    app.get(`/${file}`, open, (_request, reply) => reply.header('cache-control', cacheControl).sendFile(file))
  }
  app.setNotFoundHandler((request, reply) => {
    if (!isPage(request)) throw routeUnknown()
    return page(reply)
  })
}

function filesIn(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
}

function isPage(request: FastifyRequest): boolean {
  if (request.method !== 'GET' && request.method !== 'HEAD') return false
  const [path = ''] = request.url.split('?')
  return (
    !reserved.test(path) &&
    !path.slice(path.lastIndexOf('/')).includes('.') &&
    (request.headers.accept ?? '').includes('text/html')
  )
}

const notBuilt = `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>雪亮视频共享网关</title>
<h1>网页尚未构建</h1><p>请用 <code>npm start</code> 启动，它会自动构建网页。</p>
<h1>The web pages are not built</h1><p>Start the gateway with <code>npm start</code>, which builds them.
The API works without them.</p></html>
`
