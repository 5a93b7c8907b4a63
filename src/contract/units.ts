import { type Static, Type } from 'typebox'
import { Id, Name, Page, PageQuery } from './common.ts'

export const UnitLevel = Type.Enum(['city', 'county', 'township', 'village', 'department'])
export type UnitLevel = Static<typeof UnitLevel>

/** GB/T 2260 code, extended to 12 digits for townships and villages. */
export const DivisionCode = Type.String({ pattern: '^[0-9]{2,12}$' })

export const Unit = Type.Object({
  id: Id,
  parentId: Type.Union([Id, Type.Null()]),
  name: Name,
  level: UnitLevel,
  divisionCode: Type.Union([DivisionCode, Type.Null()]),
  /** Ids from the top down to this unit, each with `/` behind it. */
  path: Type.String(),
  /** Cameras in this unit and everything below it, as far as whoever asks may see them. */
  cameraCount: Type.Integer(),
  onlineCount: Type.Integer(),
})
export type Unit = Static<typeof Unit>
export const UnitPage = Page(Unit)

/** Every unit by name; with `parentId` only the children of one, with `root` only the tops of the trees. */
export const UnitQuery = Type.Object(
  {
    ...PageQuery.properties,
    parentId: Type.Optional(Id),
    /** Part of a name, of its pinyin or initials, or of a division code. */
    q: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
  },
  { additionalProperties: false },
)
export type UnitQuery = Static<typeof UnitQuery>

/** `GET /api/v1/units/:id/next-national-code`: for a new camera there; it is taken when a camera has it. */
export const NextNationalCode = Type.Object({ nationalCode: Type.String() })

export const NewUnit = Type.Object(
  {
    parentId: Type.Union([Id, Type.Null()]),
    name: Name,
    level: UnitLevel,
    divisionCode: Type.Optional(Type.Union([DivisionCode, Type.Null()])),
  },
  { additionalProperties: false },
)
export type NewUnit = Static<typeof NewUnit>

export const UnitPatch = Type.Partial(Type.Omit(NewUnit, ['level']), { additionalProperties: false })
export type UnitPatch = Static<typeof UnitPatch>
