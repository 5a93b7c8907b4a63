import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Kysely, PostgresDialect } from 'kysely'
import { Client, type ClientConfig, Pool, types } from 'pg'
import { GatewayError } from '../domain/errors.ts'
import type { Log } from './log.ts'
import { migrate } from './migrate.ts'
import { startPrivatePostgres } from './private-postgres.ts'
import type { Tables } from './tables.ts'

export type Db = Kysely<Tables>

export interface Database {
  readonly db: Db
  /** Rejects with `database-unreachable` while it does not answer. */
  check(): Promise<void>
  stop(): Promise<void>
}

export interface DatabaseOptions {
  readonly log: Log
  /** Claimed by this process (`claimDataDir`) where the private server is used. */
  readonly dataDir: string
  /** A server of somebody else; unset: a private one in `dataDir/db`. */
  readonly databaseUrl?: string
  readonly poolSize?: number
  /** For the private server, over its own. */
  readonly settings?: Readonly<Record<string, string>>
}

const statementMs = 30_000
const connectMs = 10_000

/** Starts or reaches the database, migrates it, and opens a pool on it. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { log, databaseUrl, poolSize = 10 } = options
  const server = databaseUrl === undefined ? await privateServer(options) : null
  const address: ClientConfig = {
    ...(server === null ? { connectionString: databaseUrl } : server.address),
    application_name: 'xueliang-gateway',
    connectionTimeoutMillis: connectMs,
    types: { getTypeParser },
  }
  try {
    await migrated(address, log)
  } catch (error) {
    await server?.stop()
    throw error
  }
  const pool = new Pool({ ...address, max: poolSize, statement_timeout: statementMs })
  // Connections break when the server restarts; the next query opens a new one. The pool hears of idle
  // ones only: of one in use the query under way is told, but its error event, unheard, would end us.
  pool.on('error', (error) => {
    log.warn({ err: error }, 'database connection lost')
  })
  pool.on('connect', (client) => {
    client.on('error', (error) => {
      log.debug({ err: error }, 'database connection lost')
    })
  })
  const db = new Kysely<Tables>({
    dialect: new PostgresDialect({
      pool: { connect: () => reached(pool.connect()), end: () => pool.end() },
    }),
  })
  return {
    db,
    check: async () => {
      const client = await reached(pool.connect())
      try {
        await reached(client.query('select 1'))
      } finally {
        client.release()
      }
    },
    stop: async () => {
      await db.destroy()
      await server?.stop()
    },
  }
}

async function privateServer({ dataDir, log, settings }: DatabaseOptions) {
  mkdirSync(dataDir, { recursive: true, mode: 0o711 })
  return startPrivatePostgres({ folder: join(dataDir, 'db'), log, ...(settings && { settings }) })
}

async function migrated(address: ClientConfig, log: Log): Promise<void> {
  const client = new Client(address)
  client.on('error', (error) => {
    log.warn({ err: error }, 'database connection lost')
  })
  await reached(client.connect())
  try {
    await migrate(client, log)
  } finally {
    await client.end()
  }
}

/** Foreign errors of connecting become ours here, once. */
async function reached<T>(step: Promise<T>): Promise<T> {
  try {
    return await step
  } catch (error) {
    throw new GatewayError({
      kind: 'unavailable',
      code: 'database-unreachable',
      message: `the database cannot be reached: ${error instanceof Error ? error.message : String(error)}`,
      cause: error,
    })
  }
}

/** int8 arrives as number: our counters stay far below 2^53, and one that does not is refused. */
const getTypeParser = ((oid: number, format: 'text' | 'binary' = 'text') =>
  oid === int8 && format !== 'binary' ? wholeNumber : usualParser(oid, format)) as typeof types.getTypeParser

// Declared for an enum of the types known to the package; the server sends numbers.
const usualParser = types.getTypeParser as (oid: number, format: string) => (text: string) => unknown
const int8: number = types.builtins.INT8

function wholeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value))
    throw new GatewayError({ kind: 'internal', code: 'number-too-large', message: `${text} exceeds 2^53` })
  return value
}
