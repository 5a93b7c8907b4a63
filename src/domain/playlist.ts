import type { UtcMs } from './time.ts'

export interface PlaylistSegment {
  readonly uri: string
  readonly mapUri: string
  readonly durationMs: number
  /** Of its first picture. */
  readonly programmeUtcMs: UtcMs
  readonly discontinuity: boolean
  /** Begins with a keyframe: a player may start here. */
  readonly independent: boolean
}

export interface LivePlaylist {
  /** No segment, rounded to whole seconds, may be longer (RFC 8216 4.3.3.1); never changes. */
  readonly targetS: number
  /** Number of the first segment. */
  readonly mediaSequence: number
  /** Discontinuities that have left the playlist. */
  readonly discontinuitySequence: number
  readonly segments: readonly PlaylistSegment[]
}

/** So much behind the live edge a player starts, if it can: the time for one reload and one download. */
const startBehindMs = 3000

/** A live media playlist (RFC 8216 4.3.3); it never ends by itself. */
export function livePlaylistText(playlist: LivePlaylist): string {
  const { segments } = playlist
  const lines = [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    `#EXT-X-TARGETDURATION:${playlist.targetS}`,
    `#EXT-X-MEDIA-SEQUENCE:${playlist.mediaSequence}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${playlist.discontinuitySequence}`,
  ]
  if (segments.every((segment) => segment.independent)) lines.push('#EXT-X-INDEPENDENT-SEGMENTS')
  lines.push(`#EXT-X-START:TIME-OFFSET=${(startOffsetMs(segments) / 1000).toFixed(3)}`)
  let map: string | null = null
  segments.forEach((segment, i) => {
    // The first one's break is counted by the discontinuity sequence already.
    if (segment.discontinuity && i > 0) lines.push('#EXT-X-DISCONTINUITY')
    if (segment.mapUri !== map) lines.push(`#EXT-X-MAP:URI="${segment.mapUri}"`)
    map = segment.mapUri
    lines.push(
      `#EXT-X-PROGRAM-DATE-TIME:${new Date(segment.programmeUtcMs).toISOString()}`,
      `#EXTINF:${(segment.durationMs / 1000).toFixed(5)},`,
      segment.uri,
    )
  })
  return `${lines.join('\n')}\n`
}

/**
 * Where a player that comes now should start, from the beginning: at the latest segment that begins
 * with a keyframe and leaves some room to the live edge. With keyframes many seconds apart most
 * segments begin in the middle of a group of pictures, and a player that starts there stays dark.
 */
function startOffsetMs(segments: readonly PlaylistSegment[]): number {
  const wholeMs = segments.reduce((sum, segment) => sum + segment.durationMs, 0)
  let offsetMs = 0
  let start: number | null = null
  for (const segment of segments) {
    const roomMs = wholeMs - offsetMs
    if (segment.independent && (start === null || roomMs >= startBehindMs)) start = offsetMs
    offsetMs += segment.durationMs
  }
  // A little inside, so that rounding cannot put it into the segment before.
  return start === null ? 0 : start + (start > 0 ? 10 : 0)
}
