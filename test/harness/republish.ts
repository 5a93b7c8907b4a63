import { afterAll, beforeAll } from 'vitest'
import { Accounts } from '../../src/access/accounts.ts'
import { CredentialSeal } from '../../src/access/credential-seal.ts'
import { Passwords } from '../../src/access/passwords.ts'
import { Places } from '../../src/access/places.ts'
import { Sessions } from '../../src/access/sessions.ts'
import { GatewayError } from '../../src/domain/errors.ts'
import type { AccountId } from '../../src/domain/ids.ts'
import { Admission } from '../../src/media/admission.ts'
import type { StreamHub } from '../../src/media/hub.ts'
import { RtspKeys } from '../../src/media/republish/rtsp-keys.ts'
import { RtspServer } from '../../src/media/republish/rtsp-server.ts'
import { createLog } from '../../src/platform/log.ts'
import { createMetrics } from '../../src/platform/metrics.ts'
import { startDatabase, type TestDatabase } from './database.ts'

export interface Republishing {
  readonly accounts: Accounts
  /** Three streams may be pulled for viewers. */
  readonly admission: Admission
  readonly keys: RtspKeys
  readonly server: RtspServer
  readonly database: TestDatabase
  /** A viewer's account and a key with its rights. */
  reader(name: string): Promise<Reader>
}

export interface Reader {
  readonly accountId: AccountId
  readonly keyId: string
  readonly username: string
  readonly password: string
  /** With name and password, as a video wall is given it. */
  url(path: string): string
}

/** The gateway's RTSP side with a database of its own. Call it at a file's top level. */
export function republishing(hub: () => { hub: StreamHub; cameras: readonly string[] }): () => Republishing {
  let running: Republishing | null = null
  beforeAll(async () => {
    const database = await startDatabase()
    const { db } = database
    const admission = new Admission({ streams: 3, viewers: 20 })
    const keys = new RtspKeys({ db, seal: new CredentialSeal(Buffer.alloc(32, 7)) })
    const server = await RtspServer.start({
      log: createLog('silent'),
      metrics: createMetrics(),
      host: '127.0.0.1',
      port: 0,
      hub: hub().hub,
      keys,
      admission,
      places: new Places(db),
      views: { begin: () => () => undefined },
      source: (cameraId, stream) =>
        hub().cameras.includes(cameraId)
          ? Promise.resolve({ cameraId, stream, url: 'rtsp://127.0.0.1/' })
          : Promise.reject(
              new GatewayError({
                kind: 'not-found',
                code: 'camera-unknown',
                message: 'there is no such camera',
              }),
            ),
    })
    const accounts = new Accounts({ db, sessions: new Sessions(db), passwords: new Passwords() })
    running = {
      accounts,
      admission,
      keys,
      server,
      database,
      async reader(name) {
        const { account } = await accounts.create({ username: name, role: 'viewer' })
        const { key, password } = await keys.create(account.id as AccountId, name)
        return {
          accountId: account.id as AccountId,
          keyId: key.id,
          username: key.username,
          password,
          url: (path) => `rtsp://${key.username}:${password}@127.0.0.1:${server.port}${path}`,
        }
      },
    }
  })
  afterAll(async () => {
    await running?.server.stop()
    await running?.database.stop()
  })
  return () => {
    if (running === null) throw new Error('asked before beforeAll')
    return running
  }
}
