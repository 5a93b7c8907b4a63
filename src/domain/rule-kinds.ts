import type { CrossDirection } from './tripwire.ts'
import type { ZoneKind } from './zone.ts'

/**
 * What a rule watches for. In a zone: `enter`, `leave`, `dwell` (stays longer than), `present` (is there
 * at all: of use with a schedule), `parked` (rests in one place), `wrong-way` (moves against the allowed
 * direction), `too-many` (so many at once). On a tripwire: `cross`.
 */
const objectRuleKinds = [
  'enter',
  'leave',
  'dwell',
  'present',
  'parked',
  'wrong-way',
  'too-many',
  'cross',
] as const

/** On the picture itself, with neither zone nor classes. */
export const pictureRuleKinds = [
  'signal-lost',
  'frozen',
  'dark',
  'overexposed',
  'blurred',
  'covered',
  'moved',
  'colour-cast',
] as const
export type PictureRuleKind = (typeof pictureRuleKinds)[number]

export const ruleKinds = [...objectRuleKinds, ...pictureRuleKinds] as const
export type RuleKind = (typeof ruleKinds)[number]

export function isPictureRule(kind: RuleKind): kind is PictureRuleKind {
  return (pictureRuleKinds as readonly string[]).includes(kind)
}

/** What a kind of rule stands on; null: on the whole picture. */
export function groundOf(kind: RuleKind): ZoneKind | null {
  if (isPictureRule(kind)) return null
  return kind === 'cross' ? 'tripwire' : 'zone'
}

/** Numbers that only some kinds of rule have; null where the kind has no such number. */
export interface RuleLimits {
  /** `dwell`: inside so long. `parked`: at rest inside so long. */
  readonly dwellMs: number | null
  /** `cross` */
  readonly direction: CrossDirection | 'both' | null
  /** `wrong-way`: the allowed movement as seen in the picture, clockwise from straight up. */
  readonly allowedDeg: number | null
  /** `too-many`: from so many on. */
  readonly count: number | null
  /** `too-many` and the picture's kinds: it must have been so for so long. */
  readonly holdMs: number | null
  /** Kinds that are measured on the picture: 0..1 of `PictureMeasures`, from here on it is a fault. */
  readonly threshold: number | null
}

export type LimitName = keyof RuleLimits

export const limitNames = [
  'dwellMs',
  'direction',
  'allowedDeg',
  'count',
  'holdMs',
  'threshold',
] as const satisfies readonly LimitName[]

/** The limits of each kind with what they are unless said; null: must be said. */
export const usualLimits: { readonly [Kind in RuleKind]: Partial<RuleLimits> } = {
  enter: {},
  leave: {},
  dwell: { dwellMs: null },
  present: {},
  parked: { dwellMs: 60_000 },
  'wrong-way': { allowedDeg: null },
  'too-many': { count: null, holdMs: 3_000 },
  cross: { direction: 'both' },
  'signal-lost': { holdMs: 10_000 },
  frozen: { holdMs: 60_000 },
  dark: { threshold: 0.9, holdMs: 10_000 },
  overexposed: { threshold: 0.5, holdMs: 10_000 },
  blurred: { threshold: 0.6, holdMs: 10_000 },
  covered: { threshold: 0.4, holdMs: 5_000 },
  moved: { threshold: 0.6, holdMs: 10_000 },
  'colour-cast': { threshold: 0.25, holdMs: 10_000 },
}
