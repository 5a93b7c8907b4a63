import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { openDatabase } from '../../src/platform/database.ts'
import { createLog } from '../../src/platform/log.ts'
import { migrate, pendingMigrations, readMigrations } from '../../src/platform/migrate.ts'
import { privatePostgresAddress } from '../../src/platform/private-postgres.ts'
import { startDatabase, type TestDatabase } from '../harness/database.ts'

const log = createLog('silent')
let database: TestDatabase
beforeAll(async () => {
  database = await startDatabase()
})
afterAll(async () => {
  await database.stop()
})

/** A connection to an empty database of its own on the test's server, and a folder for migrations. */
async function emptyDatabase(): Promise<{ client: Client; folder: string; connect(): Promise<Client> }> {
  const name = `d${Math.random().toString(36).slice(2)}`
  await sql`create database ${sql.id(name)}`.execute(database.db)
  const folder = mkdtempSync(join(tmpdir(), 'xueliang-migrations-'))
  onTestFinished(() => {
    rmSync(folder, { recursive: true })
  })
  const connect = async () => {
    const client = new Client({
      ...privatePostgresAddress(join(database.dataDir, 'db')),
      database: name,
    })
    await client.connect()
    onTestFinished(() => client.end())
    return client
  }
  return { client: await connect(), folder, connect }
}

async function versions(client: Client): Promise<number[]> {
  const { rows } = await client.query<{ version: number }>(
    'select version from schema_migrations order by version',
  )
  return rows.map(({ version }) => version)
}

it('has all tables of the program after its start, and every migration on record', async () => {
  const applied = await sql<{ version: number; sha256: string }>`
    select version, sha256 from schema_migrations order by version`.execute(database.db)
  expect(applied.rows).toEqual(readMigrations().map(({ version, sha256 }) => ({ version, sha256 })))
})

it('migrates forward only, each step whole or not at all', async () => {
  const { client, folder } = await emptyDatabase()
  writeFileSync(join(folder, '0001_first.sql'), 'create table first (id integer)')
  await migrate(client, log, folder)
  await migrate(client, log, folder)
  expect(await versions(client)).toEqual([1])
  writeFileSync(join(folder, '0002_second.sql'), 'create table second (id integer); select 1/0')
  await expect(migrate(client, log, folder)).rejects.toMatchObject({ code: 'migration-failed' })
  expect(await versions(client)).toEqual([1])
  const found = await client.query("select 1 from pg_tables where tablename = 'second'")
  expect(found.rowCount).toBe(0)
  writeFileSync(join(folder, '0002_second.sql'), 'create table second (id integer)')
  await migrate(client, log, folder)
  expect(await versions(client)).toEqual([1, 2])
})

it('refuses a database that a newer gateway made, and a past that was rewritten', async () => {
  const { client, folder } = await emptyDatabase()
  writeFileSync(join(folder, '0001_first.sql'), 'create table first (id integer)')
  await migrate(client, log, folder)
  await client.query("insert into schema_migrations values (2, 'from_the_future', 'x')")
  const refusal = migrate(client, log, folder)
  await expect(refusal).rejects.toMatchObject({ code: 'schema-newer' })
  await expect(refusal).rejects.toThrow('run the newer gateway')
  await client.query('delete from schema_migrations where version = 2')
  writeFileSync(join(folder, '0001_first.sql'), 'create table first (id bigint)')
  await expect(migrate(client, log, folder)).rejects.toMatchObject({ code: 'migration-changed' })
})

it('lets two gateways that start at once migrate one after the other', async () => {
  const { client, folder, connect } = await emptyDatabase()
  const other = await connect()
  writeFileSync(join(folder, '0001_first.sql'), 'select pg_sleep(0.1); create table first (id integer)')
  await Promise.all([migrate(client, log, folder), migrate(other, log, folder)])
  expect(await versions(client)).toEqual([1])
})

it('knows what is still to do', () => {
  const known = readMigrations()
  expect(pendingMigrations(known, [])).toEqual(known)
  expect(pendingMigrations(known, known)).toEqual([])
})

it('says so when a server does not answer', async () => {
  const closed = createServer()
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve))
  const { port } = closed.address() as { port: number }
  await new Promise((resolve) => closed.close(resolve))
  const databaseUrl = `postgres://u:p4ssword@127.0.0.1:${port}/x`
  const refusal = openDatabase({ dataDir: tmpdir(), databaseUrl, log })
  await expect(refusal).rejects.toMatchObject({ code: 'database-unreachable' })
  await expect(refusal).rejects.not.toThrow('p4ssword')
})

it('reads 64-bit numbers as numbers, and refuses those that do not fit', async () => {
  const read = (text: string) => sql<{ n: number }>`select ${text}::bigint as n`.execute(database.db)
  expect((await read('9007199254740991')).rows).toEqual([{ n: Number.MAX_SAFE_INTEGER }])
  await expect(read('9007199254740993')).rejects.toMatchObject({ code: 'number-too-large' })
})
