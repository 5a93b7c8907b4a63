import { coloursOf, lightOf } from '../domain/colour.ts'
import { type Detection, type ObjectClass, objectClasses, type Plate } from '../domain/detection.ts'
import type { PictureBox } from '../domain/geometry.ts'
import type { PlanarPicture } from '../domain/picture.ts'
import { trackGroup } from '../domain/tracker.ts'
import { Detector, type Finding } from './detectors/detector.ts'
import { Inference } from './detectors/inference.ts'
import type { ModelEntry, ModelRole } from './manifest.ts'
import { VehiclePlates } from './vehicle-plates.ts'
import type { FoundModel } from './weights.ts'

export interface Found {
  /** May begin a track. */
  readonly sure: Detection[]
  /** May only keep one going. */
  readonly doubtful: Detection[]
}

/** What a worker looks for, and with which of the manifest's roles. */
export const inspectedRoles = ['objects', 'faces'] as const satisfies readonly ModelRole[]
export type InspectedRole = (typeof inspectedRoles)[number]
/** For cameras that want plates read: one finds them, one reads them. */
export const plateRoles = ['plates', 'plate-reader'] as const satisfies readonly ModelRole[]

/** The models' own words for classes are ours, but for those that we do not report. */
const names: readonly string[] = objectClasses
const groupOf = (name: string) => trackGroup(name as ObjectClass)

/** Every model that a frame goes through, all in one thread beside ours. */
export class Inspector {
  readonly detectors: readonly Detector[]
  readonly #plates: VehiclePlates | null
  readonly #inference: Inference
  readonly #working = new Set<Promise<unknown>>()

  private constructor(detectors: readonly Detector[], plates: VehiclePlates | null, inference: Inference) {
    this.detectors = detectors
    this.#plates = plates
    this.#inference = inference
  }

  static async load(models: readonly FoundModel[]): Promise<Inspector> {
    const inference = new Inference()
    const detectors: Detector[] = []
    for (const model of models) {
      if (!(inspectedRoles as readonly ModelRole[]).includes(model.entry.role)) continue
      // One lorry must not be a truck and a car at once: classes of a group suppress each other.
      const options = { minScore: model.entry.scores.doubtful, names, groupOf }
      detectors.push(await Detector.load(model, options, inference))
    }
    const [finder, reader] = plateRoles.map((role) => models.find(({ entry }) => entry.role === role))
    const plates = finder && reader ? await VehiclePlates.load(finder, reader, inference) : null
    return new Inspector(detectors, plates, inference)
  }

  get models(): readonly ModelEntry[] {
    return [...this.detectors.map(({ entry }) => entry), ...(this.#plates?.entries ?? [])]
  }

  /**
   * The picture is held until the answer is there. Several may be under way: they take turns.
   *
   * @param platesAtRest where vehicles are whose plates need no look; null: no plates are wanted
   */
  async inspect(picture: PlanarPicture, platesAtRest: readonly PictureBox[] | null): Promise<Found> {
    const work = this.#inspect(picture, platesAtRest)
    this.#working.add(work)
    return await work.finally(() => this.#working.delete(work))
  }

  async #inspect(picture: PlanarPicture, platesAtRest: readonly PictureBox[] | null): Promise<Found> {
    const found = await Promise.all(this.detectors.map((detector) => detector.detect(picture)))
    const sure: Detection[] = []
    const doubtful: Detection[] = []
    const light = lightOf(picture)
    for (const [i, findings] of found.entries()) {
      const sureScore = this.detectors[i]?.entry.scores.sure ?? 1
      for (const finding of findings) {
        const detection = toDetection(finding)
        if (finding.score < sureScore) doubtful.push(detection)
        else sure.push({ ...detection, attributes: coloursOf(picture, detection, light) })
      }
    }
    if (platesAtRest === null || this.#plates === null) return { sure, doubtful }
    const plates = await this.#plates.look(picture, sure, platesAtRest)
    return { sure: sure.map((detection) => withPlate(detection, plates.get(detection))), doubtful }
  }

  /** After the pictures that are under way. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#working)
    await this.#inference.close()
  }
}

function toDetection({ name, score, box }: Finding): Detection {
  return { class: name as ObjectClass, score, box }
}

/** @param plate undefined: nobody looked for it */
function withPlate(detection: Detection, plate: Plate | null | undefined): Detection {
  return plate === undefined ? detection : { ...detection, attributes: { ...detection.attributes, plate } }
}
