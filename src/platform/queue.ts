import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { backoffMs } from '../domain/backoff.ts'
import { GatewayError } from '../domain/errors.ts'
import type { Log } from './log.ts'
import { startPrivateRedis } from './private-redis.ts'

/** The options of ioredis that we use: those that BullMQ understands in the same way. */
export type QueueAddress = Readonly<{
  path?: string
  host?: string
  port?: number
  username?: string
  password?: string
  db?: number
  tls?: Record<string, never>
  maxRetriesPerRequest?: number | null
  retryStrategy?: (tries: number) => number
}>

/** The way to Redis, for ourselves and (as settings) for worker processes. */
export interface QueueConnection {
  /** A connection of the caller's own, which closes it; it comes back by itself after a break. */
  connect(): Redis
  /** What BullMQ and child processes need to connect by themselves. */
  readonly options: QueueAddress
}

export interface Queue extends QueueConnection {
  /** Begins the names of all that is ours there: other gateways may use the same Redis. */
  readonly prefix: string
  /** Of the private server, for tests that kill it. */
  readonly serverPid: number | undefined
  /** Rejects with `queue-unreachable` while it does not answer within a second. */
  check(): Promise<void>
  stop(): Promise<void>
}

export interface QueueOptions {
  readonly log: Log
  /** Claimed by this process (`claimDataDir`) where the private server is used. */
  readonly dataDir: string
  readonly redisUrl?: string
}

const checkMs = 1_000
const reconnect = { firstMs: 50, longestMs: 2_000 }

/** Starts the private Redis, or uses the one at `redisUrl`. */
export async function openQueue({ log, dataDir, redisUrl }: QueueOptions): Promise<Queue> {
  const server = redisUrl === undefined ? await startPrivateRedis(join(dataDir, 'redis'), log) : null
  const options = server === null ? addressOf(redisUrl ?? '') : { path: server.socketPath }
  const connection = connectQueue(options, log)
  const health = connection.connect()
  const check = async () => {
    try {
      await answered(health)
    } catch (error) {
      throw new GatewayError({
        kind: 'unavailable',
        code: 'queue-unreachable',
        message: 'the queue does not answer',
        cause: error,
      })
    }
  }
  return {
    ...connection,
    prefix: queuePrefix(installationId(dataDir)),
    get serverPid() {
      return server?.pid
    },
    check,
    stop: async () => {
      health.disconnect()
      await server?.stop()
    },
  }
}

/** Names this gateway on a Redis; stays the same as long as its DATA_DIR does. */
function installationId(dataDir: string): string {
  const file = join(dataDir, 'installation')
  try {
    const id = readFileSync(file, 'utf8').trim()
    if (installationForm.test(id)) return id
  } catch {
    // The first start.
  }
  const id = randomUUID()
  mkdirSync(dataDir, { recursive: true })
  writeFileSync(file, `${id}\n`, { mode: 0o644 })
  return id
}

export const installationForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export function queuePrefix(installation: string): string {
  return `xueliang:${installation}`
}

/** Connections to a Redis that runs already: what a worker process uses. */
export function connectQueue(address: QueueAddress, log: Log): QueueConnection {
  const options: QueueAddress = {
    ...address,
    // BullMQ's blocking connections wait for the server, however long it is away.
    maxRetriesPerRequest: null,
    retryStrategy: (tries) => backoffMs(reconnect, tries, Math.random()),
  }
  return {
    options,
    connect: () => {
      const redis = new Redis(options)
      // Without a listener a lost connection would end the process.
      redis.on('error', (error) => {
        log.warn({ err: error }, 'queue connection lost')
      })
      return redis
    },
  }
}

/** ioredis options of a redis:// or rediss:// address. */
export function addressOf(redisUrl: string): QueueAddress {
  const url = new URL(redisUrl)
  const db = Number.parseInt(url.pathname.slice(1), 10)
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 6379 : Number(url.port),
    ...(url.username === '' ? {} : { username: decodeURIComponent(url.username) }),
    ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
    ...(Number.isNaN(db) ? {} : { db }),
    ...(url.protocol === 'rediss:' ? { tls: {} } : {}),
  }
}

async function answered(redis: Redis): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(reject, checkMs, new Error(`no answer within ${checkMs} ms`))
  })
  try {
    await Promise.race([redis.ping(), late])
  } finally {
    clearTimeout(timer)
  }
}
