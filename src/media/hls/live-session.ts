import type { CameraCondition, StreamName } from '../../domain/camera.ts'
import { livePlaylistText, type OpenSegment, type PlaylistEdge, type Variant } from '../../domain/playlist.ts'
import { type Fragment, type InitSegment, wholeCodecs, wholeInit } from '../fragment.ts'
import type { Delivery, PlayableSubscriber } from '../transcode/playable-stream.ts'
import { partUri, type Segment, Segmenter, targetS } from './segmenter.ts'

/**
 * A segment that left the playlist is kept for a while: a player may have read an older one. RFC 8216 6.2.2
 * asks for the length of a playlist; a live player asks for nothing so old, and it would be a third more
 * memory for every camera.
 */
const window = { listedMs: 18_000, mostListed: 40, mostBytes: 32 * 2 ** 20, beyondMs: 10_000 }

/** Fragments are about 200 ms long, and a part may be as short as 85 % of the target. */
const usualPartMs = 235
/** Taken for a stream's bit rate before any of it was seen. */
const usualBps = { main: 6_000_000, sub: 1_000_000 }

/** Where a playlist must have got to before it is sent. */
export interface Awaited {
  readonly sequence: number
  /** Null: the whole segment. */
  readonly part: number | null
}

/** The playlist and segments of one stream, as long as somebody watches it. */
export class LiveSession implements PlayableSubscriber {
  readonly #segmenter: Segmenter
  readonly #inits = new Map<number, InitSegment>()
  readonly #waiting = new Set<() => void>()
  /** Listed ones, after a few that the playlist names no more. */
  #segments: Segment[] = []
  #listedFrom = 0
  #gone = 0
  #latestInit: InitSegment | null = null
  #clockErrorMs: number | null = null
  /** Told once and never changed. */
  #partTargetMs: number | null = null
  /** How the stream does. */
  state: CameraCondition | null = null
  /** Null: as the camera sends it, or not known yet. */
  delivery: Delivery | null = null
  over = false
  usedMs: number

  /**
   * @param numberedFrom of the first segment: above all that an earlier session of the same stream had,
   * because a player may have seen it
   * @param breaksBefore discontinuities of earlier sessions. Small: hls.js keeps a list with an entry for
   * each number from zero and walks it at every reload, so that a large one costs it seconds each time
   */
  constructor(numberedFrom: number, nowMs: number, breaksBefore = 0) {
    this.#gone = breaksBefore
    this.usedMs = nowMs
    this.#segmenter = new Segmenter(numberedFrom, (segment) => this.#add(segment))
  }

  /** Where a later session of the same stream goes on counting. */
  get breaks(): number {
    const [, ...later] = this.#segments.slice(this.#listedFrom)
    return this.#gone + later.filter(({ discontinuity }) => discontinuity).length + 1
  }

  get hasSound(): boolean {
    return this.#latestInit !== null && this.#latestInit.sound !== null
  }

  get codecs(): string | null {
    return this.#latestInit?.codec ?? null
  }

  init(segment: InitSegment): void {
    this.#latestInit = segment
    this.#inits.set(segment.version, segment)
    this.#wake()
  }

  delivered(delivery: Delivery): void {
    this.delivery = delivery
  }

  condition(condition: CameraCondition): void {
    this.state = condition
    this.#wake()
  }

  fragment(fragment: Fragment): void {
    this.#segmenter.add(fragment)
    this.#clockErrorMs = fragment.clock?.errorMs ?? this.#clockErrorMs
    this.#wake()
  }

  ended(): void {
    this.over = true
    this.#wake()
  }

  /** Null: there is no segment yet. */
  playlist(skip = false): string | null {
    const listed = this.#segments.slice(this.#listedFrom)
    const [first] = listed
    if (first === undefined) return null
    const growing = this.#segmenter.growing
    this.#partTargetMs ??= Math.max(
      usualPartMs,
      1.1 * longestPartMs([...listed, ...(growing ? [growing] : [])]),
    )
    const partTargetMs = this.#partTargetMs
    const open = growing === null ? null : withinTarget(growing, partTargetMs)
    return livePlaylistText(
      {
        targetS: Math.max(targetS, ...listed.map(({ durationMs }) => Math.round(durationMs / 1000))),
        partTargetMs,
        mediaSequence: first.sequence,
        discontinuitySequence: this.#gone,
        segments: listed.map((segment) => withinTarget(segment, partTargetMs)),
        open,
        hintUri: partUri(this.#segmenter.sequence, growing?.parts.length ?? 0),
        clockErrorMs: this.#clockErrorMs,
      },
      skip,
    )
  }

