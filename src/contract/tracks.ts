import { type Static, Type } from 'typebox'
import { colourNames } from '../domain/detection.ts'
import { trackDirections } from '../domain/track-summary.ts'
import { Fraction, Id, ObjectClassName, Page, PageQuery, Time, TimeInput } from './common.ts'

const Colour = Type.Union([
  Type.Object({ name: Type.Enum([...colourNames]), confidence: Fraction }),
  Type.Null(),
])

/** One object's stay before one camera. */
export const Track = Type.Object({
  id: Id,
  cameraId: Id,
  class: ObjectClassName,
  firstSeen: Time,
  lastSeen: Time,
  /** False: it was still there when this was written. */
  ended: Type.Boolean(),
  score: Fraction,
  /** Where it stood: the middle of its lower edge, in the picture (0..1, beyond it where it left), by time. */
  path: Type.Array(Type.Object({ x: Type.Number(), y: Type.Number(), at: Time })),
  /** As seen in the picture: n is up. Null: it ended about where it began. */
  direction: Type.Union([Type.Enum([...trackDirections]), Type.Null()]),
  /** Picture widths per second along its path. */
  speed: Type.Number(),
  /** Of a vehicle. Null where the pictures do not tell, as below. */
  colour: Colour,
  /** Of a person's clothing. */
  upperColour: Colour,
  lowerColour: Colour,
  plate: Type.Union([Type.Object({ text: Type.String(), confidences: Type.Array(Fraction) }), Type.Null()]),
  /** Zones it went into and tripwires it crossed, as they were when it ended. */
  zones: Type.Array(
    Type.Union([
      Type.Object({ zoneId: Id, entered: Time, insideMs: Type.Integer() }),
      Type.Object({ zoneId: Id, crossed: Time, direction: Type.Enum(['forward', 'backward']) }),
    ]),
  ),
  /** `/api/v1/cameras/:id/tracks/:trackId/stills/:kind` */
  stills: Type.Array(Type.Enum(['best', 'face'])),
})
export type Track = Static<typeof Track>

/** Newest first; `from` (inclusive) and `to` bound the first sighting, over at most 31 days. */
export const TrackQuery = Type.Object(
  { ...PageQuery.properties, from: TimeInput, to: TimeInput, class: Type.Optional(ObjectClassName) },
  { additionalProperties: false },
)
export type TrackQuery = Static<typeof TrackQuery>
export const TrackPage = Page(Track)
export type TrackPage = Static<typeof TrackPage>
