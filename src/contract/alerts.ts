import { type Static, Type } from 'typebox'
import { Box, Fraction, Id, ObjectClassName, Page, PageQuery, Time, TimeInput } from './common.ts'
import { RuleKind, Severity } from './rules.ts'

export const AlertState = Type.Enum(['new', 'acknowledged', 'dismissed'])
export type AlertState = Static<typeof AlertState>

/**
 * Why an alert was dismissed. The first four say that the rule should not have fired, and count in its
 * false-alert share; the others say that it was right and nothing had to be done.
 */
export const DismissCause = Type.Enum([
  'false-detection',
  'wrong-place',
  'light-weather',
  'other',
  'allowed',
  'duplicate',
  'drill',
])
export type DismissCause = Static<typeof DismissCause>

/** Why the rule fired, in the numbers of its kind; each stands only where the kind has it. */
export const Explanation = Type.Object({
  /** Inside, at rest, against the way, too many, or at fault: for so long when it fired. */
  lastedMs: Type.Optional(Type.Integer()),
  limitMs: Type.Optional(Type.Integer()),
  /** `too-many`: counted, and from how many on. */
  count: Type.Optional(Type.Integer()),
  limitCount: Type.Optional(Type.Integer()),
  /** `wrong-way`: as seen in the picture, degrees clockwise from straight up. */
  movedDeg: Type.Optional(Type.Number()),
  allowedDeg: Type.Optional(Type.Number()),
  /** The picture's kinds: 0..1. */
  measured: Type.Optional(Type.Number()),
  threshold: Type.Optional(Type.Number()),
})
export type Explanation = Static<typeof Explanation>

export const Alert = Type.Object({
  id: Id,
  cameraId: Id,
  cameraName: Type.String(),
  unitId: Id,
  unitName: Type.String(),
  ruleId: Id,
  ruleName: Type.String(),
  ruleKind: RuleKind,
  /** Null for a rule on the picture itself; so are the next four. */
  zoneName: Type.Union([Type.String(), Type.Null()]),
  /** Also null where several objects fired it together. */
  trackId: Type.Union([Id, Type.Null()]),
  class: Type.Union([ObjectClassName, Type.Null()]),
  score: Type.Union([Type.Number(), Type.Null()]),
  box: Type.Union([Box, Type.Null()]),
  severity: Severity,
  /** For `dwell` and `parked`: how long the object had been inside, or at rest. */
  dwellMs: Type.Union([Type.Integer(), Type.Null()]),
  /** For `cross`: which way. */
  direction: Type.Union([Type.Enum(['forward', 'backward']), Type.Null()]),
  explanation: Explanation,
  /** Programme time of the frame that fired it. */
  occurredAt: Time,
  /** When that frame reached the gateway. */
  arrivedAt: Time,
  storedAt: Time,
  /** JPEG with the object's box drawn in: `/api/v1/alerts/:id/snapshot`; null where there was no picture. */
  snapshot: Type.Union([Type.String(), Type.Null()]),
  /** MP4 from 5 s before to 10 s after, from the recording if there is one. */
  clip: Type.String(),
  state: AlertState,
  handledBy: Type.Union([Type.String(), Type.Null()]),
  handledAt: Type.Union([Time, Type.Null()]),
  /** For `dismissed`. */
  cause: Type.Union([DismissCause, Type.Null()]),
  reason: Type.Union([Type.String(), Type.Null()]),
  /** The unit that it was handed on to. */
  forwarded: Type.Union([
    Type.Object({
      unitId: Id,
      unitName: Type.String(),
      note: Type.Union([Type.String(), Type.Null()]),
      by: Type.String(),
      at: Time,
    }),
    Type.Null(),
  ]),
  /** The delivered alert that this one stands under; its own id when it was delivered itself. */
  groupId: Id,
  /** It repeats a delivered one (same object, cool-down or flood): stored and counted, not announced. */
  folded: Type.Boolean(),
  /** Of a delivered one: how many are folded under it, and when the newest of all occurred. */
  repeats: Type.Integer(),
  lastAt: Time,
  /**
   * Grows with every stored alert, in the order in which they become visible: a client that missed some
   * asks for `after` the last it has, and nothing with a smaller number can still turn up.
   */
  sequence: Type.Integer(),
})
export type Alert = Static<typeof Alert>
export const AlertPage = Page(Alert)

