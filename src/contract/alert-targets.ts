import { type Static, Type } from 'typebox'
import { Id, Name, Time } from './common.ts'
import { RuleKind, Severity } from './rules.ts'

/**
 * `http(s)://` for a webhook, `mqtt(s)://` for a broker (its path is the topics' beginning, `xueliang`
 * unless given); without credentials, within `ALERT_NETWORKS`.
 */
const TargetUrl = Type.String({
  minLength: 8,
  maxLength: 1024,
  pattern: '^([Hh][Tt][Tt][Pp]|[Mm][Qq][Tt][Tt])[Ss]?://\\S+$',
})

/**
 * Another system that is told of delivered alerts. A webhook gets `AlertMessage` by POST, signed: header
 * `x-xueliang-signature: v1=<hex>`, the HMAC-SHA256 by the secret of `<x-xueliang-timestamp>.<body>`
 * (seconds since 1970); `x-xueliang-delivery` names the delivery, which may come more than once. A
 * broker gets the same as `<prefix>/alerts/<unitId>/<cameraId>`, QoS 1.
 */
export const AlertTarget = Type.Object({
  id: Id,
  name: Name,
  kind: Type.Enum(['webhook', 'mqtt']),
  url: Type.String(),
  username: Type.Union([Type.String(), Type.Null()]),
  hasSecret: Type.Boolean(),
  /** Alerts of this unit and below it; null: of all. */
  unitId: Type.Union([Id, Type.Null()]),
  /** This severity and graver ones. */
  minSeverity: Severity,
  enabled: Type.Boolean(),
  createdAt: Time,
  delivered: Type.Integer(),
  deliveredAt: Type.Union([Time, Type.Null()]),
  /** On their way, or waiting for another try. */
  waiting: Type.Integer(),
  /** Given up. */
  dead: Type.Integer(),
  /** What went wrong last, and is not over. */
  error: Type.Union([Type.String(), Type.Null()]),
  errorAt: Type.Union([Time, Type.Null()]),
})
export type AlertTarget = Static<typeof AlertTarget>
export const AlertTargetList = Type.Object({ items: Type.Array(AlertTarget) })

export const NewAlertTarget = Type.Object(
  {
    name: Name,
    kind: Type.Enum(['webhook', 'mqtt']),
    url: TargetUrl,
    /** For `mqtt`. */
    username: Type.Optional(Type.Union([Type.String({ minLength: 1, maxLength: 128 }), Type.Null()])),
    /** The signatures' key of a webhook, which must have one, or the password at a broker. */
    secret: Type.Optional(Type.String({ minLength: 16, maxLength: 256 })),
    unitId: Type.Optional(Type.Union([Id, Type.Null()])),
    minSeverity: Type.Optional(Severity),
    enabled: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)
export type NewAlertTarget = Static<typeof NewAlertTarget>
/** What is left out stays; a target stays of its kind. */
export const AlertTargetPatch = Type.Partial(Type.Omit(NewAlertTarget, ['kind']), {
  additionalProperties: false,
})
export type AlertTargetPatch = Static<typeof AlertTargetPatch>

/** `POST /api/v1/alert-targets/:id/test`: one message that is no alert, at once. */
export const TargetTest = Type.Object({ error: Type.Union([Type.String(), Type.Null()]) })
export type TargetTest = Static<typeof TargetTest>

/** `GET /api/v1/alert-targets/:id/dead`, newest first; `POST …/retry` has all of them tried again. */
export const DeadDeliveryList = Type.Object({
  items: Type.Array(
    Type.Object({
      alertId: Id,
      cameraName: Type.String(),
      ruleName: Type.String(),
      ruleKind: RuleKind,
      occurredAt: Time,
      attempts: Type.Integer(),
      error: Type.Union([Type.String(), Type.Null()]),
      deadAt: Time,
    }),
  ),
})
export type DeadDeliveryList = Static<typeof DeadDeliveryList>
