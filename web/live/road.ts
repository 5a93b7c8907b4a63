import type { Fault } from '../../src/contract/cameras.ts'

/** Why a stream does not come; a hop where the gateway has named one. */
export interface RoadFailure {
  readonly code: string
  readonly hop?: string
}

export interface RoadListener {
  /** The last call: this road leads nowhere now. */
  failed(failure: RoadFailure): void
  /** The last call: this browser has no decoder for it. */
  unplayable(codec: string): void
  /** What the gateway says of the stream behind the picture; null: it flows. */
  fault(fault: Fault | null): void
}

/** One way on which one stream gets into one `<video>`. */
export interface Road {
  /** Programme time of the picture at this media time; null: not known. */
  programmeUtcMs(mediaTimeS: number): number | null
  /** To the newest picture. */
  toEdge(): void
  /** No call comes after it. */
  release(): void
}

export function canPlay(codec: string): boolean {
  return 'MediaSource' in globalThis && MediaSource.isTypeSupported(mimeOf(codec))
}

export function mimeOf(codec: string): string {
  return `video/mp4; codecs="${codec}"`
}
