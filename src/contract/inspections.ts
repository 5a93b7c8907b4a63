import { type Static, Type } from 'typebox'
import { Time, TimeInput } from './common.ts'

export const InspectedQuery = Type.Object({ from: TimeInput, to: TimeInput }, { additionalProperties: false })

/**
 * `GET /api/v1/cameras/:id/inspected`: a window of at most 31 days, oldest first, cut at the window and at
 * now. Time that is in neither list was before the gateway knew the camera, or longer ago than it remembers.
 */
export const InspectedAnswer = Type.Object({
  inspected: Type.Array(Type.Object({ from: Time, to: Time })),
  notInspected: Type.Array(
    Type.Object({
      from: Time,
      to: Time,
      /**
       * Stable code: `analysis-off`, `workers-missing`, `weights-missing`, `analysis-overload`,
       * `gateway-stopped`, `stream-starting`, or the fault of the camera's stream.
       */
      reason: Type.String(),
    }),
  ),
})
export type InspectedAnswer = Static<typeof InspectedAnswer>