export const AlertQuery = Type.Object(
  {
    ...PageQuery.properties,
    cameraId: Type.Optional(Id),
    /** Of cameras in this unit or below it, or handed on to one of them. */
    unitId: Type.Optional(Id),
    ruleId: Type.Optional(Id),
    ruleKind: Type.Optional(RuleKind),
    severity: Type.Optional(Severity),
    class: Type.Optional(ObjectClassName),
    state: Type.Optional(AlertState),
    from: Type.Optional(TimeInput),
    to: Type.Optional(TimeInput),
    /** The alerts of one group, folded ones among them. */
    groupId: Type.Optional(Id),
    /** With it, folded ones too. */
    folded: Type.Optional(Type.Boolean()),
    /** Alerts with a larger `sequence`, oldest first. */
    after: Type.Optional(Type.Integer({ minimum: 0 })),
  },
  { additionalProperties: false },
)
export type AlertQuery = Static<typeof AlertQuery>

const Reason = Type.String({ minLength: 1, maxLength: 500 })

/** A cause, words of one's own, or both; `other` wants words, else `reason-missing`. */
export const DismissAlert = Type.Object(
  { cause: Type.Optional(DismissCause), reason: Type.Optional(Reason) },
  { additionalProperties: false },
)
export type DismissAlert = Static<typeof DismissAlert>

/** `POST /api/v1/alerts/handle`: many at once; what is folded under them goes with them. */
export const HandleAlerts = Type.Object(
  {
    alertIds: Type.Array(Id, { minItems: 1, maxItems: 500 }),
    state: Type.Enum(['acknowledged', 'dismissed']),
    ...DismissAlert.properties,
  },
  { additionalProperties: false },
)
export type HandleAlerts = Static<typeof HandleAlerts>
export const HandleAnswer = Type.Object({
  handled: Type.Array(Alert),
  /** Those that stay as they were, each with its code, e.g. `alert-already-handled`. */
  refused: Type.Array(Type.Object({ id: Id, code: Type.String() })),
})
export type HandleAnswer = Static<typeof HandleAnswer>

export const ForwardAlert = Type.Object(
  { unitId: Id, note: Type.Optional(Reason) },
  { additionalProperties: false },
)
export type ForwardAlert = Static<typeof ForwardAlert>

/**
 * `GET /api/v1/alerts/load`: how much is asked of the people at the wall, after EEMUA 191: one alarm in
 * ten minutes is acceptable, two are manageable, ten are too many.
 */
export const AlertLoad = Type.Object({
  windowMs: Type.Integer(),
  delivered: Type.Integer(),
  folded: Type.Integer(),
  /** Who is connected and may handle alerts; at least one is counted. */
  operators: Type.Integer(),
  perOperator: Type.Number(),
  grade: Type.Enum(['acceptable', 'manageable', 'demanding', 'unacceptable']),
})
export type AlertLoad = Static<typeof AlertLoad>

export const OutcomeQuery = Type.Object(
  {
    cameraId: Type.Optional(Id),
    unitId: Type.Optional(Id),
    /** A week back from `to` unless given; at most 31 days. */
    from: Type.Optional(TimeInput),
    to: Type.Optional(TimeInput),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
  },
  { additionalProperties: false },
)
export type OutcomeQuery = Static<typeof OutcomeQuery>
/** What became of one rule's alerts: those that most often fired first. */
export const RuleOutcome = Type.Object({
  ruleId: Id,
  ruleName: Type.String(),
  ruleKind: RuleKind,
  cameraId: Id,
  cameraName: Type.String(),
  fired: Type.Integer(),
  delivered: Type.Integer(),
  handled: Type.Integer(),
  dismissedFalse: Type.Integer(),
  /** Of the handled; null while none is. */
  falseShare: Type.Union([Fraction, Type.Null()]),
})
export type RuleOutcome = Static<typeof RuleOutcome>
export const OutcomeList = Type.Object({ from: Time, to: Time, items: Type.Array(RuleOutcome) })
export type OutcomeList = Static<typeof OutcomeList>
