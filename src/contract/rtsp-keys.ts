import { type Static, Type } from 'typebox'
import { Id, Name, Page, PageQuery, Time } from './common.ts'

/** A key with which another system reads cameras by RTSP, with the rights of an account. */
export const ListedRtspKey = Type.Object({
  id: Id,
  accountId: Id,
  name: Name,
  /** What the reader gives as its user name. */
  username: Type.String(),
  createdAt: Time,
})
export type ListedRtspKey = Static<typeof ListedRtspKey>
export const RtspKeyPage = Page(ListedRtspKey)

export const RtspKeyQuery = Type.Object({ ...PageQuery.properties }, { additionalProperties: false })

/** `accountId` unset: the account that asks. */
export const NewRtspKey = Type.Object(
  { name: Name, accountId: Type.Optional(Id) },
  { additionalProperties: false },
)
export type NewRtspKey = Static<typeof NewRtspKey>

/** Shown once: nobody can read the password again. */
export const RtspKeyWithPassword = Type.Object({
  key: ListedRtspKey,
  password: Type.String(),
  /** `<address>/<camera id>/main` and `<address>/<camera id>/sub`. */
  address: Type.String(),
})
export type RtspKeyWithPassword = Static<typeof RtspKeyWithPassword>
