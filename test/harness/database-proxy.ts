import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { type Database, openDatabase } from '../../src/platform/database.ts'
import { createLog } from '../../src/platform/log.ts'
import { privatePostgresAddress } from '../../src/platform/private-postgres.ts'
import type { TestDatabase } from './database.ts'

export interface FailingDatabase extends Database {
  /** From now on nobody gets through, and who is connected is cut off. */
  close(): void
  open(): void
  /** The server takes the next commit; its answer, and the connection, are lost on the way. */
  loseNextCommit(): void
}

/** A second way to the same database, over a proxy that fails on command. */
export async function openFailing(database: TestDatabase): Promise<FailingDatabase> {
  const { host, port, user, database: name } = privatePostgresAddress(join(database.dataDir, 'db'))
  const socketPath = join(host, `.s.PGSQL.${port}`)
  const clients = new Set<Socket>()
  let closed = false
  let losing = false
  const proxy = createServer((client) => {
    if (closed) return void client.destroy()
    clients.add(client)
    const server = connect(socketPath)
    let lost = false
    client.on('data', (bytes) => {
      if (losing && /commit/i.test(bytes.toString('latin1'))) {
        losing = false
        lost = true
      }
      server.write(bytes)
    })
    server.on('data', (bytes) => {
      if (lost) client.destroy()
      else client.write(bytes)
    })
    client.on('close', () => {
      clients.delete(client)
      server.destroy()
    })
    server.on('close', () => client.destroy())
    for (const end of [client, server]) end.on('error', () => end.destroy())
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const address = proxy.address() as AddressInfo
  const opened = await openDatabase({
    dataDir: database.dataDir,
    databaseUrl: `postgresql://${user}@127.0.0.1:${address.port}/${name}`,
    log: createLog('silent'),
  })
  return {
    ...opened,
    close: () => {
      closed = true
      for (const client of clients) client.destroy()
    },
    open: () => {
      closed = false
    },
    loseNextCommit: () => {
      losing = true
    },
    stop: async () => {
      await opened.stop()
      for (const client of clients) client.destroy()
      proxy.close()
    },
  }
}
