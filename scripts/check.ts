/**
 * `npm run check`: every rule of the house, as programs. `-- NAME…` runs only those whose name begins
 * so; `-- --fix` lets the tools mend what they can.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { settings } from '../src/config.ts'
import { envExample, envExamplePath } from './check/env-example.ts'
import { openRepository } from './check/repository.ts'
import { rules } from './check/rules.ts'
import { runTool, tools, type Verdict } from './check/tools.ts'

/** More would only wait for each other on a small machine. */
const atOnce = 2

const root = join(import.meta.dirname, '..')
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const fixing = process.argv.includes('--fix')
process.chdir(root)
if (fixing) writeFileSync(envExamplePath, envExample(settings))

const repository = openRepository(root)
const checks: { name: string; run: () => Promise<Verdict> }[] = [
  ...tools.map((tool) => ({ name: tool.name, run: () => runTool(tool, fixing) })),
  ...Object.entries(rules).map(([name, rule]) => ({
    name,
    run: async (): Promise<Verdict> => {
      const findings = rule(repository).map(
        ({ path, line, text }) => `${path}${line === undefined ? '' : `:${line}`}: ${text}`,
      )
      return { passed: findings.length === 0, details: findings.join('\n') }
    },
  })),
].filter(({ name }) => wanted.length === 0 || wanted.some((prefix) => name.startsWith(prefix)))

if (checks.length === 0) {
  console.error(
    `no such check; there are: ${[...tools.map(({ name }) => name), ...Object.keys(rules)].join(', ')}`,
  )
  process.exit(2)
}

const failed: string[] = []
const waiting = [...checks]
await Promise.all(
  Array.from({ length: atOnce }, async () => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const startMs = performance.now()
      const { passed, details } = await check.run().catch((error: unknown) => ({
        passed: false,
        details: error instanceof Error ? (error.stack ?? error.message) : String(error),
      }))
      const seconds = ((performance.now() - startMs) / 1000).toFixed(1)
      console.log(`${passed ? 'ok    ' : 'FAILED'}  ${check.name}  (${seconds} s)`)
      if (passed) continue
      failed.push(check.name)
      console.log(`${details.replace(/^/gm, '        ')}\n`)
    }
  }),
)
console.log(
  failed.length === 0
    ? `${checks.length} checks passed`
    : `${failed.length} of ${checks.length} checks failed: ${failed.join(', ')}`,
)
process.exitCode = failed.length === 0 ? 0 : 1
