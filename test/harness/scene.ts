import {
  type AlertRule,
  advance,
  type Firing,
  freshRuleState,
  type RuleState,
} from '../../src/domain/alert-rule.ts'
import type { CameraId, ZoneId } from '../../src/domain/ids.ts'
import type { Zone } from '../../src/domain/zone.ts'
import { inspection, type Sighting } from './inspection.ts'

export const yard: Zone = {
  id: 'zone-1' as ZoneId,
  cameraId: 'camera-1' as CameraId,
  name: 'yard',
  kind: 'zone',
  points: [
    { x: 0.4, y: 0.4 },
    { x: 0.8, y: 0.4 },
    { x: 0.8, y: 0.9 },
    { x: 0.4, y: 0.9 },
  ],
}
export const gate: Zone = {
  ...yard,
  name: 'gate',
  kind: 'tripwire',
  points: [
    { x: 0, y: 0.5 },
    { x: 1, y: 0.5 },
  ],
}
const start = 1_700_000_000_000

/** One camera under one rule, a frame every 250 ms unless told otherwise. */
export class Scene {
  state: RuleState = freshRuleState
  nowUtcMs = start
  /** Whether the rule is switched on and within its schedule. */
  holds: boolean
  readonly #rule: AlertRule
  readonly #zone: Zone
  constructor(rule: AlertRule, zone: Zone = yard) {
    this.#rule = rule
    this.holds = rule.enabled
    this.#zone = zone
  }

  see(...sightings: Sighting[]): readonly Firing[] {
    this.nowUtcMs += 250
    return this.replay(this.nowUtcMs, ...sightings)
  }

  replay(atUtcMs: number, ...sightings: Sighting[]): readonly Firing[] {
    const step = advance(this.state, this.#rule, this.#zone, inspection(atUtcMs, sightings), this.holds)
    this.state = step.state
    return step.firings
  }

  /** The same sight, again and again. */
  during(ms: number, ...sightings: Sighting[]): readonly Firing[] {
    return Array.from({ length: ms / 250 }, () => this.see(...sightings)).flat()
  }

  walk(from: readonly [number, number], to: readonly [number, number], rest: Partial<Sighting> = {}) {
    const steps = 12
    return Array.from({ length: steps + 1 }, (_, i) => {
      const share = i / steps
      const at = [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share] as const
      return this.see({ at, ...rest })
    }).flat()
  }
}
