import type { TrackedObject } from '../domain/detection.ts'
import { type PixelRegion, type PlanarPicture, regionOf } from '../domain/picture.ts'
import { sharpnessOf, stillWorth } from '../domain/still-quality.ts'

/** A little of what is around it belongs to a picture of an object. */
const margin = 0.08
/** The next one must be better by so much: each is encoded. */
const betterBy = 1.2
const leastBetweenMs = 400
const leastSidePx = 16

export type Encode = (picture: PlanarPicture, region: PixelRegion) => Promise<Buffer> | null

/** The best picture of one object so far, as a JPEG of that part alone. */
export class BestStill {
  #quality = 0
  #takenUtcMs = -Infinity
  #jpeg: Buffer | null = null
  /** Grows with each picture that is there. */
  #version = 0

  get jpeg(): Buffer | null {
    return this.#jpeg
  }

  get version(): number {
    return this.#version
  }

  /** The picture is read only where this frame may be better than the best so far. */
  consider(object: TrackedObject, picture: PlanarPicture, encode: Encode): void {
    const { lastSeenUtcMs } = object
    const worth = stillWorth(object)
    if (worth <= betterBy * this.#quality || lastSeenUtcMs - this.#takenUtcMs < leastBetweenMs) return
    const region = regionOf(picture, object.box, margin)
    if (Math.min(region.widthPx, region.heightPx) < leastSidePx) return
    const quality = worth * sharpnessOf(picture, region)
    if (quality <= betterBy * this.#quality) return
    const encoding = encode(picture, region)
    if (encoding === null) return
    this.#quality = quality
    this.#takenUtcMs = lastSeenUtcMs
    encoding.then(
      (jpeg) => {
        // An earlier and lesser one may have taken longer.
        if (this.#quality !== quality) return
        this.#jpeg = jpeg
        this.#version += 1
      },
      () => {
        this.#quality = 0
      },
    )
  }
}
