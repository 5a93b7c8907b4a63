import type { StreamName } from './camera.ts'
import type { UtcMs } from './time.ts'

/** One recorded file: a whole fragmented MP4, written or still being written. */
export interface FootageSegment {
  /** Below the recordings' folder: `<camera>/<yyyy-mm-dd>/<name>.mp4`. */
  readonly path: string
  readonly stream: StreamName
  /** Segments of one run join without a gap, and their media times go on. */
  readonly runId: string
  /** Programme time of the first picture, and of the end of the last one. */
  readonly startUtcMs: UtcMs
  readonly endUtcMs: UtcMs
  /** Whole fragments reach so far. */
  readonly bytes: number
  /** `ftyp` + `moov`; the first fragment begins behind them. */
  readonly initBytes: number
  /** Equal: the same initialisation section serves both. */
  readonly initSha256: string
  /** RFC 6381 */
  readonly codec: string
  readonly widthPx: number
  readonly heightPx: number
  /** Every fragment that begins with a keyframe: its programme time behind the start, its place. */
  readonly keyframeMs: readonly number[]
  readonly keyframeOffset: readonly number[]
  /** It is still being written. */
  readonly open: boolean
}

/** Some groups of pictures of one segment, which a player fetches at once. */
export interface FootagePiece {
  readonly segment: FootageSegment
  /** The first one's place among the segment's keyframes, and the one behind the last. */
  readonly fromKeyframe: number
  readonly toKeyframe: number
  readonly offset: number
  readonly bytes: number
  readonly startUtcMs: UtcMs
  readonly durationMs: number
  /** It does not join the piece before it. */
  readonly breaks: boolean
}

export interface PieceWish {
  readonly fromUtcMs: UtcMs
  readonly toUtcMs: UtcMs
  /** A piece is about so long, if keyframes allow it. */
  readonly pieceMs: number
  /**
   * More is to come: a piece is listed only when nothing can be added to it, so that a later list begins
   * with this one.
   */
  readonly growing: boolean
}

/** The interval in pieces, from the keyframe at or before its beginning. Segments come in order of time. */
export function piecesOf(segments: readonly FootageSegment[], wish: PieceWish): FootagePiece[] {
  const pieces: FootagePiece[] = []
  let before: FootageSegment | null = null
  for (const segment of segments) {
    const breaks =
      before !== null && (before.runId !== segment.runId || before.initSha256 !== segment.initSha256)
    const first = keyframeAt(segment, wish.fromUtcMs)
    const found = piecesOfSegment(segment, first, breaks, wish)
    pieces.push(...found)
    if (found.length > 0) before = segment
    if (segment.open && wish.growing) break
  }
  return pieces
}

/** The last keyframe at or before the moment; the first one if none is. */
export function keyframeAt({ startUtcMs, keyframeMs }: FootageSegment, atUtcMs: UtcMs): number {
  let low = 0
  let high = keyframeMs.length - 1
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (startUtcMs + (keyframeMs[middle] ?? 0) <= atUtcMs) low = middle
    else high = middle - 1
  }
  return low
}

/** Programme time of a keyframe; the segment's end behind the last one. */
export function keyframeUtcMs({ startUtcMs, endUtcMs, keyframeMs }: FootageSegment, index: number): UtcMs {
  const ms = keyframeMs[index]
  return ms === undefined ? endUtcMs : startUtcMs + ms
}

function piecesOfSegment(
  segment: FootageSegment,
  first: number,
  breaks: boolean,
  { toUtcMs, pieceMs, growing }: PieceWish,
): FootagePiece[] {
  const pieces: FootagePiece[] = []
  const count = segment.keyframeOffset.length
  let from = first
  while (from < count) {
    const startUtcMs = keyframeUtcMs(segment, from)
    if (startUtcMs >= toUtcMs) break
    let to = from + 1
    while (to < count && keyframeUtcMs(segment, to) - startUtcMs < pieceMs) to++
    if (to === count && segment.open && growing) break
    const offset = segment.keyframeOffset[from] ?? 0
    pieces.push({
      segment,
      fromKeyframe: from,
      toKeyframe: to,
      offset,
      bytes: (segment.keyframeOffset[to] ?? segment.bytes) - offset,
      startUtcMs,
      durationMs: keyframeUtcMs(segment, to) - startUtcMs,
      breaks: breaks && pieces.length === 0,
    })
    from = to
  }
  return pieces
}
