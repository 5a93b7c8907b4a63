import { type Static, Type } from 'typebox'
import { Box, Id, ObjectClassName, Page, PageQuery, Time, TimeInput } from './common.ts'
import { RuleKind, Severity } from './rules.ts'

export const AlertState = Type.Enum(['new', 'acknowledged', 'dismissed'])
export type AlertState = Static<typeof AlertState>

export const Alert = Type.Object({
  id: Id,
  cameraId: Id,
  cameraName: Type.String(),
  unitId: Id,
  unitName: Type.String(),
  ruleId: Id,
  ruleName: Type.String(),
  ruleKind: RuleKind,
  zoneName: Type.String(),
  severity: Severity,
  trackId: Id,
  class: ObjectClassName,
  score: Type.Number(),
  box: Box,
  /** For `dwell`: how long the object had been inside. */
  dwellMs: Type.Union([Type.Integer(), Type.Null()]),
  /** For `cross`: which way. */
  direction: Type.Union([Type.Enum(['forward', 'backward']), Type.Null()]),
  /** Programme time of the frame that fired it. */
  occurredAt: Time,
  /** When that frame reached the gateway. */
  arrivedAt: Time,
  storedAt: Time,
  /** JPEG with the object's box drawn in: `/api/v1/alerts/:id/snapshot`. */
  snapshot: Type.String(),
  state: AlertState,
  handledBy: Type.Union([Type.String(), Type.Null()]),
  handledAt: Type.Union([Time, Type.Null()]),
  reason: Type.Union([Type.String(), Type.Null()]),
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
    state: Type.Optional(AlertState),
    from: Type.Optional(TimeInput),
    to: Type.Optional(TimeInput),
    /** Alerts with a larger `sequence`, oldest first. */
    after: Type.Optional(Type.Integer({ minimum: 0 })),
  },
  { additionalProperties: false },
)
export type AlertQuery = Static<typeof AlertQuery>

export const DismissAlert = Type.Object(
  { reason: Type.String({ minLength: 1, maxLength: 500 }) },
  { additionalProperties: false },
)
export type DismissAlert = Static<typeof DismissAlert>
