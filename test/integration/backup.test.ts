import { execFile } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { backUp, restore } from '../../scripts/backup/backup.ts'
import { type ClaimedDataDir, claimDataDir } from '../../src/platform/data-dir.ts'
import { openDatabase } from '../../src/platform/database.ts'
import { createLog } from '../../src/platform/log.ts'
import { startDatabase, type TestDatabase } from '../harness/database.ts'

const log = createLog('silent')
const key = Buffer.alloc(32, 7)
let database: TestDatabase
let gateway: ClaimedDataDir
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'xueliang-backup-'))
  chmodSync(folder, 0o711)
  database = await startDatabase()
  // As a gateway that runs holds it.
  gateway = claimDataDir(database.dataDir)
  await database.db
    .insertInto('units')
    .values({ id: 'u1', parent_id: null, name: '雪亮市', level: 'city', division_code: '33', path: 'u1/' })
    .execute()
  mkdirSync(join(database.dataDir, 'keys'), { mode: 0o700 })
  writeFileSync(join(database.dataDir, 'keys', 'credentials.key'), key, { mode: 0o600 })
})
afterAll(async () => {
  gateway.release()
  await database.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function unitsIn(dataDir: string): Promise<string[]> {
  const restored = await openDatabase({ dataDir, log })
  try {
    const rows = await restored.db.selectFrom('units').select('name').execute()
    return rows.map(({ name }) => name)
  } finally {
    await restored.stop()
  }
}

it('brings rows and keys of a running gateway into another folder', async () => {
  const file = join(folder, 'running.tar')
  await backUp({ dataDir: database.dataDir }, file, log)
  expect(statSync(file).mode & 0o777).toBe(0o600)

  const dataDir = join(folder, 'restored')
  await restore({ dataDir }, file, log)
  expect(await unitsIn(dataDir)).toEqual(['雪亮市'])
  expect(readFileSync(join(dataDir, 'keys', 'credentials.key'))).toEqual(key)
  expect(statSync(join(dataDir, 'keys', 'credentials.key')).mode & 0o777).toBe(0o600)

  // And again from a gateway that does not run, by the command itself.
  const stopped = join(folder, 'stopped.tar')
  const command = (...args: string[]) =>
    promisify(execFile)(process.execPath, ['scripts/backup.ts', ...args], {
      env: { PATH: process.env['PATH'], DATA_DIR: dataDir },
    })
  expect((await command(stopped)).stdout).toBe(`${stopped}\n`)
  await expect(command(stopped)).rejects.toThrow('backup-exists')
  await expect(command('--restore', stopped)).rejects.toThrow('database-not-empty')
  await expect(command('--restore')).rejects.toThrow('npm run backup -- --restore FILE')
})

it('does the same with a server that DATABASE_URL names', async () => {
  const host = encodeURIComponent(join(database.dataDir, 'db'))
  const server = (name: string) => `postgres://xueliang:unused%40@localhost/${name}?host=${host}`
  const file = join(folder, 'server.tar')
  await backUp({ dataDir: database.dataDir, databaseUrl: server('xueliang') }, file, log)
  await sql`create database other`.execute(database.db)
  const target = { dataDir: join(folder, 'of-server'), databaseUrl: server('other') }
  await restore(target, file, log)
  const restored = await openDatabase({ ...target, log })
  onTestFinished(() => restored.stop())
  expect(await restored.db.selectFrom('units').select('name').execute()).toEqual([{ name: '雪亮市' }])
  expect(existsSync(join(target.dataDir, 'db'))).toBe(false)
})

it('writes over no database and no key, and leaves nothing half done', async () => {
  const file = join(folder, 'whole.tar')
  await backUp({ dataDir: database.dataDir }, file, log)
  const otherKey = join(folder, 'other-key')
  mkdirSync(join(otherKey, 'keys'), { recursive: true })
  writeFileSync(join(otherKey, 'keys', 'credentials.key'), Buffer.alloc(32, 8))
  await expect(restore({ dataDir: otherKey }, file, log)).rejects.toMatchObject({
    code: 'other-keys-present',
  })
  expect(existsSync(join(otherKey, 'db'))).toBe(false)

  const running = claimDataDir(join(folder, 'busy'))
  await expect(restore({ dataDir: running.path }, file, log)).rejects.toMatchObject({
    code: 'data-dir-in-use',
  })
  running.release()
})

it('says what is wrong with a file or a folder', async () => {
  const dataDir = join(folder, 'empty')
  await expect(backUp({ dataDir }, join(folder, 'none.tar'), log)).rejects.toMatchObject({
    code: 'nothing-to-back-up',
  })
  expect(existsSync(join(folder, 'none.tar'))).toBe(false)
  const garbage = join(folder, 'garbage.tar')
  writeFileSync(garbage, 'not a tar')
  await expect(restore({ dataDir }, garbage, log)).rejects.toMatchObject({ code: 'backup-unreadable' })
  const newer = join(folder, 'newer')
  mkdirSync(newer)
  writeFileSync(join(newer, 'backup.json'), JSON.stringify({ format: 1, schemaVersion: 9999, createdAt: '' }))
  await promisify(execFile)('tar', ['-cf', join(folder, 'newer.tar'), '-C', newer, 'backup.json'])
  await expect(restore({ dataDir }, join(folder, 'newer.tar'), log)).rejects.toMatchObject({
    code: 'backup-newer',
  })
  await expect(
    backUp({ dataDir, databaseUrl: 'postgres://u:p4ssword@127.0.0.1:1/x' }, join(folder, 'x.tar'), log),
  ).rejects.toMatchObject({ code: 'database-unreachable', message: expect.not.stringContaining('p4ssword') })
})
