import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { afterAll, beforeAll, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** Each file breaks the rule that it is named with, or (null) none. */
const planted: Readonly<Record<string, readonly [imports: string, rule: string | null]>> = {
  'node_modules/pino/index.js': ['', null],
  'node_modules/typebox/index.js': ['', null],
  'node_modules/vitest/index.js': ['', null],
  'src/domain/files.ts': ["import { readFileSync } from 'node:fs'", 'domain-is-pure'],
  'src/domain/upwards.ts': ["import '../platform/log.ts'", 'domain-imports'],
  'src/domain/sideways.ts': ["import './ids.ts'", null],
  'src/domain/ids.ts': ['', null],
  'src/contract/package.ts': ["import 'pino'", 'contract-is-schemas'],
  'src/contract/schema.ts': ["import 'typebox'", null],
  'src/platform/log.ts': ["import '../contract/schema.ts'", 'platform-imports'],
  'src/registry/early.ts': ["import '../media/late.ts'", 'registry-imports'],
  'src/registry/types.ts': ["import type { Late } from '../media/late.ts'", 'registry-imports'],
  'src/media/late.ts': ['export interface Late { readonly a: 1 }', null],
  'src/media/back.ts': ["import '../registry/early.ts'", null],
  'src/alerts/one.ts': ["import './two.ts'", 'no-cycle'],
  'src/alerts/two.ts': ["import './one.ts'", null],
  'src/tracks/one-type.ts': [
    "import type { Two } from './two-type.ts'\nexport interface One { two: Two }",
    null,
  ],
  'src/tracks/two-type.ts': [
    "import type { One } from './one-type.ts'\nexport interface Two { one: One }",
    null,
  ],
  'src/wall/test.ts': ["import '../../test/harness.ts'", 'src-stands-alone'],
  'src/wall/tool.ts': ["import 'vitest'", 'no-development-package-at-run-time'],
  'src/other/thing.ts': ['', null],
  'src/compose.ts': ["import './wall/test.ts'\nimport './other/thing.ts'", 'no-new-folder-without-a-place'],
  'src/main.ts': ["import './compose.ts'", null],
  'scripts/run.ts': ["import '../src/main.ts'", 'entries-are-not-imported'],
  'scripts/setup/enter.mjs': ["import 'pino'", 'set-up-needs-nothing'],
  'test/harness.ts': ['', null],
  'web/server.tsx': ["import '../src/platform/log.ts'", 'web-knows-the-contract-only'],
  'web/node.tsx': ["import 'node:fs'", 'web-runs-in-a-browser'],
  'web/fine.tsx': ["import '../src/contract/schema.ts'\nimport './gone.ts'", 'resolvable'],
}

let folder = ''
let broken: readonly { from: string; rule: { name: string } }[] = []

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'xueliang-imports-'))
  for (const [path, [text]] of Object.entries(planted)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), `${text}\n`)
  }
  for (const file of ['.dependency-cruiser.mjs', 'tsconfig.json', 'tsconfig.base.json', 'package.json'])
    cpSync(join(root, file), join(folder, file))
  const script = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs')
  const options = ['--config', '.dependency-cruiser.mjs', '--output-type', 'json']
  const { stdout } = spawnSync(process.execPath, [script, ...options, 'src', 'web', 'scripts', 'test'], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  broken = (JSON.parse(stdout) as { summary: { violations: typeof broken } }).summary.violations
}, 60_000)
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

it.each(Object.entries(planted))('%s', (path, [, rule]) => {
  const names = new Set(broken.filter(({ from }) => from === path).map(({ rule: { name } }) => name))
  if (rule === null) expect([...names]).toEqual([])
  else expect([...names]).toContain(rule)
})
