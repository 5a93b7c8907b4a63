import { existsSync } from 'node:fs'
import { chmod, cp, mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import type { Config } from '../../src/config.ts'
import { GatewayError } from '../../src/domain/errors.ts'
import { claimDataDir } from '../../src/platform/data-dir.ts'
import { type DumpTarget, dumpDatabase, restoreDatabase } from '../../src/platform/dump.ts'
import type { Log } from '../../src/platform/log.ts'
import { readMigrations } from '../../src/platform/migrate.ts'
import { privatePostgresAddress, startPrivatePostgres } from '../../src/platform/private-postgres.ts'
import { inWorkFolder, pack, unpack } from './archive.ts'

export type BackupConfig = Pick<Config, 'dataDir' | 'databaseUrl'>

const dumpFile = 'database.dump'
const keysFolder = 'keys'

/**
 * Writes the database and the keys to `file`, while the gateway runs or while it does not. What it holds
 * opens everything: keep it like a password.
 */
export async function backUp(config: BackupConfig, file: string, log: Log): Promise<void> {
  await inWorkFolder(file, async (folder) => {
    const schemaVersion = await withDatabase(config, log, async (target) => {
      const version = await schemaVersionOf(target)
      await dumpDatabase(target, join(folder, dumpFile))
      return version
    })
    const keys = join(config.dataDir, keysFolder)
    const parts = [dumpFile]
    if (existsSync(keys)) {
      await cp(keys, join(folder, keysFolder), { recursive: true })
      parts.push(keysFolder)
    }
    await pack(folder, parts, { format: 1, schemaVersion, createdAt: new Date().toISOString() }, file)
  })
}

/**
 * Brings `file` back into an empty database and a DATA_DIR without other keys; nothing that is there
 * is ever written over. The gateway must not run; its next start migrates what is older.
 */
export async function restore(config: BackupConfig, file: string, log: Log): Promise<void> {
  const claimed = claimDataDir(config.dataDir)
  try {
    await inWorkFolder(file, async (folder) => {
      const { schemaVersion } = await unpack(file, folder)
      if (schemaVersion > readMigrations().length)
        throw refused('backup-newer', 'the backup was made by a newer gateway: restore it with that one')
      const keys = join(config.dataDir, keysFolder)
      const saved = join(folder, keysFolder)
      const names = existsSync(saved) ? await readdir(saved) : []
      for (const name of names)
        if (existsSync(join(keys, name)) && !(await sameContent(join(keys, name), join(saved, name))))
          throw refused('other-keys-present', `${join(keys, name)} is another key: choose an empty DATA_DIR`)
      await onClaimed(config, log, async (target) => {
        if ((await tablesOf(target)) > 0)
          throw refused('database-not-empty', 'there is a database already: choose an empty DATA_DIR')
        await restoreDatabase(target, join(folder, dumpFile))
      })
      if (names.length > 0) await mkdir(keys, { recursive: true, mode: 0o700 })
      for (const name of names) {
        await cp(join(saved, name), join(keys, name))
        await chmod(join(keys, name), 0o600)
      }
    })
  } finally {
    claimed.release()
  }
}

/** The database as it runs, or started for as long as it is needed. */
async function withDatabase<T>(
  config: BackupConfig,
  log: Log,
  use: (target: DumpTarget) => Promise<T>,
): Promise<T> {
  if (config.databaseUrl !== undefined) return await use({ url: config.databaseUrl })
  if (!existsSync(join(config.dataDir, 'db', 'PG_VERSION')))
    throw refused('nothing-to-back-up', `there is no database in ${config.dataDir}`)
  let claimed: ReturnType<typeof claimDataDir>
  try {
    claimed = claimDataDir(config.dataDir)
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'data-dir-in-use')
      return await use({ address: privatePostgresAddress(join(config.dataDir, 'db')) })
    throw error
  }
  try {
    return await onClaimed(config, log, use)
  } finally {
    claimed.release()
  }
}

async function onClaimed<T>(
  { dataDir, databaseUrl }: BackupConfig,
  log: Log,
  use: (target: DumpTarget) => Promise<T>,
): Promise<T> {
  if (databaseUrl !== undefined) return await use({ url: databaseUrl })
  const server = await startPrivatePostgres({ folder: join(dataDir, 'db'), log })
  try {
    return await use({ address: server.address })
  } finally {
    await server.stop()
  }
}

async function schemaVersionOf(target: DumpTarget): Promise<number> {
  return await figure(target, 'select max(version) as figure from schema_migrations')
}

async function tablesOf(target: DumpTarget): Promise<number> {
  return await figure(
    target,
    'select count(*)::integer as figure from pg_tables where schemaname = current_schema()',
  )
}

async function figure(target: DumpTarget, statement: string): Promise<number> {
  const client = new Client('address' in target ? target.address : { connectionString: target.url })
  try {
    await client.connect()
    const { rows } = await client.query<{ figure: number }>(statement)
    return rows[0]?.figure ?? 0
  } catch (error) {
    throw new GatewayError({
      kind: 'unavailable',
      code: 'database-unreachable',
      message: `the database does not answer: ${error instanceof Error ? error.message : String(error)}`,
      cause: error,
    })
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function sameContent(one: string, other: string): Promise<boolean> {
  return (await readFile(one)).equals(await readFile(other))
}

function refused(code: string, message: string): GatewayError {
  return new GatewayError({ kind: 'conflict', code, message })
}
