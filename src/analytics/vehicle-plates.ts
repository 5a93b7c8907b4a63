import type { Detection, Plate } from '../domain/detection.ts'
import { boxCentre, iou, type PictureBox } from '../domain/geometry.ts'
import { type PlanarPicture, regionOf } from '../domain/picture.ts'
import { trackGroup } from '../domain/tracker.ts'
import type { Detector, Finding } from './detectors/detector.ts'
import type { PlateReader } from './detectors/plate-reader.ts'
import type { ModelEntry } from './manifest.ts'

/** A plate is about a quarter as wide as its vehicle, and is not read below some 25 pixels. */
const leastVehicleWidthPx = 90
const leastPlateWidthPx = 22
/** A vehicle costs as much time as half a picture: the others have their turn in the next ones. */
const mostVehicles = 2
/** A plate may hang over the edge of its vehicle's box. */
const margin = 0.06
/** The same vehicle, in two boxes some frames apart. */
const sameVehicleIou = 0.4
/** Below it the reader makes up a plate where there is other writing, or none. */
const leastProbability = 0.1

/** Finds and reads the plates of vehicles: cut out first, because a whole picture makes them too small. */
export class VehiclePlates {
  readonly #finder: Detector
  readonly #reader: PlateReader

  constructor(finder: Detector, reader: PlateReader) {
    this.#finder = finder
    this.#reader = reader
  }

  get entries(): readonly ModelEntry[] {
    return [this.#finder.entry, this.#reader.entry]
  }

  /**
   * Looks at the largest vehicles whose plates are still wanted.
   *
   * @param atRest where vehicles are whose plates are not
   * @returns of each that was looked at its plate; null: none that could be read
   */
  async look(
    picture: PlanarPicture,
    detections: readonly Detection[],
    atRest: readonly PictureBox[],
  ): Promise<ReadonlyMap<Detection, Plate | null>> {
    const wanted = detections
      .filter(({ class: name, box }) => trackGroup(name) === 'vehicle' && isLargeEnough(box, picture))
      .filter(({ box }) => !atRest.some((other) => iou(box, other) > sameVehicleIou))
      .sort((a, b) => b.box.w - a.box.w)
      .slice(0, mostVehicles)
    return new Map(
      await Promise.all(
        wanted.map(async (vehicle) => [vehicle, await this.#plateOf(picture, vehicle)] as const),
      ),
    )
  }

  async #plateOf(picture: PlanarPicture, { box }: Detection): Promise<Plate | null> {
    const findings = await this.#finder.detect(picture, regionOf(picture, box, margin))
    const [best] = findings.filter((finding) => isOf(finding, box, picture))
    if (best?.corners === undefined) return null
    const read = await this.#reader.read(picture, best.corners)
    if (read === null || !(read.probability >= leastProbability)) return null
    return { text: read.text, confidences: read.confidences }
  }
}

function isLargeEnough(box: PictureBox, { widthPx }: PlanarPicture): boolean {
  return box.w * widthPx >= leastVehicleWidthPx
}

function isOf({ box: plate }: Finding, vehicle: PictureBox, { widthPx }: PlanarPicture): boolean {
  const { x, y } = boxCentre(plate)
  const inside =
    x > vehicle.x && x < vehicle.x + vehicle.w && y > vehicle.y && y < vehicle.y + (1 + margin) * vehicle.h
  return inside && plate.w * widthPx >= leastPlateWidthPx
}
