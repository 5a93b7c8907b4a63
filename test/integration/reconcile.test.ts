import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { DiskTurns } from '../../src/media/recorder/disk-turns.ts'
import { Reconcile } from '../../src/media/recorder/reconcile.ts'
import { segmentPath } from '../../src/media/recorder/recording-path.ts'
import { createLog } from '../../src/platform/log.ts'
import { startDatabase, type TestDatabase } from '../harness/database.ts'
import { recordingFolder } from '../harness/recording.ts'

const now = Date.now()
let database: TestDatabase
beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.stop())

it('a file that cannot be read or removed does not keep the gateway from starting', async () => {
  const folder = recordingFolder()
  onTestFinished(() => folder.remove())
  const root = folder.dataDir
  // Folders where files should be: neither can be read as one, or removed as one.
  const unreadable = segmentPath('gate', { startUtcMs: now, stream: 'main' }, 1)
  const doomed = segmentPath('gate', { startUtcMs: now, stream: 'main' }, 2)
  for (const path of [unreadable, doomed]) mkdirSync(join(root, path), { recursive: true })
  await database.db
    .insertInto('recording_garbage')
    .values([
      { path: doomed, bytes: 1 },
      { path: `${doomed}-gone`, bytes: 1 },
    ])
    .execute()

  const lines: string[] = []
  const reconcile = new Reconcile({
    db: database.db,
    log: createLog('error', { write: (line) => lines.push(line) }),
    disk: { root, turns: new DiskTurns(1), open: new Map(), segmentMs: 10_000 },
    classOf: () => 'continuous',
  })
  await reconcile.recent(now)

  expect(reconcile.counts).toMatchObject({ deleted: 1, adopted: 0, emptied: 0 })
  const noted = await database.db.selectFrom('recording_garbage').select('path').execute()
  expect(noted).toEqual([{ path: doomed }])
  expect(lines.join('')).toContain('footage cannot be removed')
  expect(lines.join('')).toContain(unreadable)
})
