import type { UtcMs } from './time.ts'

/** A piece of a segment that can be had before the segment is whole. */
export interface PlaylistPart {
  readonly uri: string
  readonly durationMs: number
  /** Begins with a keyframe. */
  readonly independent: boolean
}

/** A segment as far as it is known while it still grows. */
export interface OpenSegment {
  readonly mapUri: string
  /** Of its first picture. */
  readonly programmeUtcMs: UtcMs
  readonly discontinuity: boolean
  readonly parts: readonly PlaylistPart[]
}

export interface PlaylistSegment extends OpenSegment {
  readonly uri: string
  readonly durationMs: number
  /** Begins with a keyframe: a player may start here. */
  readonly independent: boolean
}

export interface LivePlaylist {
  /** No segment, rounded to whole seconds, may be longer (RFC 8216 4.3.3.1); never changes. */
  readonly targetS: number
  /** No part may be longer; never changes. */
  readonly partTargetMs: number
  /** Number of the first segment. */
  readonly mediaSequence: number
  /** Discontinuities that have left the playlist. */
  readonly discontinuitySequence: number
  readonly segments: readonly PlaylistSegment[]
  /** What comes after them. */
  readonly open: OpenSegment | null
  /** The part that will come next. */
  readonly hintUri: string
  /** How far EXT-X-PROGRAM-DATE-TIME may be from the moment that it names; null: not known. */
  readonly clockErrorMs: number | null
}

/** So much behind the live edge a player starts, if it can: the time for one reload and one download. */
const startBehindMs = 3000
/** In units of the target duration: how far from the edge parts are listed, and what may be skipped. */
const partsWithin = 3
const skipBeyond = 6

/**
 * A live media playlist (RFC 8216 4.3.3) with what players of low latency need (draft-pantos-hls-rfc8216bis:
 * parts, blocking reload, preload hint, delta updates); plain players overlook it. It never ends by itself.
 * @param skip whoever asks has had the playlist lately: what is old is left out
 */
export function livePlaylistText(playlist: LivePlaylist, skip = false): string {
  const { segments, open, targetS } = playlist
  const skipped = skip ? skippable(segments, targetS * 1000 * skipBeyond) : 0
  const lines = ['#EXTM3U', '#EXT-X-VERSION:9', `#EXT-X-TARGETDURATION:${targetS}`]
  lines.push(
    `#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=${seconds(targetS * 1000 * skipBeyond)},HOLD-BACK=${seconds(targetS * 3000)},PART-HOLD-BACK=${seconds(playlist.partTargetMs * 3.5)}`,
    `#EXT-X-PART-INF:PART-TARGET=${seconds(playlist.partTargetMs)}`,
    `#EXT-X-MEDIA-SEQUENCE:${playlist.mediaSequence}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${playlist.discontinuitySequence}`,
  )
  // A comment to every player; there is no tag for it.
  if (playlist.clockErrorMs !== null) lines.push(`# clock-error: ${seconds(playlist.clockErrorMs)}`)
  if (segments.every(({ independent }) => independent)) lines.push('#EXT-X-INDEPENDENT-SEGMENTS')
  else lines.push(`#EXT-X-START:TIME-OFFSET=${seconds(startOffsetMs(segments))}`)
  if (skipped > 0) lines.push(`#EXT-X-SKIP:SKIPPED-SEGMENTS=${skipped}`)
  const listPartsFrom = fromEdge(segments, targetS * 1000 * partsWithin)
  let map: string | null = null
  const begin = ({ discontinuity, mapUri, programmeUtcMs }: OpenSegment, isFirst: boolean) => {
    // The first one's break is counted by the discontinuity sequence already.
    if (discontinuity && !isFirst) lines.push('#EXT-X-DISCONTINUITY')
    if (mapUri !== map) lines.push(`#EXT-X-MAP:URI="${mapUri}"`)
    map = mapUri
    lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(programmeUtcMs).toISOString()}`)
  }
  segments.forEach((segment, i) => {
    if (i < skipped) return
    begin(segment, i === 0)
    if (i >= listPartsFrom) lines.push(...segment.parts.map(partLine))
    lines.push(`#EXTINF:${(segment.durationMs / 1000).toFixed(5)},`, segment.uri)
  })
  if (open !== null && open.parts.length > 0) {
    begin(open, segments.length === 0)
    lines.push(...open.parts.map(partLine))
  }
  lines.push(`#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${playlist.hintUri}"`)
  return `${lines.join('\n')}\n`
}

function partLine({ uri, durationMs, independent }: PlaylistPart): string {
  return `#EXT-X-PART:DURATION=${(durationMs / 1000).toFixed(5)},URI="${uri}"${independent ? ',INDEPENDENT=YES' : ''}`
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3)
}

/** The first segment of those that lie within `ms` of the end. */
function fromEdge(segments: readonly PlaylistSegment[], ms: number): number {
  let leftMs = ms
  const before = segments.findLastIndex(({ durationMs }) => {
    leftMs -= durationMs
    return leftMs < 0
  })
  return before + 1
}

/** How many segments lie wholly beyond `ms` from the end. */
function skippable(segments: readonly PlaylistSegment[], ms: number): number {
  return Math.max(0, fromEdge(segments, ms) - 1)
}

/** The newest part of a playlist. */
export interface PlaylistEdge {
  readonly sequence: number
  readonly part: number
}

/** How far another playlist of the same camera is: a player that changes to it asks for the right part at once. */
export function renditionReport(uri: string, { sequence, part }: PlaylistEdge): string {
  return `#EXT-X-RENDITION-REPORT:URI="${uri}",LAST-MSN=${sequence},LAST-PART=${part}\n`
}

/** A variant of a camera's picture. */
export interface Variant {
  readonly uri: string
  readonly bandwidthBps: number
  /** RFC 6381 */
  readonly codecs: string
  readonly widthPx: number
  readonly heightPx: number
}

/** A multivariant playlist (RFC 8216 4.3.4). */
export function multivariantText(variants: readonly Variant[]): string {
  const lines = ['#EXTM3U', '#EXT-X-VERSION:9']
  for (const { uri, bandwidthBps, codecs, widthPx, heightPx } of variants) {
    const bandwidth = Math.ceil(bandwidthBps)
    lines.push(
      `#EXT-X-STREAM-INF:BANDWIDTH=${bandwidth},CODECS="${codecs}",RESOLUTION=${widthPx}x${heightPx}`,
      uri,
    )
  }
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
