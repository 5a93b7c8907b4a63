import { mkdirSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { GatewayError } from '../domain/errors.ts'
import { type ChildExit, SupervisedChild } from './child.ts'
import { awaitPredecessor, longestSocketPathBytes } from './data-dir.ts'
import type { Log } from './log.ts'

export interface PrivateRedis {
  /** Absolute. */
  readonly socketPath: string
  /** Of the server that runs now; it changes when the server had to be started again. */
  readonly pid: number | undefined
  stop(): Promise<void>
}

const startMs = 30_000
const predecessorMs = 30_000
const failuresAllowed = 3

/**
 * Runs a Redis of our own in `folder`, on a unix socket only. What was acknowledged survives a kill
 * but for the last second (AOF everysec); it is started again when it dies.
 */
export async function startPrivateRedis(folder: string, log: Log): Promise<PrivateRedis> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const socketPath = join(folder, 'redis.sock')
  const socketBytes = Buffer.byteLength(socketPath)
  if (socketBytes > longestSocketPathBytes)
    throw new GatewayError({
      kind: 'invalid',
      code: 'data-dir-too-long',
      message: `the queue's socket ${socketPath} would be ${socketBytes} bytes long, ${longestSocketPathBytes} are possible: choose a shorter DATA_DIR`,
    })
  await awaitPredecessor(join(folder, 'redis.pid'), predecessorMs)
  const exits: ChildExit[] = []
  const child = new SupervisedChild({
    name: 'redis-server',
    argv: ['redis-server', ...settings],
    privileges: ['--no-new-privs'],
    // Relative paths in the settings, and AOF files, are in here.
    cwd: folder,
    log,
    graceMs: 5_000,
    restart: { firstMs: 100, longestMs: 5_000 },
    onExit: (exit) => exits.push(exit),
  })
  child.start()
  const deadline = performance.now() + startMs
  while (!(await accepts(socketPath))) {
    if (exits.length >= failuresAllowed || performance.now() > deadline) {
      await child.stop()
      throw new GatewayError({
        kind: 'unavailable',
        code: 'queue-not-started',
        message: `the private Redis in ${folder} did not start: ${exits.at(-1)?.stderr || `see ${join(folder, 'redis.log')}`} (is redis-server installed? apt-get install redis-server, or set REDIS_URL)`,
      })
    }
    await sleep(10)
  }
  return {
    socketPath,
    get pid() {
      return child.pid
    },
    stop: () => child.stop(),
  }
}

const settings = Object.entries({
  port: '0',
  unixsocket: 'redis.sock',
  unixsocketperm: '700',
  dir: '.',
  pidfile: 'redis.pid',
  logfile: 'redis.log',
  loglevel: 'notice',
  appendonly: 'yes',
  appendfsync: 'everysec',
  save: '',
  // A queue that forgets under pressure loses jobs silently: it refuses instead.
  'maxmemory-policy': 'noeviction',
  maxmemory: '256mb',
  'always-show-logo': 'no',
}).flatMap(([key, value]) => [`--${key}`, value])

function accepts(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(socketPath)
    socket.once('error', () => {
      resolve(false)
    })
    socket.once('data', (answer) => {
      socket.destroy()
      resolve(answer.toString('latin1').startsWith('+PONG'))
    })
    socket.once('connect', () => socket.write('PING\r\n'))
  })
}
