import type { FootagePiece } from './footage.ts'
import type { UtcMs } from './time.ts'

export interface PlaybackPlaylist {
  readonly pieces: readonly FootagePiece[]
  /** Where a player is to begin: the frame shown at this moment. */
  readonly startUtcMs: UtcMs
  /** More is being recorded: the player asks again. */
  readonly growing: boolean
  /** Only keyframes, each standing until the next one: 8 to 16 times as fast at the same effort. */
  readonly keyframesOnly: boolean
  /** Address of a segment's file, without a query. */
  readonly uriOf: (piece: FootagePiece) => string
}

/** Never changes while a playlist grows (RFC 8216 4.3.3.1); a camera with rarer keyframes gets its own. */
const leastTargetS = 10

/** A media playlist of what was recorded (RFC 8216 4.3.3), whose media are parts of the files. */
export function playbackPlaylistText(playlist: PlaybackPlaylist): string {
  const { pieces, growing, keyframesOnly, uriOf } = playlist
  const longestMs = pieces.reduce((most, { durationMs }) => Math.max(most, durationMs), 0)
  const lines = [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    `#EXT-X-TARGETDURATION:${Math.max(leastTargetS, Math.ceil(longestMs / 1000))}`,
    '#EXT-X-MEDIA-SEQUENCE:0',
    `#EXT-X-PLAYLIST-TYPE:${growing ? 'EVENT' : 'VOD'}`,
    '#EXT-X-INDEPENDENT-SEGMENTS',
    `#EXT-X-START:TIME-OFFSET=${startOffsetS(playlist).toFixed(3)},PRECISE=YES`,
  ]
  let map: string | null = null
  for (const piece of pieces) {
    const { segment } = piece
    const uri = uriOf(piece)
    if (piece.breaks) lines.push('#EXT-X-DISCONTINUITY')
    if (segment.initSha256 !== map) {
      // A player that was promised sound waits for it, and keyframes alone have none.
      const address = keyframesOnly ? `"${uri}?init=pictures"` : `"${uri}",BYTERANGE="${segment.initBytes}@0"`
      lines.push(`#EXT-X-MAP:URI=${address}`)
    }
    map = segment.initSha256
    lines.push(
      `#EXT-X-PROGRAM-DATE-TIME:${new Date(piece.startUtcMs).toISOString()}`,
      `#EXTINF:${(piece.durationMs / 1000).toFixed(3)},`,
    )
    if (keyframesOnly) lines.push(`${uri}?keyframes=${piece.fromKeyframe}-${piece.toKeyframe}`)
    else lines.push(`#EXT-X-BYTERANGE:${piece.bytes}@${piece.offset}`, uri)
  }
  if (!growing) lines.push('#EXT-X-ENDLIST')
  return `${lines.join('\n')}\n`
}

/** Behind the beginning of the playlist; in a gap, at the first picture after it. */
function startOffsetS({ pieces, startUtcMs }: PlaybackPlaylist): number {
  const [first] = pieces
  if (first === undefined) return 0
  return Math.min(Math.max(0, startUtcMs - first.startUtcMs), Math.max(0, first.durationMs - 1)) / 1000
}
