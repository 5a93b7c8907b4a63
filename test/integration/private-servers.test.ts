import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { sql } from 'kysely'
import { afterEach, expect, it } from 'vitest'
import { claimDataDir } from '../../src/platform/data-dir.ts'
import { openDatabase } from '../../src/platform/database.ts'
import { createLog } from '../../src/platform/log.ts'
import { openQueue } from '../../src/platform/queue.ts'
import { until } from '../harness/until.ts'

const log = createLog('silent')
const owners: ChildProcess[] = []
const folders: string[] = []

afterEach(async () => {
  for (const owner of owners.splice(0)) {
    if (owner.exitCode === null && owner.signalCode === null) {
      owner.kill('SIGKILL')
      await once(owner, 'exit')
    }
  }
  for (const folder of folders.splice(0)) {
    await until('the servers are gone', () => serversOf(folder).every((pid) => !alive(pid)))
    rmSync(folder, { recursive: true, force: true })
  }
})

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'xueliang-private-'))
  chmodSync(folder, 0o711)
  folders.push(folder)
  return folder
}

/** A process that owns a DATA_DIR as the gateway does; its line says `ready` or an error's code. */
async function startOwner(dataDir: string): Promise<{ owner: ChildProcess; said: string }> {
  const program = `
    import { claimDataDir } from './src/platform/data-dir.ts'
    import { openDatabase } from './src/platform/database.ts'
    import { createLog } from './src/platform/log.ts'
    import { openQueue } from './src/platform/queue.ts'
    const [dataDir] = process.argv.slice(1)
    const log = createLog('silent')
    try {
      claimDataDir(dataDir)
      await Promise.all([openDatabase({ dataDir, log }), openQueue({ dataDir, log })])
      console.log('ready')
      setInterval(() => {}, 1000)
    } catch (error) {
      console.log(error.code + ': ' + error.message)
    }`
  const owner = spawn(process.execPath, ['--input-type=module-typescript', '-e', program, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  owners.push(owner)
  const [said] = (await once(createInterface({ input: owner.stdout }), 'line')) as [string]
  return { owner, said }
}

/** Process ids, as the servers wrote them down. */
function serversOf(dataDir: string): number[] {
  return [join(dataDir, 'db', 'postmaster.pid'), join(dataDir, 'redis', 'redis.pid')]
    .filter((file) => existsSync(file))
    .map((file) => Number.parseInt(readFileSync(file, 'utf8'), 10))
}

function alive(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
  } catch {
    return false
  }
}

it('takes both servers along when the gateway is killed with -9, and the next start finds all data', async () => {
  const dataDir = newFolder()
  const { owner, said } = await startOwner(dataDir)
  expect(said).toBe('ready')
  const servers = serversOf(dataDir)
  expect(servers).toHaveLength(2)
  expect(servers.every(alive)).toBe(true)
  owner.kill('SIGKILL')
  await once(owner, 'exit')
  await until('both servers have ended', () => !servers.some(alive))

  const claimed = claimDataDir(dataDir)
  const [database, queue] = await Promise.all([openDatabase({ dataDir, log }), openQueue({ dataDir, log })])
  try {
    await Promise.all([database.check(), queue.check()])
    expect(await database.db.selectFrom('units').selectAll().execute()).toEqual([])
  } finally {
    await Promise.all([database.stop(), queue.stop()])
    claimed.release()
  }
  expect(serversOf(dataDir)).toEqual([])
})

it('starts at once after a kill, waiting for what the dead gateway left', async () => {
  const dataDir = newFolder()
  const first = await startOwner(dataDir)
  const exited = once(first.owner, 'exit')
  first.owner.kill('SIGKILL')
  await exited
  const second = await startOwner(dataDir)
  expect(second.said).toBe('ready')
})

it('refuses a second gateway on the same folder, and leaves the first alone', async () => {
  const dataDir = newFolder()
  const first = await startOwner(dataDir)
  expect(first.said).toBe('ready')
  const servers = serversOf(dataDir)
  const second = await startOwner(dataDir)
  expect(second.said).toMatch(/^data-dir-in-use: another gateway is running on/)
  expect(serversOf(dataDir)).toEqual(servers)
  expect(servers.every(alive)).toBe(true)
  expect(first.owner.exitCode).toBeNull()
})

it('runs the database as nobody who may do much, reachable by its socket alone', async () => {
  const dataDir = newFolder()
  await startOwner(dataDir)
  const [postgres = 0] = serversOf(dataDir)
  const status = readFileSync(`/proc/${postgres}/status`, 'utf8')
  const uid = Number(/^Uid:\s+(\d+)/m.exec(status)?.[1])
  expect(uid).not.toBe(0)
  if (process.getuid?.() === 0) expect(/^CapEff:\s+(\S+)/m.exec(status)?.[1]).toMatch(/^0+$/)
  expect(/^NoNewPrivs:\s+(\d)/m.exec(status)?.[1]).toBe('1')
  expect(statSync(join(dataDir, 'db')).mode & 0o077).toBe(0)
  expect(statSync(join(dataDir, 'redis')).mode & 0o077).toBe(0)
  const database = await openDatabase({
    dataDir,
    log,
    databaseUrl: `postgres://xueliang@localhost/xueliang?host=${encodeURIComponent(join(dataDir, 'db'))}`,
  })
  try {
    const { rows } = await sql<{ listen_addresses: string }>`show listen_addresses`.execute(database.db)
    expect(rows).toEqual([{ listen_addresses: '' }])
  } finally {
    await database.stop()
  }
})
