#!/usr/bin/env node
/**
 * The one way in: `npm start`, `npm test` and the other commands all come here. Does whatever set-up
 * the command still lacks, then becomes that command. Plain JavaScript without packages, because on a
 * bare clone the host's Node (20 or later) runs it before anything is installed.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { npmPackages } from './npm-packages.mjs'
import { payload } from './payloads.mjs'
import { pinnedNode, root } from './places.mjs'
import { becomeCommand } from './run.mjs'
import { setUp } from './steps.mjs'
import { systemPackages } from './system-packages.mjs'
import { webBuild } from './web-build.mjs'

const oldestNode = 20
if (Number.parseInt(process.versions.node, 10) < oldestNode) {
  console.error(
    `This is Node ${process.versions.node}; the set-up needs ${oldestNode} or later (it then brings its own Node 24).`,
  )
  process.exit(1)
}

const models = payload('model weights', 'scripts/models.ts')
const footage = payload('demo footage', 'scripts/demo-footage.ts')

/**
 * What each command needs, in the order in which it is set up, and what it runs.
 * @type {Readonly<Record<string, {needs: import('./steps.mjs').Step[], runs: string[]}>>}
 */
const commands = {
  start: {
    needs: [systemPackages('gateway'), npmPackages, models, footage, webBuild],
    runs: ['src/main.ts'],
  },
  test: {
    needs: [systemPackages('test'), npmPackages, models, footage, webBuild],
    runs: ['node_modules/vitest/vitest.mjs', 'run'],
  },
  check: { needs: [npmPackages], runs: ['scripts/check.ts'] },
  worker: { needs: [npmPackages, models], runs: ['src/worker.ts'] },
  bench: {
    needs: [systemPackages('test'), npmPackages, models, footage, webBuild],
    runs: ['scripts/bench.ts'],
  },
  eval: { needs: [systemPackages('gateway'), npmPackages, models], runs: ['scripts/eval.ts'] },
  verify: { needs: [npmPackages], runs: ['scripts/verify.ts'] },
  backup: { needs: [systemPackages('gateway'), npmPackages], runs: ['scripts/backup.ts'] },
}

const [name = '', ...rest] = process.argv.slice(2)
const command = Object.hasOwn(commands, name) ? commands[name] : undefined
if (command === undefined) {
  console.error(`unknown command "${name}"; one of: ${Object.keys(commands).join(', ')}`)
  process.exit(2)
}
process.chdir(root)
try {
  await setUp(command.needs)
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`)
  process.exit(1)
}
const [script = '', ...fixed] = command.runs
if (!existsSync(join(root, script))) {
  console.error(`${script} is not part of this version`)
  process.exit(2)
}
becomeCommand(pinnedNode, [join(root, script), ...fixed, ...rest])
