import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Database, openDatabase } from '../../src/platform/database.ts'
import type { Log } from '../../src/platform/log.ts'
import { createLog } from '../../src/platform/log.ts'
import { readMigrations } from '../../src/platform/migrate.ts'
import { findBinaries } from '../../src/platform/private-postgres.ts'

export interface TestDatabase extends Database {
  readonly dataDir: string
}

/** Tests end with their data: nothing needs to reach the disk. */
const careless = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' }

/**
 * A migrated, empty PostgreSQL of the caller's own, in well under a second: the finished cluster of
 * an earlier test run is copied. `stop()` ends the server and removes its folder.
 */
export async function startDatabase(log: Log = createLog('silent')): Promise<TestDatabase> {
  const template = await finishedCluster(log)
  const dataDir = temporaryFolder()
  execFileSync('cp', ['--archive', template, join(dataDir, 'db')])
  const database = await openDatabase({ dataDir, log, settings: careless })
  return {
    ...database,
    dataDir,
    stop: async () => {
      await database.stop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

/** Called anew whenever the migrations or the server differ from the ones that it was made with. */
export async function finishedCluster(log: Log): Promise<string> {
  const made = [findBinaries(null), process.getuid?.(), ...readMigrations().map(({ sha256 }) => sha256)]
  const key = createHash('sha256').update(JSON.stringify(made)).digest('hex').slice(0, 16)
  const template = join(tmpdir(), `xueliang-test-cluster-${key}`)
  if (existsSync(join(template, 'PG_VERSION'))) return template
  const dataDir = temporaryFolder()
  await (await openDatabase({ dataDir, log, settings: careless })).stop()
  try {
    renameSync(join(dataDir, 'db'), template)
  } catch (error) {
    // Another test file has finished its own meanwhile: either will do.
    if (!existsSync(join(template, 'PG_VERSION'))) throw error
  }
  rmSync(dataDir, { recursive: true, force: true })
  return template
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'xueliang-test-'))
  chmodSync(folder, 0o711)
  return folder
}
