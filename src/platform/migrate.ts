import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Client } from 'pg'
import { GatewayError } from '../domain/errors.ts'
import type { Log } from './log.ts'

export interface Migration {
  /** 1, 2, 3 …, without gaps: the leading digits of the file's name. */
  readonly version: number
  readonly name: string
  readonly sql: string
  readonly sha256: string
}

interface Applied {
  readonly version: number
  readonly name: string
  readonly sha256: string
}

const migrationsFolder = join(import.meta.dirname, 'migrations')
/** Held by whoever migrates: two gateways that start on one server go one after the other. */
const advisoryLock = 7_309_115_402

export function readMigrations(folder: string = migrationsFolder): Migration[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.sql'))
  return files.sort().map((file, index) => {
    const [, digits = '', name = ''] = /^(\d{4})_([a-z0-9_]+)\.sql$/.exec(file) ?? []
    if (Number(digits) !== index + 1)
      throw new GatewayError({
        kind: 'internal',
        code: 'migration-misnamed',
        message: `migration ${index + 1} must be called ${String(index + 1).padStart(4, '0')}_name.sql, found ${file}`,
      })
    const sql = readFileSync(join(folder, file), 'utf8')
    return { version: index + 1, name, sql, sha256: createHash('sha256').update(sql).digest('hex') }
  })
}

/** What is still to do. Throws when the database and this gateway disagree about the past. */
export function pendingMigrations(known: readonly Migration[], applied: readonly Applied[]): Migration[] {
  for (const done of applied) {
    const ours = known.find((migration) => migration.version === done.version)
    if (ours === undefined)
      throw new GatewayError({
        kind: 'conflict',
        code: 'schema-newer',
        message: `the database has migration ${done.version} (${done.name}), which this gateway does not know: run the newer gateway that made it`,
      })
    if (ours.sha256 !== done.sha256)
      throw new GatewayError({
        kind: 'conflict',
        code: 'migration-changed',
        message: `migration ${done.version} (${done.name}) is not what was applied to the database: restore the file, and put the change in a new migration`,
      })
  }
  return known.filter(({ version }) => !applied.some((done) => done.version === version))
}

/** Brings the schema up to date, forward only, each step in a transaction of its own. */
export async function migrate(client: Client, log: Log, folder: string = migrationsFolder): Promise<void> {
  const known = readMigrations(folder)
  await client.query('select pg_advisory_lock($1)', [advisoryLock])
  try {
    await client.query(`create table if not exists schema_migrations (
      version integer primary key, name text not null, sha256 text not null,
      applied_at timestamptz not null default now())`)
    const applied = await client.query<Applied>(
      'select version, name, sha256 from schema_migrations order by version',
    )
    for (const migration of pendingMigrations(known, applied.rows)) await apply(client, migration, log)
  } finally {
    await client.query('select pg_advisory_unlock($1)', [advisoryLock])
  }
}

async function apply(client: Client, migration: Migration, log: Log): Promise<void> {
  const { version, name, sql, sha256 } = migration
  await client.query('begin')
  try {
    await client.query(sql)
    await client.query('insert into schema_migrations (version, name, sha256) values ($1, $2, $3)', [
      version,
      name,
      sha256,
    ])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw new GatewayError({
      kind: 'internal',
      code: 'migration-failed',
      message: `migration ${version} (${name}) failed and was undone: ${String(error)}`,
      cause: error,
    })
  }
  log.info({ version, migration: name }, 'schema migrated')
}
