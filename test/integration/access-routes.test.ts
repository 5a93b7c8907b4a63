import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { startAccess, type TestAccess } from '../harness/access.ts'
import { startDatabase, type TestDatabase } from '../harness/database.ts'
import { features, featuresOfAccess } from '../harness/features.ts'
import { walkRoutes } from '../harness/routes.ts'

/** All that may answer to anybody. Nothing joins it without a reason. */
const open = new Set([
  'POST /api/v1/session',
  ...['/healthz', '/readyz', '/'].flatMap((path) => [`GET ${path}`, `HEAD ${path}`]),
])

let database: TestDatabase
let access: TestAccess
beforeAll(async () => {
  database = await startDatabase()
})
afterAll(async () => {
  await database.stop()
})
beforeEach(async () => {
  access = await startAccess(database.db)
})
afterEach(async () => {
  await access.app.close()
})

async function walk(): Promise<string[]> {
  return await walkRoutes({
    app: access.app,
    isPublic: (route) => open.has(route),
    tokens: {
      administrator: await access.tokenOf('administrator'),
      operator: await access.tokenOf('operator'),
      viewer: await access.tokenOf('viewer'),
    },
    newcomer: (await access.newcomer('administrator')).token,
  })
}

it('lets nobody past sign-in, on any route, and no role past what it may', async () => {
  // No handler is reached, so none needs what it works with.
  for (const routes of Object.values(features)) routes(access.app, {} as never)
  expect(await walk()).toEqual([])
  expect(access.app.routeList.length).toBeGreaterThan(40)
})

it('notices a route that is open and should not be', async () => {
  access.app.get('/api/v1/leak', { config: { action: 'public' }, schema: {} }, () => 'leak')
  expect(await walk()).toEqual(['GET /api/v1/leak is public', 'HEAD /api/v1/leak is public'])
})

it('walks the routes of every feature', () => {
  const root = join(import.meta.dirname, '../../src')
  const exported = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => [
      ...readFileSync(join(root, file), 'utf8').matchAll(/^export function (\w+Routes)\(\s*app: HttpApp/gm),
    ])
    .map(([, name]) => name)
  expect(exported.sort()).toEqual([...Object.keys(features), ...featuresOfAccess].sort())
})
