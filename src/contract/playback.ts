import { type Static, Type } from 'typebox'
import { Codecs, TimeInput } from './common.ts'

/**
 * `GET /api/v1/cameras/:id/playback`: an HLS playlist of what was recorded. It begins at the keyframe at
 * or before `from`, with EXT-X-START at `from` itself; EXT-X-PROGRAM-DATE-TIME tells the time of each
 * part, and after a gap an EXT-X-DISCONTINUITY stands before it. At most 24 hours. Without `to` it goes
 * on to what is being recorded now and is to be asked for again while it does. Nothing recorded:
 * `footage-none`, with `next` in its details if there is footage later.
 */
export const PlaybackQuery = Type.Object(
  {
    from: TimeInput,
    to: Type.Optional(TimeInput),
    /** Keyframes only, for playing 8 to 16 times as fast. */
    keyframes: Type.Optional(Type.Boolean()),
    /** What else was recorded is listed as H.264, which is made of it when it is asked for. */
    codecs: Type.Optional(Codecs),
  },
  { additionalProperties: false },
)
export type PlaybackQuery = Static<typeof PlaybackQuery>

/**
 * `GET /api/v1/cameras/:id/snapshot`: a JPEG of the frame shown at that moment, now without `at`. The
 * header `x-frame-time` tells when the picture is of.
 */
export const SnapshotQuery = Type.Object({ at: Type.Optional(TimeInput) }, { additionalProperties: false })

/** `GET /api/v1/cameras/:id/thumbnail`: a small JPEG of the keyframe at or before that moment. */
export const ThumbnailQuery = Type.Object({ at: TimeInput }, { additionalProperties: false })

/**
 * `GET /api/v1/cameras/:id/clip`: an MP4 file of the recorded pictures as they are, at most 24 hours: from
 * the frame that stands at `from` to the last one before `to`. It begins with the keyframe that it takes to
 * decode the first one; an edit list leaves out what is before it, for players that heed edit lists. The
 * headers `x-first-frame` and `x-last-frame` tell the times; so do `first-frame` and `last-frame` in the
 * file's metadata. A camera that changed its format meanwhile: `clip-format-changes`,
 * with the moment in its details.
 */
export const ClipQuery = Type.Object({ from: TimeInput, to: TimeInput }, { additionalProperties: false })
