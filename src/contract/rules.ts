import { type Static, Type } from 'typebox'
import { Fraction, Id, Name, ObjectClassName, Point } from './common.ts'

export const Severity = Type.Enum(['notice', 'warning', 'critical'])
export type Severity = Static<typeof Severity>

/**
 * A polygon (`zone`, 3..32 corners) or a directed line (`tripwire`, 2 points) in picture coordinates.
 * A tripwire's forward direction: walking from the first point to the second, an object that passes
 * from the left hand to the right hand crosses forward.
 */
export const Zone = Type.Object({
  id: Id,
  cameraId: Id,
  name: Name,
  kind: Type.Enum(['zone', 'tripwire']),
  points: Type.Array(Point, { minItems: 2, maxItems: 32 }),
})
export type Zone = Static<typeof Zone>
export const NewZone = Type.Object(
  {
    name: Name,
    kind: Type.Enum(['zone', 'tripwire']),
    points: Type.Array(Point, { minItems: 2, maxItems: 32 }),
  },
  { additionalProperties: false },
)
export type NewZone = Static<typeof NewZone>
/** A zone stays a polygon and a tripwire a line: rules stand on it. */
export const ZonePatch = Type.Partial(Type.Omit(NewZone, ['kind']), { additionalProperties: false })
export type ZonePatch = Static<typeof ZonePatch>
export const ZoneList = Type.Object({ items: Type.Array(Zone) })

/** `cross` needs a tripwire, `enter` and `dwell` a zone; else `rule-zone-mismatch`. */
export const RuleKind = Type.Enum(['enter', 'dwell', 'cross'])
export type RuleKind = Static<typeof RuleKind>

const ruleFields = {
  name: Name,
  zoneId: Id,
  kind: RuleKind,
  classes: Type.Array(ObjectClassName, { minItems: 1, maxItems: 7 }),
  minScore: Fraction,
  /** For `dwell`: how long inside before it fires; null for the others, else `rule-fields-mismatch`. */
  dwellMs: Type.Union([Type.Integer({ minimum: 500, maximum: 86_400_000 }), Type.Null()]),
  /** For `cross`, where `both` is the default; null for the others, else `rule-fields-mismatch`. */
  direction: Type.Union([Type.Enum(['forward', 'backward', 'both']), Type.Null()]),
  severity: Severity,
  enabled: Type.Boolean(),
}
export const Rule = Type.Object({ id: Id, cameraId: Id, ...ruleFields })
export type Rule = Static<typeof Rule>
export const NewRule = Type.Object(
  {
    name: ruleFields.name,
    zoneId: ruleFields.zoneId,
    kind: ruleFields.kind,
    classes: ruleFields.classes,
    minScore: Type.Optional(ruleFields.minScore),
    dwellMs: Type.Optional(ruleFields.dwellMs),
    direction: Type.Optional(ruleFields.direction),
    severity: Type.Optional(ruleFields.severity),
    enabled: Type.Optional(ruleFields.enabled),
  },
  { additionalProperties: false },
)
export type NewRule = Static<typeof NewRule>
export const RulePatch = Type.Partial(NewRule, { additionalProperties: false })
export type RulePatch = Static<typeof RulePatch>
export const RuleList = Type.Object({ items: Type.Array(Rule) })
