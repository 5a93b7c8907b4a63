import { type Static, Type } from 'typebox'
import { Explanation } from './alerts.ts'
import { Box, Id, Name, ObjectClassName, Page, PageQuery, Time } from './common.ts'
import { NewRule, NewZone, RuleKind, Severity } from './rules.ts'

const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()])

/** A rule that need not be stored: `zone` is what it stands on, null for the picture's kinds. */
const draft = { rule: Type.Omit(NewRule, ['zoneId']), zone: Nullable(NewZone) }

/** When a rule fired, or would have, and for what. */
const firing = {
  /** Programme time. */
  at: Time,
  class: Nullable(ObjectClassName),
  score: Nullable(Type.Number()),
  box: Nullable(Box),
  dwellMs: Nullable(Type.Integer()),
  direction: Nullable(Type.Enum(['forward', 'backward'])),
  explanation: Explanation,
}

/**
 * `POST /api/v1/cameras/:id/rules/trial`: what a rule would have done, over what live analysis found of the
 * camera in at most the last three hours: the very objects that its alerts would have been raised for.
 */
export const NewTrial = Type.Object({ ...draft, from: Time, to: Time }, { additionalProperties: false })
export type NewTrial = Static<typeof NewTrial>

export const TrialFiring = Type.Object({
  ...firing,
  trackId: Nullable(Id),
  /** It repeats one before it, and would have been counted there instead of being delivered. */
  folded: Type.Boolean(),
})
export type TrialFiring = Static<typeof TrialFiring>

export const Trial = Type.Object({
  from: Time,
  to: Time,
  /** Of the window; with 0 nothing can be said, and a review of the recording can. */
  inspectedMs: Type.Integer(),
  /** All firings; `delivered` leaves out folded ones. */
  fired: Type.Integer(),
  delivered: Type.Integer(),
  /** Delivered ones for each hour that was inspected; null where too little was. */
  perHour: Nullable(Type.Number()),
  /** The latest, oldest first. */
  firings: Type.Array(TrialFiring),
})
export type Trial = Static<typeof Trial>

const ReviewState = Type.Enum(['waiting', 'running', 'done', 'cancelled', 'failed'])

/** `POST /api/v1/reviews`: the cameras' enabled rules over their recordings, or one drafted rule on one camera. */
export const NewReview = Type.Object(
  {
    name: Name,
    cameraIds: Type.Array(Id, { minItems: 1, maxItems: 50, uniqueItems: true }),
    from: Time,
    to: Time,
    draft: Type.Optional(Type.Object(draft, { additionalProperties: false })),
  },
  { additionalProperties: false },
)
export type NewReview = Static<typeof NewReview>

const ReviewCamera = Type.Object({
  cameraId: Id,
  cameraName: Type.String(),
  rules: Type.Integer(),
  /** Recorded in the interval; null until it has been looked up. */
  footageMs: Nullable(Type.Integer()),
  inspectedMs: Type.Integer(),
  /** Inspected until then. */
  reachedAt: Nullable(Time),
  /** Number of objects followed, by class. */
  objects: Type.Record(Type.String(), Type.Integer()),
  /** Null while it is to be done; `done`, or a stable code of why no more could be done. */
  outcome: Nullable(Type.String()),
})

export const Review = Type.Object({
  id: Id,
  name: Type.String(),
  from: Time,
  to: Time,
  state: ReviewState,
  /** For `failed`, and for one that waits for something: a stable code. */
  reason: Nullable(Type.String()),
  askedBy: Type.String(),
  createdAt: Time,
  startedAt: Nullable(Time),
  endedAt: Nullable(Time),
  cameras: Type.Array(ReviewCamera),
  footageMs: Type.Integer(),
  inspectedMs: Type.Integer(),
  findings: Type.Integer(),
  /** Footage inspected for each second of work; null until it can be told. */
  timesRealTime: Nullable(Type.Number()),
  /** Estimated; null where it cannot be told, or nothing remains. */
  remainingMs: Nullable(Type.Integer()),
})
export type Review = Static<typeof Review>
export const ReviewPage = Page(Review)
export const ReviewQuery = Type.Object(PageQuery.properties, { additionalProperties: false })
export type ReviewQuery = Static<typeof ReviewQuery>

export const Finding = Type.Object({
  id: Id,
  reviewId: Id,
  cameraId: Id,
  cameraName: Type.String(),
  ruleName: Type.String(),
  ruleKind: RuleKind,
  severity: Severity,
  zoneName: Nullable(Type.String()),
  ...firing,
  /** JPEG with the object's box drawn in; null where there was no picture. */
  still: Nullable(Type.String()),
})
export type Finding = Static<typeof Finding>
export const FindingPage = Page(Finding)
export const FindingQuery = Type.Object(
  { ...PageQuery.properties, cameraId: Type.Optional(Id) },
  { additionalProperties: false },
)
export type FindingQuery = Static<typeof FindingQuery>
