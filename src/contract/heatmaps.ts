import { type Static, Type } from 'typebox'
import { Id, ObjectClassName, Time, TimeInput } from './common.ts'

/**
 * What is counted. `dwell`: how long objects were there, all of them together. `passages`: how many tracks
 * came there, each once.
 */
export const HeatMeasure = Type.Enum(['dwell', 'passages'])
export type HeatMeasure = Static<typeof HeatMeasure>

/**
 * `vehicle` is every vehicle class together; `all`, the default, persons and vehicles: a face belongs to a
 * person who is counted already.
 */
export const CountedClass = Type.Union([ObjectClassName, Type.Literal('vehicle'), Type.Literal('all')])
export type CountedClass = Static<typeof CountedClass>

const asked = {
  from: Type.Optional(TimeInput),
  to: Type.Optional(TimeInput),
  class: Type.Optional(CountedClass),
  measure: Type.Optional(HeatMeasure),
  /** Divided by the time in which frames were inspected, so that cameras and days can be compared. */
  normalised: Type.Optional(Type.Boolean()),
}

/** Of a value: object-seconds and tracks; normalised, objects present at a time and tracks an hour. */
const HeatUnit = Type.Enum(['object-seconds', 'tracks', 'objects', 'tracks-per-hour'])
export type HeatUnit = Static<typeof HeatUnit>

/**
 * `GET /api/v1/heatmaps/camera/:id`: without `to`, until now; without `from`, an hour; at most 31 days, else
 * `window-too-long`. Counts are kept by 5 minutes, older ones by hours and days: the window is widened to
 * whole ones, and the answer says which it covers. What happened in the last 10 seconds may be missing.
 */
export const CameraHeatQuery = Type.Object(asked, { additionalProperties: false })
export type CameraHeatQuery = Static<typeof CameraHeatQuery>

export const CameraHeat = Type.Object({
  cameraId: Id,
  from: Time,
  to: Time,
  class: Type.String(),
  measure: HeatMeasure,
  normalised: Type.Boolean(),
  unit: HeatUnit,
  columns: Type.Integer(),
  rows: Type.Integer(),
  /** By cell, row by row from the top left; an object is where its foot is. */
  cells: Type.Array(Type.Number()),
  maximum: Type.Number(),
  /** What the figures rest on: how many frames were inspected, and the time that they stand for. */
  inspectedFrames: Type.Integer(),
  inspectedMs: Type.Integer(),
  /** How long the camera was online in the window. */
  onlineMs: Type.Integer(),
})
export type CameraHeat = Static<typeof CameraHeat>

/** west, south, east, north in degrees, comma between. */
const BoundingBox = Type.String({
  pattern: '^-?\\d{1,3}(\\.\\d{1,12})?(,-?\\d{1,3}(\\.\\d{1,12})?){3}$',
  maxLength: 80,
})

/**
 * `GET /api/v1/heatmaps/area`: without `from` and `to`, how many objects each camera sees now; with them,
 * a window as above, by camera, normalised unless `normalised=false`. Cameras that were not inspected are
 * there too, with `inspectedShare` 0: nothing is known of them.
 */
export const AreaHeatQuery = Type.Object(
  { ...asked, bbox: Type.Optional(BoundingBox), unitId: Type.Optional(Id) },
  { additionalProperties: false },
)
export type AreaHeatQuery = Static<typeof AreaHeatQuery>

export const AreaHeat = Type.Object({
  at: Time,
  from: Time,
  to: Time,
  class: Type.String(),
  measure: HeatMeasure,
  normalised: Type.Boolean(),
  unit: HeatUnit,
  /** What the whole rests on. */
  coverage: Type.Object({
    cameras: Type.Integer(),
    /** Cameras of which at least one frame was inspected. */
    inspectedCameras: Type.Integer(),
    /** Inspected time over the time that all these cameras should have been inspected, 0..1. */
    inspectedShare: Type.Number(),
    /** Camera-hours online, of the window's camera-hours. */
    onlineHours: Type.Number(),
    cameraHours: Type.Number(),
  }),
  items: Type.Array(
    Type.Object({
      cameraId: Id,
      lon: Type.Number(),
      lat: Type.Number(),
      /** Of persons and of all vehicles, in `unit`; now: mean number in view over the last minute. */
      persons: Type.Number(),
      vehicles: Type.Number(),
      /** Of the class that was asked for. */
      value: Type.Number(),
      /** Share of the window in which the camera was inspected; below 1 the figures rest on less. */
      inspectedShare: Type.Number(),
      /** Share of the window in which it was online. */
      onlineShare: Type.Number(),
    }),
  ),
})
export type AreaHeat = Static<typeof AreaHeat>
