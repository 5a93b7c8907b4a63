import { coloursOf, lightOf } from '../domain/colour.ts'
import { type Detection, type ObjectClass, objectClasses, type Plate } from '../domain/detection.ts'
import { boxCentre, type PictureBox } from '../domain/geometry.ts'
import { type PixelRegion, type PlanarPicture, regionOf } from '../domain/picture.ts'
import { suppress } from '../domain/suppression.ts'
import { trackGroup } from '../domain/tracker.ts'
import { Detector, type DetectorOptions, type Finding } from './detectors/detector.ts'
import { Inference } from './detectors/inference.ts'
import { PlateReader } from './detectors/plate-reader.ts'
import type { InferenceProvider } from './detectors/provider-names.ts'
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
/** For cameras that want plates read: one finds them, one reads them. */
export const plateRoles = ['plates', 'plate-reader'] as const satisfies readonly ModelRole[]

/** The models' own words for classes are ours, but for those that we do not report. */
const names: readonly string[] = objectClasses
/** A second look is worth it at a part of the picture between these shares of its sides. */
const leastNearby = 1 / 3
const mostNearby = 0.45
/** The same object, found in the whole and from nearby. */
const sameObjectIou = 0.5
/** Grey, of a usual size. */
const trial: PlanarPicture = { widthPx: 640, heightPx: 360, gbr: new Uint8Array(640 * 360 * 3).fill(128) }
const trialCorners = [
  { x: 0.4, y: 0.4 },
  { x: 0.6, y: 0.4 },
  { x: 0.6, y: 0.5 },
  { x: 0.4, y: 0.5 },
]
const groupOf = (name: string) => trackGroup(name as ObjectClass)

/** Every model that a frame goes through, all in one thread beside ours. */
export class Inspector {
  readonly detectors: readonly Detector[]
  /** Of those that were given, the ones that do not do what their manifest says. */
  readonly unusable: readonly ModelEntry[]
  readonly #plates: VehiclePlates | null
  readonly #inference: Inference
  readonly #working = new Set<Promise<unknown>>()

  private constructor(
    found: Pick<Inspector, 'detectors' | 'unusable'>,
    plates: VehiclePlates | null,
    inference: Inference,
  ) {
    this.detectors = found.detectors
    this.unusable = found.unusable
    this.#plates = plates
    this.#inference = inference
  }

  /** Each model is tried on a picture first: weights of another shape must not fail at every frame. */
  static async load(models: readonly FoundModel[], provider: InferenceProvider = 'cpu'): Promise<Inspector> {
    const inference = new Inference(provider)
    const unusable: ModelEntry[] = []
    const tried = async <T>(model: FoundModel | undefined, load: (model: FoundModel) => Promise<T>) => {
      if (model === undefined) return null
      try {
        return await load(model)
      } catch {
        unusable.push(model.entry)
        return null
      }
    }
    const [finder, reader] = plateRoles.map((role) => models.find(({ entry }) => entry.role === role))
    const detectors: Detector[] = []
    for (const model of models) {
      if (!(inspectedRoles as readonly ModelRole[]).includes(model.entry.role)) continue
      // One lorry must not be a truck and a car at once: classes of a group suppress each other.
      const options = { minScore: model.entry.scores.doubtful, names, groupOf }
      const detector = await tried(model, (found) => loadDetector(found, options, inference))
      if (detector !== null) detectors.push(detector)
    }
    const plateFinder = await tried(finder, (model) =>
      loadDetector(model, { minScore: model.entry.scores.doubtful }, inference),
    )
    const plateReader = await tried(reader, (model) => loadReader(model, inference))
    const plates =
      plateFinder === null || plateReader === null ? null : new VehiclePlates(plateFinder, plateReader)
    return new Inspector({ detectors, unusable }, plates, inference)
  }

  get models(): readonly ModelEntry[] {
    return [...this.detectors.map(({ entry }) => entry), ...(this.#plates?.entries ?? [])]
  }

  /**
   * The picture is held until the answer is there. Several may be under way: they take turns.
   *
   * @param platesAtRest where vehicles are whose plates need no look; null: no plates are wanted
   * @param moved where something moves: if nothing is found there, it is looked at again from nearby
   */
  async inspect(
    picture: PlanarPicture,
    platesAtRest: readonly PictureBox[] | null,
    moved: PictureBox | null = null,
  ): Promise<Found> {
    const work = this.#inspect(picture, platesAtRest, moved)
    this.#working.add(work)
    return await work.finally(() => this.#working.delete(work))
  }

  async #inspect(
    picture: PlanarPicture,
    platesAtRest: readonly PictureBox[] | null,
    moved: PictureBox | null,
  ): Promise<Found> {
    const found = await Promise.all(
      this.detectors.map(async (detector) => {
        const findings = await detector.detect(picture)
        if (moved === null || detector.entry.role !== 'objects') return findings
        return await withNearby(detector, picture, findings, moved)
      }),
    )
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

async function loadDetector(
  model: FoundModel,
  options: DetectorOptions,
  inference: Inference,
): Promise<Detector> {
  const detector = await Detector.load(model, options, inference)
  await detector.detect(trial)
  return detector
}

async function loadReader(model: FoundModel, inference: Inference): Promise<PlateReader> {
  const reader = await PlateReader.load(model, inference)
  await reader.read(trial, trialCorners)
  return reader
}

/**
 * Small or far objects fill too few pixels of a model's input when it holds the whole picture: where
 * something moved and nothing was found, that part alone is looked at.
 */
async function withNearby(
  detector: Detector,
  picture: PlanarPicture,
  findings: readonly Finding[],
  moved: PictureBox,
): Promise<Finding[]> {
  const region = nearbyRegion(picture, moved)
  const { x, y } = boxCentre(moved)
  const explained = findings.some(
    ({ score, box }) =>
      score >= detector.entry.scores.sure &&
      x >= box.x - box.w / 2 &&
      x <= box.x + 1.5 * box.w &&
      y >= box.y - box.h / 2 &&
      y <= box.y + 1.5 * box.h,
  )
  if (region === null || explained) return [...findings]
  const nearby = await detector.detect(picture, region)
  return suppress([...findings, ...nearby], sameObjectIou, ({ name }) => groupOf(name))
}

/** Null: it covers so much of the picture that nothing would be larger. */
function nearbyRegion(picture: PlanarPicture, moved: PictureBox): PixelRegion | null {
  if (moved.w > mostNearby || moved.h > mostNearby) return null
  const { x, y } = boxCentre(moved)
  // In shares of the picture's two sides, so that the part has its shape.
  const side = Math.max(leastNearby, 1.5 * moved.w, 1.5 * moved.h)
  const left = Math.min(1 - side, Math.max(0, x - side / 2))
  const top = Math.min(1 - side, Math.max(0, y - side / 2))
  return regionOf(picture, { x: left, y: top, w: side, h: side })
}

function toDetection({ name, score, box }: Finding): Detection {
  return { class: name as ObjectClass, score, box }
}

/** @param plate undefined: nobody looked for it */
function withPlate(detection: Detection, plate: Plate | null | undefined): Detection {
  return plate === undefined ? detection : { ...detection, attributes: { ...detection.attributes, plate } }
}
