import { GatewayError } from '../../domain/errors.ts'
import type { PictureBox, PicturePoint } from '../../domain/geometry.ts'
import type { PixelRegion, PlanarPicture } from '../../domain/picture.ts'
import { suppress } from '../../domain/suppression.ts'
import { type ModelEntry, readLabels } from '../manifest.ts'
import type { FoundModel } from '../weights.ts'
import type { Candidate, Family, Outputs, Wanted } from './family.ts'
import { Inference } from './inference.ts'
import type { SharedTensors } from './inference-thread.ts'
import { lpdYunet } from './lpd-yunet.ts'
import { nanodet } from './nanodet.ts'
import { type Placement, Resampler } from './resample.ts'
import { ultraface } from './ultraface.ts'
import { yolox } from './yolox.ts'
import { yunet } from './yunet.ts'

/** A model family is added here and in its own file. */
const families: Readonly<Record<string, Family>> = {
  nanodet,
  yolox,
  yunet,
  ultraface,
  'lpd-yunet': lpdYunet,
}

/** Cameras of one installation share a few sizes; parts of pictures have any, and their tables are small. */
const mostInputSizes = 8
const mostPictureSizes = 64

const numberCheckStep = 257

/** One object that a model found; `name` is the model's own word for its class. */
export interface Finding {
  readonly name: string
  readonly score: number
  readonly box: PictureBox
  /** Of a plate, from the upper left one clockwise; not cut to the picture. */
  readonly corners?: readonly PicturePoint[]
}

export interface DetectorOptions {
  readonly minScore: number
  /** Only these classes of the model; default all. */
  readonly names?: readonly string[]
  /** Findings of one group suppress each other; default: each class is a group. */
  readonly groupOf?: (name: string) => string
  readonly everyClass?: boolean
  /** For models that take any size: the longer side of the input at most. */
  readonly longSide?: number
}

/** What one picture needs on its way through a model; used again by the next one. */
interface Workspace {
  /** Whose picture was written last: what that did not cover is still padding. */
  placement: Placement
  readonly feeds: SharedTensors
  readonly values: Float32Array
  outputs: SharedTensors | null
}

/** One model at work: picture in, findings out. Pictures that come while one is under way queue up. */
export class Detector {
  readonly entry: ModelEntry
  readonly #family: Family
  readonly #inference: Inference
  /** Not shared with other models: it ends with this one. */
  readonly #ownInference: boolean
  readonly #session: number
  readonly #labels: readonly string[]
  readonly #options: DetectorOptions
  readonly #wanted: Wanted
  /** By the size of the input, and of the picture. */
  readonly #free = new Recent<Workspace[]>(mostInputSizes)
  readonly #resamplers = new Recent<Resampler>(mostPictureSizes)

  private constructor(
    entry: ModelEntry,
    family: Family,
    ran: { readonly inference: Inference; readonly own: boolean; readonly session: number },
    options: DetectorOptions,
  ) {
    this.entry = entry
    this.#family = family
    this.#inference = ran.inference
    this.#ownInference = ran.own
    this.#session = ran.session
    this.#options = options
    this.#labels = readLabels(entry.classes)
    this.#wanted = {
      minScore: options.minScore,
      labels: [...this.#labels.keys()].filter((i) => options.names?.includes(this.#labels[i] ?? '') ?? true),
      everyClass: options.everyClass ?? false,
    }
  }

  /** @param shared where models that take turns run; unset: a thread of its own. */
  static async load(
    { entry, path }: FoundModel,
    options: DetectorOptions,
    shared?: Inference,
  ): Promise<Detector> {
    const family = families[entry.family]
    if (family === undefined) {
      throw new GatewayError({
        kind: 'internal',
        code: 'model-family-unknown',
        message: `no detector knows the family ${entry.family} of ${entry.name}`,
      })
    }
    const inference = shared ?? new Inference()
    const session = await inference.load(path)
    return new Detector(entry, family, { inference, own: shared === undefined, session }, options)
  }

  /**
   * The picture is read before the first wait: its memory may be used again meanwhile.
   *
   * @param region the part to look at; unset: all of it. Findings are in coordinates of the whole picture.
   */
  async detect(picture: PlanarPicture, region: PixelRegion = allOf(picture)): Promise<Finding[]> {
    const resampler = this.#resamplerFor(region)
    const { inputWidth, inputHeight } = resampler.placement
    const free = this.#free.get(`${inputWidth}x${inputHeight}`, () => [])
    const space = free.pop() ?? this.#newWorkspace(resampler)
    if (space.placement !== resampler.placement) resampler.pad(space.values)
    space.placement = resampler.placement
    resampler.fill(picture, space.values, region)
    space.outputs = await this.#inference.run(this.#session, space.feeds, space.outputs)
    requireNumbers(space.outputs)
    const findings = this.#interpret(space.outputs, resampler.placement)
    free.push(space)
    return region.widthPx === picture.widthPx && region.heightPx === picture.heightPx
      ? findings
      : findings.map((finding) => inWhole(finding, picture, region))
  }

