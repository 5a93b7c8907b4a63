import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, readlinkSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { GatewayError } from '../domain/errors.ts'

/** Longest path of a unix socket: sun_path less its closing zero (unix(7)). */
export const longestSocketPathBytes = 107

export interface ClaimedDataDir {
  readonly path: string
  release(): void
}

/**
 * Makes DATA_DIR and holds it for this process: a second gateway is refused with `data-dir-in-use`.
 * The lock sits on the open file (flock(2)), which no child inherits, so the kernel gives it back the
 * moment that we die, however we die. Others may pass through the folder (the private PostgreSQL runs
 * under another uid) but not list it.
 */
export function claimDataDir(path: string): ClaimedDataDir {
  mkdirSync(path, { recursive: true, mode: 0o711 })
  const file = openSync(join(path, 'gateway.lock'), 'a', 0o600)
  const lock = spawnSync('flock', ['--exclusive', '--nonblock', '3'], {
    stdio: ['ignore', 'ignore', 'pipe', file],
  })
  if (lock.status !== 0) {
    closeSync(file)
    if (lock.status === 1)
      throw new GatewayError({
        kind: 'conflict',
        code: 'data-dir-in-use',
        message: `another gateway is running on ${path}: stop it, or give this one its own DATA_DIR`,
      })
    throw new GatewayError({
      kind: 'internal',
      code: 'data-dir-unlockable',
      message: `${path} cannot be locked: ${lock.error?.message ?? lock.stderr.toString().trim()}`,
    })
  }
  return {
    path,
    release: () => {
      closeSync(file)
    },
  }
}

/**
 * Waits until the server that a killed gateway has left behind in `folder` has finished: it got its
 * death signal and is writing its last pages. Its first line in `pidFile` is its process id.
 */
export async function awaitPredecessor(pidFile: string, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs
  for (;;) {
    const pid = runningIn(pidFile)
    if (pid === null) return
    if (performance.now() > deadline)
      throw new GatewayError({
        kind: 'conflict',
        code: 'predecessor-running',
        message: `process ${pid} still works in ${dirname(pidFile)}: stop it first`,
      })
    await sleep(25)
  }
}

/** A recycled process id is told apart by its working folder: our servers work in their own. */
function runningIn(pidFile: string): number | null {
  try {
    const pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10)
    if (!(pid > 0)) return null
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(dirname(pidFile)) ? pid : null
  } catch {
    return null
  }
}
