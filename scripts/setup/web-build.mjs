import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { pinnedNode, root } from './places.mjs'
import { runStep } from './run.mjs'

const stamp = join(root, 'web', 'dist', '.xueliang-stamp')

/** @type {import('./steps.mjs').Step} */
export const webBuild = {
  name: 'web build',
  done: () =>
    !existsSync(join(root, 'web', 'index.html')) ||
    (existsSync(stamp) && readFileSync(stamp, 'utf8') === sourcesHash()),
  run() {
    const before = sourcesHash()
    runStep(pinnedNode, [join(root, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', join(root, 'web')])
    writeFileSync(stamp, before)
  },
}

/** One hash over everything that the bundle is made from. */
function sourcesHash() {
  const hash = createHash('sha256')
  for (const part of ['web', 'src/contract', 'src/domain', 'package-lock.json']) {
    for (const file of filesUnder(join(root, part))) {
      hash
        .update(`${relative(root, file)}\0`)
        .update(readFileSync(file))
        .update('\0')
    }
  }
  return `${hash.digest('hex')}\n`
}

/** @param {string} path @returns {string[]} sorted, without what the build itself writes */
function filesUnder(path) {
  if (path.endsWith('package-lock.json')) return [path]
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.name !== 'dist' && entry.name !== 'node_modules')
    .flatMap((entry) => {
      const child = join(path, entry.name)
      return entry.isDirectory() ? filesUnder(child) : [child]
    })
    .sort()
}
