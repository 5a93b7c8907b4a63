import type { TrackedObject } from '../domain/detection.ts'
import type { FrameRef } from '../domain/frame.ts'
import { TrackMemory, type TrackSummary } from '../domain/track-summary.ts'
import { BestStill } from './best-still.ts'

/** A picture that is not stored yet. */
export interface TrackStill {
  readonly kind: 'best' | 'face'
  readonly jpeg: Buffer
}

/** What is written of a track, again and again while it goes on. */
export interface TrackRecord {
  readonly summary: TrackSummary
  readonly ended: boolean
  /** Those that are new since the last time. */
  readonly stills: readonly TrackStill[]
}

/** A track that goes on. */
export class OpenTrack {
  readonly best = new BestStill()
  readonly face = new BestStill()
  /** By this machine's running clock. */
  seenMs: number
  /** A face whose person is followed too is that person's, and no track of its own: known at its end. */
  readonly isFace: boolean
  belongsToPerson = false
  readonly #memory: TrackMemory
  readonly #shiftMs: number
  #changed = true
  #stored = { best: 0, face: 0 }

  constructor({ cameraId, widthPx, heightPx, ...frame }: FrameRef, object: TrackedObject, nowMs: number) {
    this.#shiftMs = shiftOf(frame)
    this.#memory = new TrackMemory(cameraId, widthPx / heightPx, shifted(object, this.#shiftMs))
    this.seenMs = nowMs
    this.isFace = object.class === 'face'
  }

  see(object: TrackedObject, nowMs: number): void {
    this.#memory.see(shifted(object, this.#shiftMs))
    this.seenMs = nowMs
    this.#changed = true
  }

  /** Null: nothing has changed since the last time. */
  record(ended: boolean): TrackRecord | null {
    const stills: TrackStill[] = []
    for (const kind of ['best', 'face'] as const) {
      const { jpeg, version } = this[kind]
      if (jpeg === null || version === this.#stored[kind]) continue
      this.#stored[kind] = version
      stills.push({ kind, jpeg })
    }
    if (!this.#changed && !ended && stills.length === 0) return null
    this.#changed = false
    return { summary: this.#memory.summary, ended, stills }
  }
}

/** A camera's clock may be wrong by less than this; by more, the gateway's own time counts. */
const wrongClockMs = 24 * 3_600_000

function shiftOf({
  programmeUtcMs,
  arrivedUtcMs,
}: Pick<FrameRef, 'programmeUtcMs' | 'arrivedUtcMs'>): number {
  const aheadMs = programmeUtcMs - arrivedUtcMs
  return Math.abs(aheadMs) > wrongClockMs ? -aheadMs : 0
}

function shifted(object: TrackedObject, ms: number): TrackedObject {
  const { firstSeenUtcMs, lastSeenUtcMs } = object
  return { ...object, firstSeenUtcMs: firstSeenUtcMs + ms, lastSeenUtcMs: lastSeenUtcMs + ms }
}
