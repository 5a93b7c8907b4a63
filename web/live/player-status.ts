import type { Fault } from '../../src/contract/cameras.ts'
import type { StreamName } from '../../src/domain/camera.ts'

/** What the gateway gives, which is not always what was asked for. */
export interface Delivered {
  readonly stream: StreamName
  readonly transcoded: boolean
  readonly reduced?: Fault
}

/** What a player is doing, and since when. */
export type PlayerStatus = PlayerState & {
  /** How the stream comes; left out until the gateway has said. */
  readonly delivered?: Delivered
  /** The camera has sound, be it heard or not. */
  readonly sounds?: boolean
}

export type PlayerState =
  | { readonly kind: 'connecting' | 'playing' | 'recovering'; readonly sinceMs: number }
  | { readonly kind: 'unplayable'; readonly sinceMs: number; readonly codec: string }
  | { readonly kind: 'failed'; readonly sinceMs: number; readonly code: string; readonly hop?: string }