  /** The model's input for a picture, in memory of its own. */
  prepare(picture: PlanarPicture): SharedTensors {
    const resampler = this.#resamplerFor(allOf(picture))
    const { feeds, values } = this.#newWorkspace(resampler)
    resampler.fill(picture, values)
    return feeds
  }

  async close(): Promise<void> {
    if (this.#ownInference) await this.#inference.close()
    else await this.#inference.unload(this.#session)
  }

  #resamplerFor({ widthPx, heightPx }: PixelRegion): Resampler {
    return this.#resamplers.get(
      `${widthPx}x${heightPx}`,
      () => new Resampler(this.entry.input, widthPx, heightPx, this.#options.longSide),
    )
  }

  #newWorkspace(resampler: Resampler): Workspace {
    const { placement } = resampler
    const values = resampler.createTensor()
    const dims = [1, 3, placement.inputHeight, placement.inputWidth]
    return { placement, feeds: { [this.#family.inputName]: { data: values, dims } }, values, outputs: null }
  }

  #interpret(tensors: SharedTensors, placement: Placement): Finding[] {
    const outputs: Outputs = Object.fromEntries(
      Object.entries(tensors).map(([name, { data }]) => [name, data]),
    )
    const findings: Finding[] = []
    for (const candidate of this.#family.decode(outputs, placement, this.#wanted)) {
      const box = inPicture(candidate, placement)
      if (box !== null) {
        const { label, score, corners } = candidate
        findings.push({
          name: this.#labels[label] ?? '',
          score: Math.min(1, score),
          box,
          ...(corners && { corners: points(corners, placement) }),
        })
      }
    }
    const groupOf = this.#options.groupOf ?? ((name: string) => name)
    return suppress(findings, this.#family.suppressAboveIou, (finding) => groupOf(finding.name))
  }
}

/** A broken model gives NaN everywhere: a look at some of the values is enough, and they are half a million. */
function requireNumbers(outputs: SharedTensors): void {
  for (const { data } of Object.values(outputs)) {
    for (let i = 0; i < data.length; i += numberCheckStep) {
      if (Number.isNaN(data[i]))
        throw new GatewayError({
          kind: 'internal',
          code: 'inference-failed',
          message: 'a model gave no numbers',
        })
    }
  }
}

/** Cut to the picture; null when nothing is left, also for the NaN of a broken input. */
function inPicture(candidate: Candidate, placement: Placement): PictureBox | null {
  const x = Math.max(0, candidate.left / placement.coveredWidth)
  const y = Math.max(0, candidate.top / placement.coveredHeight)
  const w = Math.min(1, candidate.right / placement.coveredWidth) - x
  const h = Math.min(1, candidate.bottom / placement.coveredHeight) - y
  return w > 0 && h > 0 ? { x, y, w, h } : null
}

function points(corners: readonly number[], { coveredWidth, coveredHeight }: Placement): PicturePoint[] {
  return Array.from({ length: corners.length / 2 }, (_, i) => ({
    x: corners[2 * i]! / coveredWidth,
    y: corners[2 * i + 1]! / coveredHeight,
  }))
}

function allOf({ widthPx, heightPx }: PlanarPicture): PixelRegion {
  return { leftPx: 0, topPx: 0, widthPx, heightPx }
}

/** From coordinates of a part to those of the picture it was cut from. */
function inWhole(finding: Finding, picture: PlanarPicture, region: PixelRegion): Finding {
  const x = (share: number) => (region.leftPx + share * region.widthPx) / picture.widthPx
  const y = (share: number) => (region.topPx + share * region.heightPx) / picture.heightPx
  const { box, corners } = finding
  return {
    ...finding,
    box: { x: x(box.x), y: y(box.y), w: x(box.x + box.w) - x(box.x), h: y(box.y + box.h) - y(box.y) },
    ...(corners && { corners: corners.map((corner) => ({ x: x(corner.x), y: y(corner.y) })) }),
  }
}

/** Values by key; what was asked for longest ago goes first: a workspace takes several megabytes. */
class Recent<T> {
  readonly #most: number
  readonly #values = new Map<string, T>()

  constructor(most: number) {
    this.#most = most
  }

  get(key: string, make: () => T): T {
    const value = this.#values.get(key) ?? make()
    this.#values.delete(key)
    this.#values.set(key, value)
    for (const oldest of this.#values.keys()) {
      if (this.#values.size <= this.#most) break
      this.#values.delete(oldest)
    }
    return value
  }
}
