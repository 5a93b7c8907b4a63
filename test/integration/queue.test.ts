import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { createLog } from '../../src/platform/log.ts'
import { addressOf, openQueue } from '../../src/platform/queue.ts'
import { startQueue } from '../harness/queue.ts'

const log = createLog('silent')

it('comes back with what was stored when its server is killed', async () => {
  const queue = await startQueue()
  onTestFinished(() => queue.stop())
  const redis = queue.connect()
  onTestFinished(() => {
    redis.disconnect()
  })
  await redis.set('kept', 'yes')
  const killed = queue.serverPid
  process.kill(killed ?? 0, 'SIGKILL')
  expect(await redis.get('kept')).toBe('yes')
  await queue.check()
  expect(queue.serverPid).not.toBe(killed)
})

it('is reachable by a unix socket alone, whose folder is closed to others', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'xueliang-queue-'))
  const queue = await openQueue({ dataDir, log })
  onTestFinished(async () => {
    await queue.stop()
    rmSync(dataDir, { recursive: true })
  })
  expect(queue.options).toMatchObject({
    path: join(dataDir, 'redis', 'redis.sock'),
    maxRetriesPerRequest: null,
  })
  const redis = queue.connect()
  onTestFinished(() => {
    redis.disconnect()
  })
  expect(await redis.config('GET', 'port')).toEqual(['port', '0'])
  expect(await redis.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction'])
  expect(await redis.config('GET', 'appendonly')).toEqual(['appendonly', 'yes'])
})

it('removes nothing but its server when it stops', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'xueliang-queue-'))
  onTestFinished(() => {
    rmSync(dataDir, { recursive: true })
  })
  const first = await openQueue({ dataDir, log })
  const redis = first.connect()
  await redis.set('kept', 'yes')
  redis.disconnect()
  const pid = Number(readFileSync(join(dataDir, 'redis', 'redis.pid'), 'utf8'))
  await first.stop()
  expect(existsSync(`/proc/${pid}`)).toBe(false)
  const second = await openQueue({ dataDir, log })
  const again = second.connect()
  expect(await again.get('kept')).toBe('yes')
  again.disconnect()
  await second.stop()
})

it('refuses a folder whose socket path would be too long', async () => {
  const dataDir = join(tmpdir(), 'x'.repeat(100))
  onTestFinished(() => {
    rmSync(dataDir, { recursive: true })
  })
  await expect(openQueue({ dataDir, log })).rejects.toMatchObject({ code: 'data-dir-too-long' })
})

it('says that a server does not answer, and lives on', async () => {
  const silent = createServer(() => undefined)
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const { port } = silent.address() as { port: number }
  const queue = await openQueue({
    dataDir: mkdtempSync(join(tmpdir(), 'xueliang-test-')),
    log,
    redisUrl: `redis://127.0.0.1:${port}`,
  })
  onTestFinished(async () => {
    await queue.stop()
    silent.close()
  })
  await expect(queue.check()).rejects.toMatchObject({ code: 'queue-unreachable' })
})

it('understands the addresses that REDIS_URL may hold', () => {
  expect(addressOf('redis://host')).toEqual({ host: 'host', port: 6379 })
  expect(addressOf('rediss://user:p%40ss@[::1]:7000/2')).toEqual({
    host: '::1',
    port: 7000,
    username: 'user',
    password: 'p@ss',
    db: 2,
    tls: {},
  })
})
