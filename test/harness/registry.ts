import { afterAll, beforeAll, onTestFinished } from 'vitest'
import { CredentialSeal } from '../../src/access/credential-seal.ts'
import { Places } from '../../src/access/places.ts'
import type { Db } from '../../src/platform/database.ts'
import { createLog, type Log } from '../../src/platform/log.ts'
import { NetworkPolicy } from '../../src/registry/network-policy.ts'
import { Registry } from '../../src/registry/registry.ts'
import { startDatabase, type TestDatabase } from './database.ts'

/** Loopback is where the tests' cameras are. */
export const testPolicy = new NetworkPolicy(['127.0.0.0/8', '10.0.0.0/8'])

const seal = new CredentialSeal(Buffer.alloc(32, 9))
const limits = { timeoutMs: 500, maxReplyBytes: 256 * 1024 }

export interface Registries {
  readonly db: () => Db
  /** An empty registry, until the test ends. */
  fresh(log?: Log): Promise<Registry>
  /** One more on the same data, as after a restart. */
  again(log?: Log): Promise<Registry>
}

/** One database for a test file; each test begins with empty tables. Call it at the file's top level. */
export function registries(): Registries {
  let database: TestDatabase | null = null
  beforeAll(async () => {
    database = await startDatabase()
  })
  afterAll(() => database?.stop())
  const db = (): Db => {
    if (database === null) throw new Error('asked before beforeAll')
    return database.db
  }
  const again = async (log: Log = createLog('silent')): Promise<Registry> => {
    const registry = await Registry.open({
      ...{ db: db(), log, seal, policy: testPolicy, limits },
      places: new Places(db()),
    })
    onTestFinished(() => registry.stop())
    return registry
  }
  return {
    db,
    again,
    fresh: async (log) => {
      // Quicker than truncate, which makes new files for every table.
      await db().deleteFrom('cameras').execute()
      await db().updateTable('units').set({ parent_id: null }).execute()
      await db().deleteFrom('units').execute()
      return await again(log)
    },
  }
}
