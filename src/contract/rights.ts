import { type Static, Type } from 'typebox'
import { Id, Schedule, Time } from './common.ts'

const GrantableAction = Type.Enum([
  'see',
  'live',
  'playback',
  'export',
  'ptz',
  'analytics',
  'handle',
  'configure',
])

const Nullable = (text = Type.String()) => Type.Union([text, Type.Null()])

/** What an account may do beside its role. Neither unit nor camera: everywhere. */
export const AccountRight = Type.Object({
  id: Id,
  accountId: Id,
  unitId: Nullable(Id),
  cameraId: Nullable(Id),
  /** The unit's or camera's name. */
  where: Nullable(),
  actions: Type.Array(GrantableAction),
  schedule: Schedule,
  until: Nullable(Time),
  reason: Type.String(),
  grantedBy: Type.String(),
  createdAt: Time,
})
export type AccountRight = Static<typeof AccountRight>
export const AccountRightList = Type.Object({ items: Type.Array(AccountRight) })

/** `unitId` or `cameraId`, not both, else `right-scope-ambiguous`. */
export const NewRight = Type.Object(
  {
    unitId: Type.Optional(Id),
    cameraId: Type.Optional(Id),
    actions: Type.Array(GrantableAction, { minItems: 1, maxItems: 8, uniqueItems: true }),
    schedule: Type.Optional(Schedule),
    until: Type.Optional(Time),
    reason: Type.String({ minLength: 1, maxLength: 500, pattern: '\\S' }),
  },
  { additionalProperties: false },
)
export type NewRight = Static<typeof NewRight>
