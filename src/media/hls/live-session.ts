import type { CameraCondition } from '../../domain/camera.ts'
import { livePlaylistText } from '../../domain/playlist.ts'
import type { Fragment, InitSegment } from '../fragment.ts'
import type { StreamSubscriber } from '../subscriber.ts'
import { type Segment, Segmenter, targetS } from './segmenter.ts'

/**
 * A segment that left the playlist is kept for the length of a playlist and its own (RFC 8216 6.2.2):
 * a player may have read an older one.
 */
const window = { listedMs: 12_000, mostListed: 40, mostBytes: 32 * 2 ** 20, beyondMs: 15_000 }

/** The playlist and segments of one stream, as long as somebody watches it. */
export class LiveSession implements StreamSubscriber {
  readonly #segmenter: Segmenter
  readonly #inits = new Map<number, InitSegment>()
  readonly #waiting = new Set<() => void>()
  /** Listed ones, after a few that the playlist names no more. */
  #segments: Segment[] = []
  #listedFrom = 0
  #gone = 0
  #latestInit: InitSegment | null = null
  /** How the stream does. */
  state: CameraCondition | null = null
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

  get codecs(): string | null {
    return this.#latestInit?.codec ?? null
  }

  init(segment: InitSegment): void {
    this.#latestInit = segment
    this.#inits.set(segment.version, segment)
    this.#wake()
  }

  condition(condition: CameraCondition): void {
    this.state = condition
    this.#wake()
  }

  fragment(fragment: Fragment): void {
    this.#segmenter.add(fragment)
  }

  ended(): void {
    this.over = true
    this.#wake()
  }

  /** Null: there is no segment yet. */
  playlist(): string | null {
    const segments = this.#segments.slice(this.#listedFrom)
    const first = segments[0]
    if (first === undefined) return null
    return livePlaylistText({
      targetS: Math.max(targetS, ...segments.map(({ durationMs }) => Math.round(durationMs / 1000))),
      mediaSequence: first.sequence,
      discontinuitySequence: this.#gone,
      segments,
    })
  }

  initBytes(version: number): Buffer | null {
    return this.#inits.get(version)?.bytes ?? null
  }

  segmentBytes(sequence: number): Buffer | null {
    return this.#segments.find((segment) => segment.sequence === sequence)?.bytes ?? null
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
  return segments.reduce((sum, segment) => sum + segment.bytes.length, 0)
}
