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
  const packagesIn = (file) => JSON.parse(readFileSync(file, 'utf8')).packages
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
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.startsWith(modules))
  // Not `npm ci`: it refuses the lock when a registry lacks an optional package of another platform.
  runStep('npm', ['install', '--no-save', '--include=dev', '--no-audit', '--no-fund'], {
    ...process.env,
    // `npm ci` removes the Node that may be running us: use the host's
    PATH: path.join(delimiter),
    // its install script would look for CUDA and reach for an outside host
    ONNXRUNTIME_NODE_INSTALL: 'skip',
  })
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
        'Is npm set to ignore install scripts? Set ignore-scripts=false, remove node_modules, try again.',
    )
  }
}
