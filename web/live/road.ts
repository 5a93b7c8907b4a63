import type { Fault } from '../../src/contract/cameras.ts'
import type { StreamName } from '../../src/domain/camera.ts'
import type { CodecFamily } from '../../src/domain/transcode.ts'
import type { Delivered } from './player-status.ts'

/** Why a stream does not come; a hop where the gateway has named one. */
export interface RoadFailure {
  readonly code: string
  readonly hop?: string
}

export interface RoadListener {
  /** How the stream comes, before its first picture. */
  delivered(delivered: Delivered): void
  /** The last call: this road leads nowhere now. */
  failed(failure: RoadFailure): void
  /** The last call: this browser has no decoder for it. */
  unplayable(codec: string): void
  /** Whether the stream has sound, be it sent or not. */
  sounds(present: boolean): void
  /** What the gateway says of the stream behind the picture; null: it flows. */
  fault(fault: Fault | null): void
}

/** What a road leads to. */
export interface Wanted {
  readonly cameraId: string
  readonly stream: StreamName
  readonly sound: boolean
}

/** One way on which one stream gets into one `<video>`. */
export interface Road {
  /** Programme time of the picture at this media time; null: not known. */
  programmeUtcMs(mediaTimeS: number): number | null
  /** False: it has to be taken anew to be heard, or not to be. */
  readonly hasSoundAlways: boolean
  /** To the newest picture. */
  toEdge(): void
  /** No call comes after it. */
  release(): void
}

export function canPlay(codec: string): boolean {
  return 'MediaSource' in globalThis && MediaSource.isTypeSupported(mimeOf(codec))
}

/** Main and Main 10 at the level of 4K, which is what cameras send. */
const h265 = ['hvc1.1.6.L153.B0', 'hvc1.2.4.L153.B0']
let families: readonly CodecFamily[] | null = null

/** What the gateway may send to this browser; it makes H.264 of the rest. */
export function playableFamilies(): readonly CodecFamily[] {
  families ??= h265.every(canPlay) ? ['avc1', 'hvc1'] : ['avc1']
  return families
}

export function mimeOf(codec: string): string {
  return `video/mp4; codecs="${codec}"`
}
