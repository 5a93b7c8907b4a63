/**
 * Runs as root, by sudo if need be: `install-debian-packages.mjs PACKAGE...`. Installs them without
 * leaving a service behind: the gateway starts PostgreSQL and Redis itself, privately, so no system
 * cluster is made and no Redis takes port 6379, neither now nor at the next boot.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import process from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'

const lockPatienceMs = 10 * 60_000
const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' }

/** Says "no" to packages that want to start a service (see invoke-rc.d(8)). */
const startNothing = { file: '/usr/sbin/policy-rc.d', text: '#!/bin/sh\nexit 101\n', mode: 0o755 }
/** Keeps postgresql-common from making its "main" cluster (see pg_createcluster(8)). */
const noCluster = {
  file: '/etc/postgresql-common/createcluster.d/no-main-cluster.conf',
  text: 'create_main_cluster = false\n',
  mode: 0o644,
}

const packages = process.argv.slice(2)
const restraints = [startNothing, noCluster].filter(({ file }) => !existsSync(file))
try {
  for (const { file, text, mode } of restraints) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text, { mode })
  }
  // A broken third-party source must not stand in the way: whether it matters shows in the install.
  await aptGet(['update'])
  const status = await aptGet(['install', '--yes', '--no-install-recommends', ...packages])
  if (status === 0 && packages.includes('redis-server')) disableService('redis-server')
  process.exitCode = status
} finally {
  for (const { file } of restraints) rmSync(file, { force: true })
}

/**
 * @param {readonly string[]} args
 * @returns {Promise<number>} exit code
 */
async function aptGet(args) {
  const untilMs = performance.now() + lockPatienceMs
  for (let waited = false; ; waited = true) {
    const seconds = String(Math.ceil(lockPatienceMs / 1000))
    const { status, stderr, error } = spawnSync(
      'apt-get',
      ['--quiet', '--option', `DPkg::Lock::Timeout=${seconds}`, ...args],
      { env, stdio: ['ignore', process.stderr, 'pipe'], encoding: 'utf8' },
    )
    if (error) throw error
    // `update` has a lock of its own, for which apt does not wait
    const locked = status !== 0 && stderr.includes('Could not get lock')
    if (!locked || performance.now() > untilMs) {
      process.stderr.write(stderr)
      return status ?? 1
    }
    if (!waited) console.error('another program is using apt: waiting for it')
    await pause(1000)
  }
}

/** @param {string} service */
function disableService(service) {
  const [file, args] = existsSync('/run/systemd/system')
    ? ['systemctl', ['disable', '--quiet', service]]
    : ['update-rc.d', [service, 'disable']]
  spawnSync(file, args, { env, stdio: ['ignore', process.stderr, process.stderr] })
}
