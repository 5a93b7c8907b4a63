import { type Static, Type } from 'typebox'
import { Schedule, Time, TimeInput } from './common.ts'

/** `GET` and `PUT /api/v1/cameras/:id/recording` */
export const RecordingSettings = Type.Object(
  {
    mode: Type.Enum(['off', 'continuous', 'event']),
    /** What counts as an event: an alert, or any object that analysis follows. */
    eventTrigger: Type.Enum(['alert', 'track']),
    stream: Type.Enum(['main', 'sub']),
    preRollMs: Type.Integer({ minimum: 0, maximum: 30_000 }),
    postRollMs: Type.Integer({ minimum: 1000, maximum: 600_000 }),
    schedule: Schedule,
    continuousRetentionDays: Type.Integer({ minimum: 1, maximum: 3650 }),
    eventRetentionDays: Type.Integer({ minimum: 1, maximum: 3650 }),
  },
  { additionalProperties: false },
)
export type RecordingSettings = Static<typeof RecordingSettings>

/** What is not given stays as it is. */
export const RecordingSettingsPatch = Type.Partial(RecordingSettings, { additionalProperties: false })
export type RecordingSettingsPatch = Static<typeof RecordingSettingsPatch>

export const RecordingsQuery = Type.Object(
  { from: TimeInput, to: TimeInput },
  { additionalProperties: false },
)

/** 0..1; null where nothing was to be recorded. */
const Completeness = Type.Union([Type.Number(), Type.Null()])

/** `GET /api/v1/cameras/:id/recordings`: a window of at most 31 days, oldest first. */
export const RecordingsAnswer = Type.Object({
  from: Time,
  to: Time,
  /** What can be played; `from` and `to` are cut at the window. */
  runs: Type.Array(
    Type.Object({
      from: Time,
      to: Time,
      stream: Type.Enum(['main', 'sub']),
      class: Type.Enum(['continuous', 'event']),
      bytes: Type.Integer(),
    }),
  ),
  /** What should have been recorded and was not. */
  gaps: Type.Array(
    Type.Object({
      from: Time,
      to: Time,
      /** Stable code: `gateway-stopped`, `disk-full`, or the fault of the camera. */
      reason: Type.String(),
      open: Type.Boolean(),
    }),
  ),
  /** Recorded, and not what was written any more: read again, its file has another hash. Absent: nothing. */
  damaged: Type.Optional(Type.Array(Type.Object({ from: Time, to: Time }))),
  /** Of each UTC day that the window touches; stays when the footage has gone. */
  days: Type.Array(
    Type.Object({
      day: Type.String(),
      recordedMs: Type.Integer(),
      missingMs: Type.Integer(),
      completeness: Completeness,
    }),
  ),
})
export type RecordingsAnswer = Static<typeof RecordingsAnswer>
