import { type Static, Type } from 'typebox'
import { Page, PageQuery, Time, TimeInput } from './common.ts'

const Nullable = (text = Type.String()) => Type.Union([text, Type.Null()])

export const AuditOutcome = Type.Enum(['begun', 'done', 'refused', 'failed'])
export type AuditOutcome = Static<typeof AuditOutcome>

export const AuditEntryAnswer = Type.Object({
  sequence: Type.Integer(),
  at: Time,
  accountId: Nullable(),
  username: Nullable(),
  address: Nullable(),
  /** `noun.verb`, such as `cameras.change`. */
  act: Type.String(),
  /** Id of what it was done to. */
  subject: Nullable(),
  outcome: AuditOutcome,
  /** The entry that told its beginning. */
  begunIn: Type.Union([Type.Integer(), Type.Null()]),
  detail: Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()]),
  /** SHA-256, hex. */
  hash: Type.String(),
})
export type AuditEntryAnswer = Static<typeof AuditEntryAnswer>
/** Newest first. */
export const AuditPage = Page(AuditEntryAnswer)

const filters = {
  from: Type.Optional(TimeInput),
  to: Type.Optional(TimeInput),
  username: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  act: Type.Optional(Type.String({ pattern: '^[a-z-]+(\\.[a-z-]+)?$', maxLength: 60 })),
  subject: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  outcome: Type.Optional(AuditOutcome),
}
export const AuditQuery = Type.Object(
  { ...PageQuery.properties, ...filters },
  { additionalProperties: false },
)
export type AuditQuery = Static<typeof AuditQuery>

/**
 * `jsonl`: checked offline with `npm run verify -- FILE`, so only a stretch of the chain: `from` and `to`
 * choose it, other filters are refused. `csv`: for people; all filters.
 */
export const AuditExportQuery = Type.Object(
  { format: Type.Optional(Type.Enum(['jsonl', 'csv'])), ...filters },
  { additionalProperties: false },
)
export type AuditExportQuery = Static<typeof AuditExportQuery>

/** The chain's end at a moment, signed with the installation's Ed25519 key. Keep copies elsewhere. */
export const AuditHead = Type.Object({
  sequence: Type.Integer({ minimum: 0 }),
  hash: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  signedAt: Time,
  /** Hex, over `xueliang audit head`, sequence, hash and signedAt, a line each. */
  signature: Type.String({ pattern: '^[0-9a-f]{128}$' }),
  /** Hex. */
  publicKey: Type.String({ pattern: '^[0-9a-f]{64}$' }),
})
export type AuditHead = Static<typeof AuditHead>

/** What is wrong with the trail, and where it was noticed. */
export const AuditFlaw = Type.Object({
  kind: Type.Enum(['changed', 'missing', 'shortened', 'head-forged', 'head-differs', 'malformed']),
  sequence: Type.Integer(),
})
export type AuditFlaw = Static<typeof AuditFlaw>

export const AuditVerification = Type.Object({
  state: Type.Enum(['never', 'running', 'done', 'failed']),
  startedAt: Type.Union([Time, Type.Null()]),
  finishedAt: Type.Union([Time, Type.Null()]),
  /** Entries looked at, and how many there were at the start. */
  checked: Type.Integer(),
  total: Type.Integer(),
  heads: Type.Integer(),
  /** Empty when done: the trail is whole. The first hundred. */
  flaws: Type.Array(AuditFlaw),
})
export type AuditVerification = Static<typeof AuditVerification>
