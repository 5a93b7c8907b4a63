import { type Static, Type } from 'typebox'
import { Id, Time, TimeInput } from './common.ts'
import { CountedClass } from './heatmaps.ts'

/** What one bar of a chart covers. Days are those of the gateway's time zone. */
export const CountStep = Type.Enum(['5min', 'hour', 'day'])
export type CountStep = Static<typeof CountStep>

const asked = {
  from: TimeInput,
  to: TimeInput,
  /** Exactly one of them, else `counts-scope`; a unit means all units below it too. */
  unitId: Type.Optional(Id),
  cameraId: Type.Optional(Id),
  /** One of the camera's tripwires. */
  lineId: Type.Optional(Id),
  class: Type.Optional(CountedClass),
}

/**
 * `GET /api/v1/counts`: crossings of tripwires in steps, whether a rule watches the line or not. The window
 * is widened to whole steps; at most 2 days by 5 minutes, 31 by hour, 92 by day, else `window-too-long`.
 */
export const CountsQuery = Type.Object({ ...asked, by: CountStep }, { additionalProperties: false })
export type CountsQuery = Static<typeof CountsQuery>

const forward = Type.Integer({ description: 'From the left hand to the right, seen from the first point' })
const backward = Type.Integer({ description: 'The other way' })
/** Share of the time in which the lines' cameras were inspected; null: there was no time yet. */
const InspectedShare = Type.Union([Type.Number(), Type.Null()])

export const Counts = Type.Object({
  from: Time,
  to: Time,
  by: CountStep,
  timeZone: Type.String(),
  forward,
  backward,
  inspectedShare: InspectedShare,
  /** Cameras in the scope that have a tripwire. */
  cameras: Type.Integer(),
  steps: Type.Array(Type.Object({ at: Time, forward, backward, inspectedShare: InspectedShare })),
  classes: Type.Array(Type.Object({ class: Type.String(), forward, backward })),
})
export type Counts = Static<typeof Counts>

/** `GET /api/v1/counts/lines`: the same by line, busiest first, at most 500. */
export const LineCountsQuery = Type.Object(asked, { additionalProperties: false })
export type LineCountsQuery = Static<typeof LineCountsQuery>

export const LineCounts = Type.Object({
  from: Time,
  to: Time,
  items: Type.Array(
    Type.Object({
      lineId: Id,
      /** Null: the line was removed since. */
      name: Type.Union([Type.String(), Type.Null()]),
      cameraId: Id,
      cameraName: Type.Union([Type.String(), Type.Null()]),
      unitName: Type.Union([Type.String(), Type.Null()]),
      forward,
      backward,
      inspectedShare: InspectedShare,
    }),
  ),
})
export type LineCounts = Static<typeof LineCounts>

/**
 * `GET /api/v1/counts.csv`: a row a line, step and class, for a spreadsheet: UTF-8 with a byte order mark,
 * headings in `language`. At most 200,000 rows, else `export-too-long`.
 */
export const CountsCsvQuery = Type.Object(
  { ...asked, by: CountStep, language: Type.Optional(Type.Enum(['zh', 'en'])) },
  { additionalProperties: false },
)
export type CountsCsvQuery = Static<typeof CountsCsvQuery>
