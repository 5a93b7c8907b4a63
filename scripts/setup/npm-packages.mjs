import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import process from 'node:process'
import { pinnedNode, root } from './places.mjs'
import { runStep } from './run.mjs'

const modules = join(root, 'node_modules')
const lockfile = join(root, 'package-lock.json')
const stamp = join(modules, '.xueliang-stamp')

/** @type {import('./steps.mjs').Step} */
export const npmPackages = {
  name: 'npm packages',
  done: () => existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted(),
  run() {
    if (!installed()) install()
    pruneForeignBinaries()
    verifyPinnedNode()
    writeFileSync(stamp, wanted())
  },
}

const wanted = () =>
  `${createHash('sha256').update(readFileSync(lockfile)).digest('hex')} ${process.platform}-${process.arch}\n`

/** Does node_modules hold what the lockfile names (say, after somebody's own `npm install`)? */
function installed() {
  const record = join(modules, '.package-lock.json')
  if (!existsSync(record)) return false
  /** @typedef {{version?: string, optional?: boolean, integrity?: string}} Entry */
  /** @param {string} file @returns {Record<string, Entry>} */
  const packagesIn = (file) => {
    const lock = /** @type {{packages: Record<string, Entry>}} */ (JSON.parse(readFileSync(file, 'utf8')))
    return lock.packages
  }
  const here = packagesIn(record)
  const { '': _root, ...named } = packagesIn(lockfile)
  return (
    Object.keys(here).every((path) => path in named) &&
    Object.entries(named).every(([path, { version, optional }]) =>
      here[path] === undefined ? optional === true : here[path].version === version,
    )
  )
}

function install() {
  // The Node that runs us may be the very one that npm replaces: take the host's.
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.startsWith(modules))
  // Not `npm ci`: npm 11's refuses a lockfile when the registry lacks an optional package of another
  // platform. Versions and hashes come from the lockfile all the same. Warnings are left out because
  // they are about the host's Node, which runs nothing of ours but this set-up.
  const args = ['install', '--no-save', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']
  runStep('npm', args, { ...process.env, PATH: path.join(delimiter) })
}

/** onnxruntime-node carries the libraries of every platform: 220 MB that no other than ours can use. */
function pruneForeignBinaries() {
  const binaries = join(modules, 'onnxruntime-node', 'bin')
  if (!existsSync(binaries)) return
  for (const napi of readdirSync(binaries)) {
    for (const platform of readdirSync(join(binaries, napi))) {
      if (platform !== process.platform)
        rmSync(join(binaries, napi, platform), { recursive: true, force: true })
    }
  }
}

function verifyPinnedNode() {
  const { stdout, error } = spawnSync(pinnedNode, ['--version'], { encoding: 'utf8' })
  if (error || !stdout.startsWith('v24.')) {
    throw new Error(
      `node_modules/.bin/node is not Node 24 (${error?.message ?? stdout.trim()}).\n` +
        'It is there for Linux on x64 and arm64. Elsewhere use the container image (docs/operations.md).',
    )
  }
}
