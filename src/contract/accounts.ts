import { type Static, Type } from 'typebox'
import { Id, Page, PageQuery, Time } from './common.ts'
import { Account, Role } from './session.ts'

/** Letters of any script, digits and `. _ @ -`; case does not tell two accounts apart. */
const Username = Type.String({
  minLength: 1,
  maxLength: 64,
  pattern: '^[\\p{L}\\p{N}][\\p{L}\\p{N}._@-]*$',
})

/** The unit that it belongs to: its role holds there and below. Null: everywhere. */
const HomeUnit = Type.Union([Id, Type.Null()])

export const ListedAccount = Type.Object({
  ...Account.properties,
  unitId: HomeUnit,
  unitName: Type.Union([Type.String(), Type.Null()]),
  /** Null: it may sign in. */
  disabledAt: Type.Union([Time, Type.Null()]),
  createdAt: Time,
})
export type ListedAccount = Static<typeof ListedAccount>
export const AccountPage = Page(ListedAccount)

export const AccountQuery = Type.Object({ ...PageQuery.properties }, { additionalProperties: false })

export const NewAccount = Type.Object(
  { username: Username, role: Role, unitId: Type.Optional(HomeUnit) },
  { additionalProperties: false },
)
export type NewAccount = Static<typeof NewAccount>

export const AccountPatch = Type.Object(
  { role: Type.Optional(Role), disabled: Type.Optional(Type.Boolean()), unitId: Type.Optional(HomeUnit) },
  { additionalProperties: false },
)
export type AccountPatch = Static<typeof AccountPatch>

/** Shown once; the account signs in with it and must then choose its own. */
export const AccountWithPassword = Type.Object({ account: ListedAccount, oneTimePassword: Type.String() })
export type AccountWithPassword = Static<typeof AccountWithPassword>
