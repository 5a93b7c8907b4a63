import { join } from 'node:path'
import { ESLint } from 'eslint'
import { beforeAll, expect, it, vi } from 'vitest'

const root = join(import.meta.dirname, '../..')
let eslint: ESLint

// The types of a whole program are read before each text: quick, but not on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

beforeAll(async () => {
  eslint = new ESLint({ cwd: root })
  // The first text pays for reading the types of the whole project.
  await rulesBrokenBy('src/platform/queue.ts', '')
}, 60_000)

/** `text` takes the place of a file that exists, so that the linter knows which types it sees. */
async function rulesBrokenBy(path: string, text: string): Promise<(string | null)[]> {
  const [result] = await eslint.lintText(text, { filePath: join(root, path) })
  return (result?.messages ?? []).map(({ ruleId }) => ruleId)
}

const banned = 'no-restricted-syntax'
const neverRun = 'house/query-never-run'
const db = "import type { Db } from './database.ts'\ndeclare const db: Db\n"
it.each([
  ['a query never run', 'src/platform/migrate.ts', `${db}db.insertInto('a').values({})`, neverRun],
  ['a query awaited, but never run', 'src/platform/migrate.ts', `${db}await db.deleteFrom('a')`, neverRun],
  ['the clock in the domain', 'src/domain/ids.ts', 'export const at = () => Date.now()', banned],
  ['today in the domain', 'src/domain/ids.ts', 'export const at = () => new Date()', banned],
  ['chance in the domain', 'src/domain/ids.ts', 'export const at = () => Math.random()', banned],
  ['the environment', 'src/platform/queue.ts', "export const a = process.env['A']", banned],
  ['the environment, taken apart', 'src/platform/queue.ts', 'export const { env } = process', banned],
  [
    'the environment, imported',
    'src/platform/queue.ts',
    "import { env } from 'node:process'\nexport const a = env['A']",
    banned,
  ],
  ['.only', 'test/unit/zone.test.ts', "import { it } from 'vitest'\nit.only('a', () => undefined)", banned],
  ['a print', 'src/platform/queue.ts', "console.log('a')", 'no-console'],
  [
    'a promise that nobody awaits',
    'src/platform/queue.ts',
    "import type { Queue } from 'bullmq'\nexport function ring(queue: Queue) {\n  queue.add('a', {})\n}",
    '@typescript-eslint/no-floating-promises',
  ],
  [
    'an async listener',
    'src/platform/queue.ts',
    "import type { Worker } from 'bullmq'\nexport const on = (worker: Worker) => worker.on('failed', async () => {\n  await worker.close()\n})",
    '@typescript-eslint/no-misused-promises',
  ],
  [
    'a case left out',
    'src/domain/ids.ts',
    "export function word(a: 'x' | 'y') {\n  switch (a) {\n    case 'x':\n      return 1\n  }\n  return 2\n}",
    '@typescript-eslint/switch-exhaustiveness-check',
  ],
])('%s is found', async (_what, path, text, rule) => {
  expect(await rulesBrokenBy(path, text)).toContain(rule)
})

it.each([
  ['a query that is run', 'src/platform/migrate.ts', `${db}await db.deleteFrom('units').execute()`],
  ['a query in an argument', 'src/platform/migrate.ts', `${db}structuredClone(db.deleteFrom('units'))`],
  ['a given time', 'src/domain/ids.ts', 'export const at = (utcMs: number) => new Date(utcMs).toISOString()'],
  ['the environment in its reader', 'src/config.ts', "export const a = process.env['A']"],
])('%s passes', async (_what, path, text) => {
  expect(await rulesBrokenBy(path, text)).toEqual([])
})
