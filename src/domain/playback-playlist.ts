import type { FootagePiece } from './footage.ts'
import type { UtcMs } from './time.ts'
import { isH264 } from './transcode.ts'

export interface PlaybackPlaylist {
  readonly pieces: readonly FootagePiece[]
  /** Where a player is to begin: the frame shown at this moment. */
  readonly startUtcMs: UtcMs
  /** More is being recorded: the player asks again. */
  readonly growing: boolean
  /** Only keyframes, each standing until the next one: 8 to 16 times as fast at the same effort. */
  readonly keyframesOnly: boolean
  /** The player plays nothing but H.264: the rest is made into it. */
  readonly asH264: boolean
  /** Address of a segment's file, without a query. */
  readonly uriOf: (piece: FootagePiece) => string
}

/** Never changes while a playlist grows (RFC 8216 4.3.3.1); a camera with rarer keyframes gets its own. */
const leastTargetS = 10

/** A media playlist of what was recorded (RFC 8216 4.3.3), whose media are parts of the files. */
export function playbackPlaylistText(playlist: PlaybackPlaylist): string {
  const { pieces, growing } = playlist
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
  let initSha256: string | null = null
  for (const piece of pieces) {
    const { map, media } = addresses(playlist, piece)
    if (piece.breaks) lines.push('#EXT-X-DISCONTINUITY')
    if (piece.segment.initSha256 !== initSha256) lines.push(`#EXT-X-MAP:URI=${map}`)
    initSha256 = piece.segment.initSha256
    lines.push(
      `#EXT-X-PROGRAM-DATE-TIME:${new Date(piece.startUtcMs).toISOString()}`,
      `#EXTINF:${(piece.durationMs / 1000).toFixed(3)},`,
      ...media,
    )
  }
  if (!growing) lines.push('#EXT-X-ENDLIST')
  return `${lines.join('\n')}\n`
}

/** Of a piece's initialisation section and of its media. */
function addresses({ keyframesOnly, asH264, uriOf }: PlaybackPlaylist, piece: FootagePiece) {
  const { segment, fromKeyframe, toKeyframe, offset, bytes } = piece
  const uri = uriOf(piece)
  const keyframes = `${fromKeyframe}-${toKeyframe}`
  // A player that was promised sound waits for it, and keyframes alone have none.
  const init = keyframesOnly ? 'pictures' : 'whole'
  if (asH264 && !isH264(segment.codec)) {
    const name = keyframesOnly ? 'keyframes' : 'groups'
    return { map: `"${uri}?h264=1&init=${init}"`, media: [`${uri}?h264=1&${name}=${keyframes}`] }
  }
  if (keyframesOnly) return { map: `"${uri}?init=${init}"`, media: [`${uri}?keyframes=${keyframes}`] }
  return {
    map: `"${uri}",BYTERANGE="${segment.initBytes}@0"`,
    media: [`#EXT-X-BYTERANGE:${bytes}@${offset}`, uri],
  }
}

/** Behind the beginning of the playlist; in a gap, at the first picture after it. */
function startOffsetS({ pieces, startUtcMs }: PlaybackPlaylist): number {
  const [first] = pieces
  if (first === undefined) return 0
  return Math.min(Math.max(0, startUtcMs - first.startUtcMs), Math.max(0, first.durationMs - 1)) / 1000
}
