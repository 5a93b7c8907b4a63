import { type Static, Type } from 'typebox'
import { Fraction, Id, Name, ObjectClassName, Point, Schedule, Time } from './common.ts'

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

/**
 * `cross` stands on a tripwire, the kinds from `enter` to `too-many` on a zone, else `rule-zone-mismatch`;
 * those from `signal-lost` on watch the picture itself and have neither zone nor classes.
 */
export const RuleKind = Type.Enum([
  'cross',
  'enter',
  'leave',
  'dwell',
  'present',
  'parked',
  'wrong-way',
  'too-many',
  'signal-lost',
  'frozen',
  'dark',
  'overexposed',
  'blurred',
  'covered',
  'moved',
  'colour-cast',
])
export type RuleKind = Static<typeof RuleKind>

/** Those that a kind has not are null, else `rule-fields-mismatch`; most have a usual value. */
const limits = {
  /** `dwell` (to be given), `parked`: inside, or at rest, so long before it fires. */
  dwellMs: Type.Union([Type.Integer({ minimum: 500, maximum: 86_400_000 }), Type.Null()]),
  /** `cross` */
  direction: Type.Union([Type.Enum(['forward', 'backward', 'both']), Type.Null()]),
  /** `wrong-way` (to be given): allowed movement as seen in the picture, degrees clockwise from straight up. */
  allowedDeg: Type.Union([Type.Number({ minimum: 0, maximum: 360 }), Type.Null()]),
  /** `too-many` (to be given): from so many objects at once. */
  count: Type.Union([Type.Integer({ minimum: 1, maximum: 500 }), Type.Null()]),
  /** `too-many` and the picture's kinds: it lasts so long before it fires. */
  holdMs: Type.Union([Type.Integer({ minimum: 0, maximum: 3_600_000 }), Type.Null()]),
  /** `dark` to `colour-cast`: share from which the picture is at fault. */
  threshold: Type.Union([Type.Number({ minimum: 0.01, maximum: 1 }), Type.Null()]),
}

const ruleFields = {
  name: Name,
  /** Null for the picture's kinds. */
  zoneId: Type.Union([Id, Type.Null()]),
  kind: RuleKind,
  /** Empty for the picture's kinds, and for no others. */
  classes: Type.Array(ObjectClassName, { maxItems: 7 }),
  minScore: Fraction,
  /** An object younger than this does not fire yet. */
  minAgeMs: Type.Integer({ minimum: 0, maximum: 600_000 }),
  ...limits,
  /** When the rule holds, on the gateway's clock face (`timeZone` of `/api/v1/system`). */
  schedule: Schedule,
  /** What the rule fires so long after an alert was delivered is folded into that alert. */
  cooldownMs: Type.Integer({ minimum: 0, maximum: 86_400_000 }),
  severity: Severity,
  enabled: Type.Boolean(),
}
export const Rule = Type.Object({ id: Id, cameraId: Id, ...ruleFields })
export type Rule = Static<typeof Rule>
/** What is left out takes its usual value. */
export const NewRule = Type.Object(
  {
    ...Type.Partial(Type.Object(ruleFields)).properties,
    name: ruleFields.name,
    kind: ruleFields.kind,
  },
  { additionalProperties: false },
)
export type NewRule = Static<typeof NewRule>
export const RulePatch = Type.Partial(NewRule, { additionalProperties: false })
export type RulePatch = Static<typeof RulePatch>
export const RuleList = Type.Object({ items: Type.Array(Rule) })

/** `GET` (and, to take it anew, `POST`) `/api/v1/cameras/:id/reference-view`: what the camera should see. */
export const ReferenceView = Type.Object({
  takenAt: Time,
  /** Null: by the gateway itself. */
  takenBy: Type.Union([Type.String(), Type.Null()]),
  /** JPEG */
  picture: Type.String(),
})
export type ReferenceView = Static<typeof ReferenceView>
