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

/** The ten basic body colours of vehicle registration (GA 24.8), and orange, which work clothes have. */
export const colourNames = [
  'white',
  'grey',
  'black',
  'red',
  'orange',
  'yellow',
  'green',
  'blue',
  'purple',
  'pink',
  'brown',
] as const
export type ColourName = (typeof colourNames)[number]

export interface Colour {
  readonly name: ColourName
  /** 0..1 */
  readonly confidence: number
}

/** A number plate as it was read. */
export interface Plate {
  readonly text: string
  /** One a character of `text`, 0..1. */
  readonly confidences: readonly number[]
}

/** What is known of an object besides its class; what is not known is not there. Nothing of a body. */
export interface ObjectAttributes {
  /** Of a vehicle. */
  readonly colour?: Colour
  /** Of a person's clothing. */
  readonly upperColour?: Colour
  readonly lowerColour?: Colour
  /** Of a vehicle. Null: it was looked for in this frame and could not be read. */
  readonly plate?: Plate | null
}

/** One object in one frame. */
export interface Detection {
  readonly class: ObjectClass
  /** 0..1 */
  readonly score: number
  readonly box: PictureBox
  /** As this one frame shows it; absent where nobody looked. */
  readonly attributes?: ObjectAttributes
}

/**
 * In picture widths per second on both axes, so that a direction is the one that is seen; x to the
 * right, y down. Smoothed over the sightings.
 */
export interface Velocity {
  readonly x: number
  readonly y: number
}

/** A detection that the tracker has given to a track. */
export interface TrackedObject extends Detection {
  readonly trackId: TrackId
  readonly firstSeenUtcMs: UtcMs
  readonly lastSeenUtcMs: UtcMs
  /** Seen often enough to be believed; unconfirmed ones are neither drawn nor counted. */
  readonly confirmed: boolean
  readonly velocity: Velocity
  /** As all the sightings of the track together tell it. */
  readonly attributes?: ObjectAttributes
}
