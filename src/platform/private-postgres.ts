import { execFile } from 'node:child_process'
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Client, DatabaseError } from 'pg'
import { GatewayError } from '../domain/errors.ts'
import { type ChildExit, childEnvironment, SupervisedChild } from './child.ts'
import { awaitPredecessor, longestSocketPathBytes } from './data-dir.ts'
import { type Identity, serverIdentity } from './identity.ts'
import type { Log } from './log.ts'

/** What a client (`pg`, `psql`, `pg_dump`) needs to connect; the socket's folder is the secret. */
export interface PostgresAddress {
  /** Folder of the unix socket. */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string
}

export interface PrivatePostgres {
  readonly address: PostgresAddress
  stop(): Promise<void>
}

export interface PrivatePostgresOptions {
  /** Becomes the cluster's data folder; nobody but the server's user may enter it. */
  readonly folder: string
  readonly log: Log
  /** Server settings over the ones below. */
  readonly settings?: Readonly<Record<string, string>>
}

const name = 'xueliang'
const port = 5432
const startMs = 60_000
const predecessorMs = 60_000
/** In a row, before it first answers: one may fail on the shared memory of a killed predecessor. */
const failuresAllowed = 4

/** For one gateway on one machine: small memory, no network, nothing acknowledged before it is on disk. */
const embedded: Readonly<Record<string, string>> = {
  listen_addresses: '',
  // The working folder, which is the data folder: no path to quote, however DATA_DIR is called.
  unix_socket_directories: '.',
  unix_socket_permissions: '0700',
  max_connections: '40',
  shared_buffers: '64MB',
  work_mem: '8MB',
  maintenance_work_mem: '64MB',
  effective_cache_size: '512MB',
  max_wal_size: '512MB',
  min_wal_size: '64MB',
  wal_compression: 'on',
  fsync: 'on',
  synchronous_commit: 'on',
  max_wal_senders: '0',
  wal_level: 'minimal',
  // One session of ours stays idle for ever when a worker hangs: never a transaction.
  idle_in_transaction_session_timeout: '60s',
  log_min_messages: 'warning',
  // Statements carry what people typed; errors are logged where they are caught.
  log_min_error_statement: 'panic',
  timezone: 'UTC',
}

export function privatePostgresAddress(folder: string): PostgresAddress {
  return { host: folder, port, user: name, database: name }
}

/**
 * Runs a PostgreSQL of our own in `folder`, made on the first start, reachable by a unix socket in
 * there only. It ends with us even on kill -9; after that the next start waits for it to finish.
 * Throws GatewayError when it cannot run, with what to do.
 */
export async function startPrivatePostgres(options: PrivatePostgresOptions): Promise<PrivatePostgres> {
  const { folder, log, settings = {} } = options
  const socketBytes = Buffer.byteLength(join(folder, `.s.PGSQL.${port}`))
  if (socketBytes > longestSocketPathBytes)
    throw new GatewayError({
      kind: 'invalid',
      code: 'data-dir-too-long',
      message: `the database's socket in ${folder} would be ${socketBytes} bytes long, ${longestSocketPathBytes} are possible: choose a shorter DATA_DIR`,
    })
  const identity = serverIdentity('postgres', join(folder, '..'), log)
  await awaitPredecessor(join(folder, 'postmaster.pid'), predecessorMs)
  if (!existsSync(join(folder, 'PG_VERSION'))) await makeCluster(folder, identity, log)
  const binaries = findBinaries(readFileSync(join(folder, 'PG_VERSION'), 'utf8').trim())

  const failure: { exits: ChildExit[] } = { exits: [] }
  const child = new SupervisedChild({
    name: 'postgres',
    argv: [
      join(binaries, 'postgres'),
      '-D',
      folder,
      ...Object.entries({ ...embedded, ...settings }).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
    ],
    privileges: identity.privileges,
    log,
    // SIGINT is PostgreSQL's fast shutdown: sessions ended, everything written.
    deathSignal: 'INT',
    stopSignal: 'SIGINT',
    graceMs: 8_000,
    restart: { firstMs: 200, longestMs: 10_000 },
    onExit: (exit) => failure.exits.push(exit),
  })
  child.start()
  try {
    const address = privatePostgresAddress(folder)
    await answering(address, failure)
    return { address, stop: () => child.stop() }
  } catch (error) {
    await child.stop()
    throw error
  }
}

async function answering(address: PostgresAddress, failure: { exits: ChildExit[] }): Promise<void> {
  const deadline = performance.now() + startMs
  for (;;) {
    const client = new Client({ ...address, database: 'postgres' })
    try {
      await client.connect()
      const found = await client.query('select 1 from pg_database where datname = $1', [name])
      if (found.rowCount === 0) await client.query(`create database ${name}`)
      return
    } catch (error) {
      const last = failure.exits.at(-1)
      if (failure.exits.length >= failuresAllowed || performance.now() > deadline)
        throw new GatewayError({
          kind: 'unavailable',
          code: 'database-not-started',
          message: `the private PostgreSQL in ${address.host} did not start: ${last?.stderr || String(error)}`,
          cause: error,
        })
      if (error instanceof DatabaseError && error.code !== startingUp) throw error
      await sleep(20)
    } finally {
      // A client that never connected has nothing to end but its half-open socket.
      await client.end().catch(() => undefined)
    }
  }
}

/** SQLSTATE cannot_connect_now. */
const startingUp = '57P03'

/** Beside its place first, so that a set-up which was cut short never looks like a cluster. */
async function makeCluster(folder: string, identity: Identity, log: Log): Promise<void> {
  const unfinished = `${folder}.new`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { recursive: true, mode: 0o700 })
  identity.own(unfinished)
  log.info({ folder }, 'making the private database')
  const initdb = [
    join(findBinaries(null), 'initdb'),
    ...['--pgdata', unfinished, '--username', name, '--auth', 'trust', '--encoding', 'UTF8'],
    ...['--locale', 'C.UTF-8', '--data-checksums', '--no-instructions'],
  ]
  try {
    await promisify(execFile)('setpriv', ['--pdeathsig', 'KILL', ...identity.privileges, '--', ...initdb], {
      env: childEnvironment(),
      cwd: unfinished,
    })
  } catch (error) {
    throw new GatewayError({
      kind: 'unavailable',
      code: 'database-not-made',
      message: `initdb failed in ${unfinished}: ${(error as { stderr?: string }).stderr?.trim() ?? String(error)}`,
      cause: error,
    })
  }
  renameSync(unfinished, folder)
}

const debianRoot = '/usr/lib/postgresql'

/**
 * The folder of `postgres` and `pg_dump`: of the major version that made the cluster, or the newest.
 * Debian keeps versions side by side under /usr/lib/postgresql and off the path.
 */
export function findBinaries(major: string | null): string {
  const installed = existsSync(debianRoot) ? readdirSync(debianRoot) : []
  const folders = installed
    .filter((version) => major === null || version === major)
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(debianRoot, version, 'bin'))
  const onPath = (childEnvironment()['PATH'] ?? '').split(delimiter)
  const found = [...folders, ...(installed.length === 0 ? onPath : [])].find((folder) =>
    runnable(join(folder, 'postgres')),
  )
  if (found !== undefined) return found
  const wanted = major === null ? 'PostgreSQL is' : `PostgreSQL ${major}, which made the database, is`
  throw new GatewayError({
    kind: 'unavailable',
    code: 'postgres-missing',
    message: `${wanted} not installed: apt-get install postgresql${major === null ? '' : `-${major}`}, or set DATABASE_URL`,
  })
}

function runnable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
