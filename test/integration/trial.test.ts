import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RuleStore } from '../../src/alerts/rule-store.ts'
import { ZoneStore } from '../../src/alerts/zone-store.ts'
import type { Alert } from '../../src/contract/alerts.ts'
import type { NewTrial } from '../../src/contract/reviews.ts'
import type { Inspection } from '../../src/domain/frame.ts'
import type { CameraId } from '../../src/domain/ids.ts'
import { createLog } from '../../src/platform/log.ts'
import { createMetrics } from '../../src/platform/metrics.ts'
import { watchOf } from '../../src/reviews/draft.ts'
import { InspectionLog } from '../../src/reviews/inspection-log.ts'
import { tryRule } from '../../src/reviews/trial.ts'
import { anEngine } from '../harness/alerts.ts'
import { insertCameras } from '../harness/cameras.ts'
import { startDatabase, type TestDatabase } from '../harness/database.ts'
import { inspection, type Sighting } from '../harness/inspection.ts'
import { Lcg } from '../harness/lcg.ts'
import { plainPicture } from '../harness/picture.ts'
import { until } from '../harness/until.ts'

const camera = 'gate' as CameraId
const frames = 600
const everyMs = 250
const startUtcMs = Date.now() - 10 * 60_000 + 0.4
const endUtcMs = startUtcMs + frames * everyMs

const yard = {
  name: 'yard',
  kind: 'zone' as const,
  points: [
    { x: 0.3, y: 0.3 },
    { x: 0.7, y: 0.3 },
    { x: 0.7, y: 0.8 },
    { x: 0.3, y: 0.8 },
  ],
}
const line = {
  name: 'line',
  kind: 'tripwire' as const,
  points: [
    { x: 0.5, y: 0.1 },
    { x: 0.5, y: 0.9 },
  ],
}
const drafts: readonly NewTrial['rule'][] = [
  { name: 'enter', kind: 'enter', classes: ['person', 'car'] },
  { name: 'leave', kind: 'leave', classes: ['person'] },
  { name: 'dwell', kind: 'dwell', classes: ['person', 'car'], dwellMs: 3_000 },
  { name: 'parked', kind: 'parked', classes: ['car'], dwellMs: 4_000 },
  { name: 'wrong way', kind: 'wrong-way', classes: ['person', 'car'], allowedDeg: 90 },
  { name: 'too many', kind: 'too-many', classes: ['person', 'car'], count: 3, holdMs: 1_000 },
  { name: 'cross', kind: 'cross', classes: ['person', 'car'], minScore: 0.6, minAgeMs: 2_000 },
  { name: 'cool', kind: 'cross', classes: ['person', 'car'], cooldownMs: 20_000 },
]

/** Objects that walk about, stand, vanish and come under a new id; the same in every run, on no even grid. */
function somethingHappens(): Inspection[] {
  const chance = new Lcg(7)
  const walkers = Array.from({ length: 6 }, (_, i) => ({
    ...{ id: `t${i}`, x: 0.1003 + 0.14 * i, y: 0.5, dx: 0, dy: 0, stands: 0 },
    class: i % 2 === 0 ? ('person' as const) : ('car' as const),
    sinceFrame: 0,
  }))
  return Array.from({ length: frames }, (_, frame) => {
    const atUtcMs = startUtcMs + frame * everyMs
    const sightings = walkers.flatMap((walker): (Sighting & { sinceFrame: number })[] => {
      if (chance.below(400) === 0) Object.assign(walker, { id: `${walker.id}n${frame}`, sinceFrame: frame })
      if (walker.stands > 0) walker.stands -= 1
      else if (chance.below(60) === 0) Object.assign(walker, { stands: 40, dx: 0, dy: 0 })
      else if (chance.below(12) === 0 || walker.dx === 0) {
        walker.dx = (chance.below(61) - 30) / 1037
        walker.dy = (chance.below(31) - 15) / 1037
      }
      walker.x = Math.min(0.95, Math.max(0.05, walker.x + walker.dx))
      walker.y = Math.min(0.95, Math.max(0.2, walker.y + walker.dy))
      if (chance.below(15) === 0) return []
      const velocity = { x: walker.dx * 4, y: walker.dy * 4 }
      const score = 0.5 + chance.below(50) / 100
      return [
        {
          ...{ trackId: walker.id, class: walker.class, score, velocity, sinceFrame: walker.sinceFrame },
          at: [walker.x, walker.y],
        },
      ]
    })
    const found = inspection(atUtcMs, sightings, camera)
    const objects = found.objects.map((object, i) => ({
      ...object,
      firstSeenUtcMs: startUtcMs + (sightings[i]?.sinceFrame ?? 0) * everyMs,
    }))
    return { ...found, objects, detections: objects }
  })
}

