import { type Static, Type } from 'typebox'
import { Id } from './common.ts'

/** `GET`/`PUT /api/v1/wall`: the signed-in account's own wall. */
export const WallLayout = Type.Object(
  {
    tiles: Type.Enum([1, 4, 9, 16]),
    /** By position; null is an empty tile. */
    cameraIds: Type.Array(Type.Union([Id, Type.Null()]), { maxItems: 16 }),
  },
  { additionalProperties: false },
)
export type WallLayout = Static<typeof WallLayout>
