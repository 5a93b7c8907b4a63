import type { PictureBox } from './geometry.ts'
import type { TrackId } from './ids.ts'
import type { UtcMs } from './time.ts'

/** What a detector may report. Faces are found, never recognised. */
export const objectClasses = ['person', 'face', 'car', 'bus', 'truck', 'motorcycle', 'bicycle'] as const
export type ObjectClass = (typeof objectClasses)[number]

export const vehicleClasses = [
  'car',
  'bus',
  'truck',
  'motorcycle',
  'bicycle',
] as const satisfies readonly ObjectClass[]

/** One object in one frame. */
export interface Detection {
  readonly class: ObjectClass
  /** 0..1 */
  readonly score: number
  readonly box: PictureBox
}

/** A detection that the tracker has given to a track. */
export interface TrackedObject extends Detection {
  readonly trackId: TrackId
  readonly firstSeenUtcMs: UtcMs
  readonly lastSeenUtcMs: UtcMs
  /** Seen often enough to be believed; unconfirmed ones are neither drawn nor counted. */
  readonly confirmed: boolean
}