describe('a rule tried on what was found', () => {
  let database: TestDatabase
  let log: InspectionLog
  let raised: readonly Alert[]
  let happened: readonly Inspection[]

  const aLog = () =>
    new InspectionLog({ db: database.db, log: createLog('silent'), metrics: createMetrics() })

  beforeAll(async () => {
    database = await startDatabase()
    const { db } = database
    await insertCameras(db, camera)
    const engine = anEngine(db)
    const onChange = (cameraId: CameraId) => engine.reload(cameraId)
    const zones = new ZoneStore({ db, onChange })
    const rules = new RuleStore({ db, onChange })
    const grounds = { zone: await zones.create(camera, yard), tripwire: await zones.create(camera, line) }
    for (const draft of drafts) {
      const ground = draft.kind === 'cross' ? grounds.tripwire : grounds.zone
      await rules.create(camera, { ...draft, zoneId: ground.id })
    }
    await engine.start()
    const alerts: Alert[] = []
    engine.onNew((alert) => alerts.push(alert))
    log = aLog()
    happened = somethingHappens()
    for (const [i, found] of happened.entries()) {
      engine.inspect(found, plainPicture())
      log.add(found)
      // As at a restart: the first part has its rows, the rest is still in memory when it is asked for.
      if (i === 350) {
        await log.stop()
        log = aLog()
      }
      // Snapshots are drawn one after another; more at once than are kept would be lost.
      if (i % 20 === 0) await until('alerts stored', () => engine.figures().waiting === 0)
    }
    await until('all alerts stored', () => engine.figures().waiting === 0)
    expect(engine.figures().lost).toBe(0)
    raised = alerts
    await engine.stop()
  })
  afterAll(async () => {
    await log.stop()
    await database.stop()
  })

  const tried = (draft: NewTrial['rule'], fromUtcMs = startUtcMs, toUtcMs = endUtcMs) => {
    const zone = draft.kind === 'cross' ? line : yard
    return tryRule(log, watchOf(camera, { rule: { ...draft, enabled: false }, zone }), { fromUtcMs, toUtcMs })
  }

  it.each(drafts)('would have raised the very alerts that were raised: $name', async (draft) => {
    const alerts = raised.filter(({ ruleName }) => ruleName === draft.name)
    const trial = await tried(draft)
    expect(alerts.length).toBeGreaterThan(0)
    expect(
      trial.firings.map(({ at, trackId, direction, class: name }) => [at, trackId, direction, name]),
    ).toEqual(
      alerts.map(({ occurredAt, trackId, direction, class: name }) => [occurredAt, trackId, direction, name]),
    )
    expect(trial.fired).toBe(alerts.length)
  })

  it('counts what would have been folded apart, and by the hour of inspected time', async () => {
    const cooled = await tried({ ...drafts[7]!, cooldownMs: 20_000 })
    const eager = await tried({ ...drafts[7]!, cooldownMs: 0 })
    expect(cooled.fired).toBe(eager.fired)
    expect(cooled.delivered).toBeLessThan(eager.delivered)
    expect(cooled.inspectedMs).toBe((frames - 1) * everyMs)
    expect(cooled.perHour).toBeCloseTo((cooled.delivered * 3600_000) / cooled.inspectedMs, 5)
  })

  it('gives each inspection once and in order, from rows and from memory', async () => {
    const found: Inspection[] = []
    for await (const one of log.between(camera, startUtcMs, endUtcMs)) found.push(one)
    expect(found.map(({ frame }) => Math.round(frame.programmeUtcMs))).toEqual(
      happened.map(({ frame }) => Math.round(frame.programmeUtcMs)),
    )
    expect(found.at(-1)?.objects).toHaveLength(happened.at(-1)?.objects.length ?? -1)
  })

  it('knows what stood in the zone before the window', async () => {
    const later = startUtcMs + 60_000
    const whole = (await tried(drafts[2]!)).firings.filter(({ at }) => Date.parse(at) >= later)
    const part = await tried(drafts[2]!, later)
    expect(part.firings.map(({ at }) => at)).toEqual(whole.map(({ at }) => at))
  })

  it('says nothing of time that nobody inspected', async () => {
    expect(await tried(drafts[0]!, endUtcMs + 1_000, endUtcMs + 60_000)).toMatchObject({
      ...{ inspectedMs: 0, fired: 0, perHour: null },
    })
  })
})
