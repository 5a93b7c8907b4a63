import { type Detection, type ObjectClass, objectClasses } from '../domain/detection.ts'
import type { PlanarPicture } from '../domain/picture.ts'
import { trackGroup } from '../domain/tracker.ts'
import { Detector, type Finding } from './detectors/detector.ts'
import { Inference } from './detectors/inference.ts'
import type { ModelRole } from './manifest.ts'
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

/** The models' own words for classes are ours, but for those that we do not report. */
const names: readonly string[] = objectClasses
const groupOf = (name: string) => trackGroup(name as ObjectClass)

/** Every detector that a frame goes through, all in one thread beside ours. */
export class Inspector {
  readonly detectors: readonly Detector[]
  readonly #inference: Inference
  readonly #working = new Set<Promise<unknown>>()

  private constructor(detectors: readonly Detector[], inference: Inference) {
    this.detectors = detectors
    this.#inference = inference
  }

  static async load(models: readonly FoundModel[]): Promise<Inspector> {
    const inference = new Inference()
    const detectors: Detector[] = []
    for (const model of models) {
      // One lorry must not be a truck and a car at once: classes of a group suppress each other.
      const options = { minScore: model.entry.scores.doubtful, names, groupOf }
      detectors.push(await Detector.load(model, options, inference))
    }
    return new Inspector(detectors, inference)
  }

  /** The picture is read before the first wait. Several may be under way: they take turns. */
  async inspect(picture: PlanarPicture): Promise<Found> {
    const work = Promise.all(this.detectors.map((detector) => detector.detect(picture)))
    this.#working.add(work)
    const sure: Detection[] = []
    const doubtful: Detection[] = []
    const found = await work.finally(() => this.#working.delete(work))
    for (const [i, findings] of found.entries()) {
      const sureScore = this.detectors[i]?.entry.scores.sure ?? 1
      for (const finding of findings)
        (finding.score >= sureScore ? sure : doubtful).push(toDetection(finding))
    }
    return { sure, doubtful }
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
