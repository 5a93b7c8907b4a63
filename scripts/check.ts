/** `npm run check`: every rule of the house, as programs. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const checks: Readonly<Record<string, readonly string[]>> = {
  'types: root': ['typescript/bin/tsc', '-p', 'tsconfig.json'],
  'types: src/domain': ['typescript/bin/tsc', '-p', 'src/domain'],
  'types: src/contract': ['typescript/bin/tsc', '-p', 'src/contract'],
  ...(existsSync('web/tsconfig.json') ? { 'types: web': ['typescript/bin/tsc', '-p', 'web'] } : {}),
  format: ['@biomejs/biome/bin/biome', 'check', '.'],
}

let failed = 0
for (const [name, [script = '', ...args]] of Object.entries(checks)) {
  const { status } = spawnSync(process.execPath, [`node_modules/${script}`, ...args], { stdio: 'inherit' })
  console.log(`${status === 0 ? 'ok' : 'FAILED'}  ${name}`)
  if (status !== 0) failed++
}
process.exitCode = failed === 0 ? 0 : 1
