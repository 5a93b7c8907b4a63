import { type Detection, type ObjectClass, objectClasses } from '../domain/detection.ts'
import type { PlanarPicture } from '../domain/picture.ts'
import { trackGroup } from '../domain/tracker.ts'
import { Detector, type Finding } from './detectors/detector.ts'
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

/** Every detector that a frame goes through. Not for use by two callers at once. */
export class Inspector {
  readonly detectors: readonly Detector[]

  constructor(detectors: readonly Detector[]) {
    this.detectors = detectors
  }

  static async load(models: readonly FoundModel[]): Promise<Inspector> {
    const detectors: Detector[] = []
    for (const model of models) {
      // One lorry must not be a truck and a car at once: classes of a group suppress each other.
      detectors.push(await Detector.load(model, { minScore: model.entry.scores.doubtful, names, groupOf }))
    }
    return new Inspector(detectors)
  }

  async inspect(picture: PlanarPicture): Promise<Found> {
    const sure: Detection[] = []
    const doubtful: Detection[] = []
    for (const detector of this.detectors) {
      for (const finding of await detector.detect(picture)) {
        const among = finding.score >= detector.entry.scores.sure ? sure : doubtful
        among.push(toDetection(finding))
      }
    }
    return { sure, doubtful }
  }

  async close(): Promise<void> {
    for (const detector of this.detectors) await detector.close()
  }
}

function toDetection({ name, score, box }: Finding): Detection {
  return { class: name as ObjectClass, score, box }
}
