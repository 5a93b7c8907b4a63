import type { AlertRule, Explanation, Firing, TrackMemory } from './alert-rule.ts'
import { type Counted, type Crowd, summary } from './crowd.ts'
import type { TrackedObject } from './detection.ts'
import type { RuleKind } from './rule-kinds.ts'
import { dwellMs, leftAfterMs, restMs } from './stay.ts'
import type { UtcMs } from './time.ts'
import { isSure, movementDeg } from './wrong-way.ts'

/** Whether the kind is about a moment, which is over when it has passed, and not about what lasts. */
export function passes(kind: RuleKind): boolean {
  return kind === 'enter' || kind === 'leave' || kind === 'cross' || kind === 'wrong-way'
}

/** The firing that an object as it is seen now has earned; null: none. */
export function judge(
  seen: TrackMemory,
  rule: AlertRule,
  object: TrackedObject,
  nowUtcMs: UtcMs,
): Firing | null {
  const { stay, due, against } = seen
  const fire = (lasting: number | null, explanation: Explanation): Firing => ({
    ruleId: rule.id,
    subject: object.trackId,
    trackId: object.trackId,
    firing: seen.firings + 1,
    class: object.class,
    score: object.score,
    box: object.box,
    dwellMs: lasting,
    direction: null,
    explanation,
  })
  if (rule.kind === 'cross') {
    if (due === null || (rule.direction !== 'both' && rule.direction !== due.direction)) return null
    return { ...fire(null, {}), direction: due.direction }
  }
  if (stay.fired) return null
  const insideMs = dwellMs(stay, nowUtcMs)
  const limitMs = rule.dwellMs ?? 0
  switch (rule.kind) {
    case 'enter':
      return insideMs !== null && stay.origin === 'arrived' ? fire(null, {}) : null
    case 'leave': {
      const lastedMs = leftAfterMs(stay, nowUtcMs)
      return lastedMs === null ? null : fire(null, { lastedMs })
    }
    case 'present':
      return insideMs === null ? null : fire(null, { lastedMs: insideMs })
    case 'dwell':
      if (insideMs === null || insideMs < limitMs) return null
      return fire(insideMs, { lastedMs: insideMs, limitMs })
    case 'parked': {
      const lastedMs = restMs(stay, nowUtcMs)
      return lastedMs === null || lastedMs < limitMs ? null : fire(lastedMs, { lastedMs, limitMs })
    }
    case 'wrong-way': {
      const movedDeg = movementDeg(object.velocity)
      if (against === null || movedDeg === null || rule.allowedDeg === null) return null
      if (!isSure(against, object.box, nowUtcMs)) return null
      const lastedMs = nowUtcMs - against.sinceUtcMs
      return fire(null, { lastedMs, movedDeg, allowedDeg: rule.allowedDeg })
    }
    default:
      return null
  }
}

/** The same for all of those inside together. */
export function judgeCrowd(
  crowd: Crowd,
  rule: AlertRule,
  inside: readonly Counted[],
  nowUtcMs: UtcMs,
): Firing | null {
  const lastedMs = nowUtcMs - crowd.sinceUtcMs
  const limitMs = rule.holdMs ?? 0
  if (crowd.fired || crowd.thinSinceUtcMs !== null || lastedMs < limitMs) return null
  return {
    ruleId: rule.id,
    subject: `since-${crowd.sinceUtcMs}`,
    trackId: null,
    firing: 1,
    ...summary(inside),
    dwellMs: null,
    direction: null,
    explanation: { lastedMs, limitMs, count: inside.length, limitCount: rule.count ?? 1 },
  }
}