  /** Whether the playlist has got there. */
  holds({ sequence, part }: Awaited): boolean {
    const { sequence: next, growing } = this.#segmenter
    if (sequence !== next) return sequence < next
    return part !== null && growing !== null && part < growing.parts.length
  }

  /** The last part that is there; null: there is no segment yet. */
  get edge(): PlaylistEdge | null {
    const { sequence, growing } = this.#segmenter
    if (growing !== null) return { sequence, part: growing.parts.length - 1 }
    const last = this.#segments.at(-1)
    return last === undefined ? null : { sequence: last.sequence, part: last.parts.length - 1 }
  }

  /** What may be waited for: not more than two segments ahead. */
  mayCome({ sequence }: Awaited): boolean {
    return sequence <= this.#segmenter.sequence + 1
  }

  variant(stream: StreamName): Variant | null {
    const init = this.#latestInit
    if (init === null) return null
    const { widthPx, heightPx } = init
    const peak = this.#segments.map(({ byteLength, durationMs }) => (byteLength * 8000) / durationMs)
    const bandwidthBps = peak.length === 0 ? usualBps[stream] : Math.max(...peak)
    return { uri: `${stream}/index.m3u8`, bandwidthBps, codecs: wholeCodecs(init), widthPx, heightPx }
  }

  initBytes(version: number): Buffer | null {
    const init = this.#inits.get(version)
    return init === undefined ? null : wholeInit(init)
  }

  segmentBytes(sequence: number): Buffer | null {
    const segment = this.#segments.find((each) => each.sequence === sequence)
    return segment === undefined ? null : Buffer.concat(segment.parcels.flat())
  }

  partBytes(sequence: number, part: number): Buffer | null {
    const growing = this.#segmenter.growing
    const segment =
      growing?.sequence === sequence ? growing : this.#segments.find((each) => each.sequence === sequence)
    const parcel = segment?.parcels[part]
    return parcel === undefined ? null : Buffer.concat(parcel)
  }

  /** Whether it is the one that will come next, as far as can be said. */
  isHinted(sequence: number, part: number): boolean {
    const { sequence: next, growing } = this.#segmenter
    return sequence === next && part === (growing?.parts.length ?? 0)
  }

  /** Resolves when something may have changed, and when `signal` aborts. */
  changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#waiting.delete(done)
        signal.removeEventListener('abort', done)
        resolve()
      }
      if (signal.aborted) {
        resolve()
        return
      }
      this.#waiting.add(done)
      signal.addEventListener('abort', done)
    })
  }

  #wake(): void {
    for (const done of [...this.#waiting]) done()
  }

  #add(segment: Segment): void {
    this.#segments.push(segment)
    while (this.#mayUnlist()) {
      this.#listedFrom++
      // A break in front of the segment that is now the first one lies behind it.
      if (this.#segments[this.#listedFrom]?.discontinuity === true) this.#gone++
    }
    while (this.#mayDrop()) {
      this.#segments.shift()
      this.#listedFrom--
    }
    for (const version of this.#inits.keys()) {
      const used = this.#segments.some(({ initVersion }) => initVersion === version)
      if (!used && version !== this.#latestInit?.version) this.#inits.delete(version)
    }
    this.#wake()
  }

  #mayDrop(): boolean {
    const [oldest, ...rest] = this.#segments.slice(0, this.#listedFrom)
    if (oldest === undefined) return false
    return lengthMs(rest) >= window.beyondMs || sizeBytes(this.#segments) > 2 * window.mostBytes
  }

  /** Where the next one to go is the last that a player could start at, it stays, within bounds. */
  #mayUnlist(): boolean {
    const listed = this.#segments.slice(this.#listedFrom)
    const rest = listed.slice(1)
    if (rest.length < 2) return false
    if (listed.length > window.mostListed || sizeBytes(listed) > window.mostBytes) return true
    return lengthMs(rest) >= window.listedMs && rest.some(({ independent }) => independent)
  }
}

function lengthMs(segments: readonly Segment[]): number {
  return segments.reduce((sum, segment) => sum + segment.durationMs, 0)
}

function sizeBytes(segments: readonly Segment[]): number {
  return segments.reduce((sum, segment) => sum + segment.byteLength, 0)
}

function longestPartMs(segments: readonly OpenSegment[]): number {
  return Math.max(0, ...segments.flatMap(({ parts }) => parts.map(({ durationMs }) => durationMs)))
}

/** A segment with a part that is longer than was promised is listed only as a whole. */
function withinTarget<T extends OpenSegment>(segment: T, partTargetMs: number): T {
  const fits = segment.parts.every(({ durationMs }) => durationMs <= partTargetMs)
  return fits ? segment : { ...segment, parts: [] }
}
