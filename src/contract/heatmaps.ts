import { type Static, Type } from 'typebox'
import { Id, ObjectClassName, Time, TimeInput } from './common.ts'

/**
 * `GET /api/v1/heatmaps/camera/:id`: without `to`, until now; without `from`, an hour; at most 7 days, else
 * `window-too-long`. Counts are kept by 5 minutes: the window is widened to whole ones, and the answer
 * says which it covers. `vehicle` is every vehicle class together; `all`, the default, persons and
 * vehicles: a face belongs to a person who is counted already.
 */
export const CameraHeatQuery = Type.Object(
  {
    from: Type.Optional(TimeInput),
    to: Type.Optional(TimeInput),
    class: Type.Optional(Type.Union([ObjectClassName, Type.Literal('vehicle'), Type.Literal('all')])),
  },
  { additionalProperties: false },
)
export type CameraHeatQuery = Static<typeof CameraHeatQuery>

export const CameraHeat = Type.Object({
  cameraId: Id,
  from: Time,
  to: Time,
  class: Type.String(),
  columns: Type.Integer(),
  rows: Type.Integer(),
  /** Observations per cell, row by row from the top left; one object in one inspected frame counts once, at its foot. */
  cells: Type.Array(Type.Integer()),
  maximum: Type.Integer(),
  /** How many frames were inspected in the window: divide by it to compare cameras. */
  inspectedFrames: Type.Integer(),
})
export type CameraHeat = Static<typeof CameraHeat>

/** `GET /api/v1/heatmaps/area`: how many objects each camera sees now. */
export const AreaHeat = Type.Object({
  at: Time,
  items: Type.Array(
    Type.Object({
      cameraId: Id,
      lon: Type.Number(),
      lat: Type.Number(),
      /** Mean number of confirmed objects in view over the last minute. */
      persons: Type.Number(),
      vehicles: Type.Number(),
      /** Share of the minute in which the camera was inspected; below 1 the means rest on less. */
      inspectedShare: Type.Number(),
    }),
  ),
})
export type AreaHeat = Static<typeof AreaHeat>
