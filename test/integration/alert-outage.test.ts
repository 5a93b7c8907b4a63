import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { AlertEngine } from '../../src/alerts/alert-engine.ts'
import { RuleStore } from '../../src/alerts/rule-store.ts'
import { ZoneStore } from '../../src/alerts/zone-store.ts'
import type { Alert } from '../../src/contract/alerts.ts'
import type { CameraId } from '../../src/domain/ids.ts'
import { anEngine } from '../harness/alerts.ts'
import { insertCameras } from '../harness/cameras.ts'
import { startDatabase, type TestDatabase } from '../harness/database.ts'
import { type FailingDatabase, openFailing } from '../harness/database-proxy.ts'
import { inspection } from '../harness/inspection.ts'
import { plainPicture } from '../harness/picture.ts'
import { until } from '../harness/until.ts'

const camera = 'gate' as CameraId
let database: TestDatabase
let failing: FailingDatabase
let engine: AlertEngine
let rules: RuleStore
let zoneId: string
let announced: Alert[] = []
let nowUtcMs = Date.UTC(2026, 2, 1, 6)

beforeAll(async () => {
  database = await startDatabase()
  await insertCameras(database.db, camera)
  failing = await openFailing(database)
  engine = anEngine(failing.db)
  engine.onNew((alert) => announced.push(alert))
  await engine.start()
  // Zones and rules are stored by the way that does not fail; the engine reads them by the one that does.
  const onChange = (cameraId: CameraId) => engine.reload(cameraId)
  const zones = new ZoneStore({ db: database.db, onChange })
  rules = new RuleStore({ db: database.db, onChange })
  const points = [0, 1].map((x) => ({ x, y: 0.5 }))
  zoneId = (await zones.create(camera, { name: 'gate', kind: 'tripwire', points })).id
  await rules.create(camera, { name: 'cross', zoneId, kind: 'cross', classes: ['person'] })
})
afterAll(async () => {
  await engine.stop()
  await failing.stop()
  await database.stop()
})
beforeEach(async () => {
  announced = []
  await database.db.deleteFrom('alerts').execute()
})

function cross(trackId: string): void {
  for (const y of [0.3, 0.4, 0.6, 0.7]) {
    nowUtcMs += 250
    engine.inspect(inspection(nowUtcMs, [{ trackId, at: [0.5, y] }], camera), plainPicture())
  }
}

async function storedTracks(): Promise<(string | null)[]> {
  const rows = await database.db.selectFrom('alerts').select('track_id').orderBy('sequence').execute()
  return rows.map((row) => row.track_id)
}

it('keeps alerts while the database is away, and stores and announces each once when it is back', async () => {
  cross('a')
  await until('the first alert', () => announced.length === 1)
  failing.close()
  for (const trackId of ['b', 'c', 'd']) cross(trackId)
  await until('a failed try', () => engine.figures().waiting === 3)
  expect(await storedTracks()).toEqual(['a'])
  failing.open()
  await until('all alerts', () => announced.length === 4)
  expect(announced.map(({ trackId }) => trackId)).toEqual(['a', 'b', 'c', 'd'])
  expect(await storedTracks()).toEqual(['a', 'b', 'c', 'd'])
  expect(engine.figures()).toMatchObject({ waiting: 0, lost: 0 })
})

it('announces once what was stored although the answer was lost', async () => {
  failing.loseNextCommit()
  cross('e')
  await until('the alert', () => announced.length === 1)
  cross('f')
  await until('the next', () => announced.length === 2)
  expect(announced.map(({ trackId }) => trackId)).toEqual(['e', 'f'])
  expect(await storedTracks()).toEqual(['e', 'f'])
})

it('goes on when the server itself is restarted', async () => {
  const pid = postmaster()
  process.kill(pid, 'SIGINT')
  for (let i = 0; i < 5; i++) cross(`restart-${i}`)
  await until('all alerts', () => announced.length === 5)
  expect(postmaster()).not.toBe(pid)
  expect(await storedTracks()).toEqual(announced.map(({ trackId }) => trackId))
})

it('takes up a rule that was changed while the database was away', async () => {
  failing.close()
  const rule = await rules.create(camera, { name: 'also', zoneId, kind: 'cross', classes: ['person'] })
  cross('before')
  failing.open()
  await until('both rules at work', () => {
    cross(`after-${nowUtcMs}`)
    return announced.some(({ ruleId }) => ruleId === rule.id)
  })
  expect(announced.filter(({ trackId }) => trackId === 'before').map(({ ruleName }) => ruleName)).toEqual([
    'cross',
  ])
})

function postmaster(): number {
  return Number(readFileSync(`${database.dataDir}/db/postmaster.pid`, 'utf8').split('\n')[0])
}
