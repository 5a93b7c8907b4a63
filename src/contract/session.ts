import { type Static, Type } from 'typebox'
import { Id, Schedule, Time } from './common.ts'

export const Role = Type.Enum(['administrator', 'operator', 'viewer'])
export type Role = Static<typeof Role>

export const SignIn = Type.Object(
  {
    username: Type.String({ minLength: 1, maxLength: 64 }),
    password: Type.String({ minLength: 1, maxLength: 256 }),
  },
  { additionalProperties: false },
)
export type SignIn = Static<typeof SignIn>

/** `PUT /api/v1/session/password`; ends every other session of the account. */
export const ChangePassword = Type.Object(
  {
    currentPassword: Type.String({ minLength: 1, maxLength: 256 }),
    newPassword: Type.String({ minLength: 10, maxLength: 256 }),
  },
  { additionalProperties: false },
)
export type ChangePassword = Static<typeof ChangePassword>

export const Account = Type.Object({
  id: Id,
  username: Type.String(),
  role: Role,
  /** While true every other route answers 403 `password-change-required`. */
  mustChangePassword: Type.Boolean(),
})
export type Account = Static<typeof Account>

/** A right as the pages need it, to offer nothing that would be refused. */
export const HeldRight = Type.Object({
  actions: Type.Array(Type.String()),
  /** Neither path nor camera: everywhere. */
  unitPath: Type.Union([Type.String(), Type.Null()]),
  cameraId: Type.Union([Id, Type.Null()]),
  schedule: Schedule,
  until: Type.Union([Time, Type.Null()]),
})
export type HeldRight = Static<typeof HeldRight>

export const SignedInAccount = Type.Object({ ...Account.properties, rights: Type.Array(HeldRight) })
export type SignedInAccount = Static<typeof SignedInAccount>

/** Answer of `POST /api/v1/session` (with `token`) and `GET /api/v1/session` (without). */
export const Session = Type.Object({
  token: Type.Optional(Type.String()),
  account: SignedInAccount,
  expiresAt: Time,
})
export type Session = Static<typeof Session>

/** A session as whoever looks after it sees it. */
export const ListedSession = Type.Object({
  id: Id,
  accountId: Id,
  username: Type.String(),
  createdAt: Time,
  lastUsedAt: Time,
  expiresAt: Time,
  /** What the program called itself when it signed in. */
  client: Type.String(),
  /** The one that asks. */
  own: Type.Boolean(),
})
export type ListedSession = Static<typeof ListedSession>
export const SessionList = Type.Object({ items: Type.Array(ListedSession) })
