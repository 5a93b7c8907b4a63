import { AlertEngine, type AlertEngineOptions } from '../../src/alerts/alert-engine.ts'
import type { NewAlert } from '../../src/alerts/alert-insert.ts'
import type { AlertRule } from '../../src/domain/alert-rule.ts'
import type { CameraCondition } from '../../src/domain/camera.ts'
import type { AlertId, CameraId, RuleId, TrackId, ZoneId } from '../../src/domain/ids.ts'
import type { Db } from '../../src/platform/database.ts'
import { createLog } from '../../src/platform/log.ts'
import { createMetrics } from '../../src/platform/metrics.ts'

/** A rule without limits on one zone, with what is given. */
export function aRule(fields: Partial<AlertRule> = {}): AlertRule {
  return {
    id: 'rule-1' as RuleId,
    cameraId: 'camera-1' as CameraId,
    zoneId: 'zone-1' as ZoneId,
    name: 'a rule',
    kind: 'enter',
    classes: ['person', 'car'],
    minScore: 0.5,
    minAgeMs: 0,
    dwellMs: null,
    direction: null,
    allowedDeg: null,
    count: null,
    holdMs: null,
    threshold: null,
    schedule: [],
    cooldownMs: 0,
    severity: 'warning',
    enabled: true,
    ...fields,
  }
}

type CameraStateEvent = Parameters<Parameters<AlertEngineOptions['conditions']['onChange']>[0]>[0]

/** Conditions of cameras as a test sets them; online unless set. */
export class SetConditions {
  readonly #conditions = new Map<string, CameraCondition>()
  readonly #listeners = new Set<(event: CameraStateEvent) => void>()

  of(cameraId: CameraId): CameraCondition {
    return this.#conditions.get(cameraId) ?? { state: 'online', sinceUtcMs: 0 }
  }

  onChange(listener: (event: CameraStateEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  set(cameraId: CameraId, condition: CameraCondition): void {
    this.#conditions.set(cameraId, condition)
    const { state, sinceUtcMs } = condition
    const event = { cameraId, unitId: 'unit-1', state, since: new Date(sinceUtcMs).toISOString() }
    for (const tell of this.#listeners) tell(event)
  }
}

/** An engine whose cameras are online and whose pictures nobody measures, unless said. */
export function anEngine(db: Db, options: Partial<AlertEngineOptions> = {}): AlertEngine {
  return new AlertEngine({
    db,
    log: createLog('silent'),
    metrics: createMetrics(),
    pictures: { want: () => undefined, onMeasures: () => () => undefined },
    conditions: new SetConditions(),
    ...options,
  })
}

let made = 0

/** An alert of a car that crosses, not stored yet. */
export function aNewAlert(
  fields: { cameraId?: string; occurredUtcMs?: number } & Partial<Pick<AlertRule, 'severity' | 'kind'>> = {},
): NewAlert {
  made += 1
  const { cameraId: camera = 'gate', occurredUtcMs = Date.UTC(2026, 2, 1, 6) + made * 1000, ...rest } = fields
  const cameraId = camera as CameraId
  const zoneId = 'zone' as ZoneId
  const rule = aRule({
    ...{ id: 'rule' as RuleId, cameraId, zoneId, name: 'cross' },
    ...{ kind: 'cross', direction: 'both', classes: ['car'], ...rest },
  })
  return {
    id: `alert-${made}` as AlertId,
    occurredUtcMs,
    arrivedUtcMs: occurredUtcMs + 40,
    jpeg: Buffer.from([0xff, 0xd8, made % 256, 0xff, 0xd9]),
    zone: { id: zoneId, cameraId, name: 'gate', kind: 'tripwire', points: [] },
    rule,
    firing: {
      ruleId: rule.id,
      subject: `track-${made}`,
      trackId: `track-${made}` as TrackId,
      firing: 1,
      class: 'car',
      score: 0.75,
      box: { x: 0.25, y: 0.5, w: 0.125, h: 0.25 },
      dwellMs: null,
      direction: 'forward',
      explanation: {},
    },
  }
}
