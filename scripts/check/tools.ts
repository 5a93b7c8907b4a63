import { spawn } from 'node:child_process'
import process from 'node:process'

export interface Verdict {
  readonly passed: boolean
  /** Shown when it did not pass. */
  readonly details: string
}

/** One of the ready-made tools, by the script that its package brings. */
export interface Tool {
  readonly name: string
  /** Script below node_modules, then its arguments. */
  readonly argv: readonly [string, ...string[]]
  /** More arguments that make it mend what it can. */
  readonly fix?: readonly string[]
}

/** The slowest first, so that two at a time end together. */
export const tools: readonly Tool[] = [
  { name: 'lint', argv: ['eslint/bin/eslint.js', '.', '--max-warnings=0'], fix: ['--fix'] },
  { name: 'types: server, scripts, tests', argv: ['typescript/bin/tsc', '-p', 'tsconfig.json'] },
  { name: 'types: browser tests', argv: ['typescript/bin/tsc', '-p', 'test/browser'] },
  { name: 'types: web', argv: ['typescript/bin/tsc', '-p', 'web'] },
  { name: 'types: domain', argv: ['typescript/bin/tsc', '-p', 'src/domain'] },
  { name: 'types: contract', argv: ['typescript/bin/tsc', '-p', 'src/contract'] },
  {
    name: 'imports',
    argv: [
      'dependency-cruiser/bin/dependency-cruise.mjs',
      ...['--config', '.dependency-cruiser.mjs', '--output-type', 'err-long'],
      ...['src', 'web', 'scripts', 'test'],
    ],
  },
  { name: 'dead code', argv: ['knip/bin/knip.js', '--no-progress', '--treat-config-hints-as-errors'] },
  {
    name: 'format',
    argv: ['@biomejs/biome/bin/biome', 'check', '--diagnostic-level=error', '.'],
    fix: ['--write'],
  },
]

/** Runs one tool with this very Node; what it prints is kept for the report. */
export function runTool({ argv: [script, ...args], fix }: Tool, fixing: boolean): Promise<Verdict> {
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      [`node_modules/${script}`, ...args, ...(fixing ? (fix ?? []) : [])],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NO_COLOR: '1' } },
    )
    const printed: Buffer[] = []
    child.stdout.on('data', (data: Buffer) => printed.push(data))
    child.stderr.on('data', (data: Buffer) => printed.push(data))
    child.on('error', (error) => {
      resolve({ passed: false, details: error.message })
    })
    child.on('close', (code) => {
      resolve({ passed: code === 0, details: Buffer.concat(printed).toString('utf8').trim() })
    })
  })
}
