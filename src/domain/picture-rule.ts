import type { AlertRule, Firing } from './alert-rule.ts'
import { frozenShare } from './picture-quality.ts'
import type { UtcMs } from './time.ts'

/** Below this share of its threshold a fault is clearly over. */
const clearShare = 0.85
/** For so long, and what has fired has ended: a fault that comes and goes is one fault. */
const clearMs = 5_000
/** Nothing was measured for so long: what was before says nothing of how long it has lasted. */
const blindMs = 30_000
/** One fault of one camera's picture under one rule. */
export interface PictureRuleState {
  readonly lastUtcMs: UtcMs | null
  /** At fault since then; null: it is not. */
  readonly sinceUtcMs: UtcMs | null
  readonly clearSinceUtcMs: UtcMs | null
  readonly fired: boolean
}

export const freshPictureState: PictureRuleState = {
  lastUtcMs: null,
  sinceUtcMs: null,
  clearSinceUtcMs: null,
  fired: false,
}

/** Whether a fault is going on, or has just ended: whoever measures must go on. */
export function isUneasy({ sinceUtcMs }: PictureRuleState): boolean {
  return sinceUtcMs !== null
}

/**
 * One rule on the picture itself, one measurement (0..1; null: it cannot be told now). Fires once when
 * the fault has lasted for `holdMs`, and again only after it was clearly over.
 */
export function advancePicture(
  state: PictureRuleState,
  rule: AlertRule,
  measured: number | null,
  nowUtcMs: UtcMs,
  holds: boolean,
): { readonly state: PictureRuleState; readonly firing: Firing | null } {
  const blind = state.lastUtcMs !== null && nowUtcMs - state.lastUtcMs > blindMs
  const known = blind && !state.fired ? freshPictureState : state
  if (measured === null) return { state: known, firing: null }

  const threshold = rule.threshold ?? frozenShare
  const clearBelow = rule.threshold === null ? frozenShare : clearShare * rule.threshold
  const fault = measured >= threshold ? 'is' : measured < clearBelow ? 'is-not' : 'may-be'
  const next = { ...continueFault(known, fault, nowUtcMs), lastUtcMs: nowUtcMs }
  const { sinceUtcMs, clearSinceUtcMs, fired } = next
  const limitMs = rule.holdMs ?? 0
  const due = sinceUtcMs !== null && clearSinceUtcMs === null && !fired && nowUtcMs - sinceUtcMs >= limitMs
  if (!due || !holds) return { state: next, firing: null }
  return {
    state: { ...next, fired: true },
    firing: {
      ruleId: rule.id,
      subject: `since-${sinceUtcMs}`,
      trackId: null,
      firing: 1,
      class: null,
      score: null,
      box: null,
      dwellMs: null,
      direction: null,
      explanation: {
        lastedMs: nowUtcMs - sinceUtcMs,
        limitMs,
        ...(rule.threshold === null ? {} : { measured, threshold }),
      },
    },
  }
}

function continueFault(
  state: PictureRuleState,
  fault: 'is' | 'may-be' | 'is-not',
  nowUtcMs: UtcMs,
): PictureRuleState {
  if (fault === 'is') return { ...state, sinceUtcMs: state.sinceUtcMs ?? nowUtcMs, clearSinceUtcMs: null }
  if (state.sinceUtcMs === null) return state
  if (fault === 'may-be') return { ...state, clearSinceUtcMs: null }
  if (!state.fired) return freshPictureState
  const clearSinceUtcMs = state.clearSinceUtcMs ?? nowUtcMs
  return nowUtcMs - clearSinceUtcMs >= clearMs ? freshPictureState : { ...state, clearSinceUtcMs }
}
