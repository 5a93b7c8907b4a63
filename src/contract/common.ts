import { type Static, type TSchema, Type } from 'typebox'

/** Shapes that several resources share. Limits stand here, so that no input is unbounded. */
export const Id = Type.String({ minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9_-]+$' })
export const Name = Type.String({ minLength: 1, maxLength: 100, pattern: '\\S' })
/** ISO 8601 with offset; answers always end in Z. */
export const Time = Type.String({ format: 'date-time', maxLength: 40 })
/** What a query may carry: ISO 8601 with offset, or epoch milliseconds. */
export const TimeInput = Type.String({ minLength: 1, maxLength: 40 })
export const Fraction = Type.Number({ minimum: 0, maximum: 1 })

export const Point = Type.Object({ x: Fraction, y: Fraction }, { additionalProperties: false })
export const Box = Type.Object(
  { x: Fraction, y: Fraction, w: Fraction, h: Fraction },
  { additionalProperties: false },
)
export const Location = Type.Object(
  { lon: Type.Number({ minimum: -180, maximum: 180 }), lat: Type.Number({ minimum: -90, maximum: 90 }) },
  { additionalProperties: false },
)

/** `toMinute` before `fromMinute`: past midnight. In the gateway's local time; Monday is 1. */
const SchedulePart = Type.Object(
  {
    days: Type.Array(Type.Integer({ minimum: 1, maximum: 7 }), { minItems: 1, maxItems: 7 }),
    fromMinute: Type.Integer({ minimum: 0, maximum: 1439 }),
    toMinute: Type.Integer({ minimum: 0, maximum: 1440 }),
  },
  { additionalProperties: false },
)
/** Empty: all the week. */
export const Schedule = Type.Array(SchedulePart, { maxItems: 28 })
export type Schedule = Static<typeof Schedule>

export const ObjectClassName = Type.Enum(['person', 'face', 'car', 'bus', 'truck', 'motorcycle', 'bicycle'])

/** What a player can play, comma between; left out: it takes what there is. */
export const Codecs = Type.String({
  pattern: '^(avc1|hvc1)(,(avc1|hvc1)){0,3}$',
  description: 'e.g. avc1 or avc1,hvc1',
})

export const PageQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 100 })),
  cursor: Type.Optional(Type.String({ maxLength: 640 })),
})

export function Page<T extends TSchema>(item: T) {
  return Type.Object({ items: Type.Array(item), nextCursor: Type.Union([Type.String(), Type.Null()]) })
}

/** RFC 9457 problem document; `code` is stable. */
const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  code: Type.String(),
  detail: Type.Optional(Type.String()),
  /** Data behind the message: the field that was wrong, seconds to wait. */
  details: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
})
export type Problem = Static<typeof Problem>
