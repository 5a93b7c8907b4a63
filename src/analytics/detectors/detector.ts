import { GatewayError } from '../../domain/errors.ts'
import type { PictureBox } from '../../domain/geometry.ts'
import type { PlanarPicture } from '../../domain/picture.ts'
import { suppress } from '../../domain/suppression.ts'
import { type ModelEntry, readLabels } from '../manifest.ts'
import type { FoundModel } from '../weights.ts'
import type { Candidate, Family, Outputs, Wanted } from './family.ts'
import { Inference } from './inference.ts'
import type { SharedTensors } from './inference-thread.ts'
import { nanodet } from './nanodet.ts'
import { type Placement, Resampler } from './resample.ts'
import { ultraface } from './ultraface.ts'
import { yolox } from './yolox.ts'
import { yunet } from './yunet.ts'

/** A model family is added here and in its own file. */
const families: Readonly<Record<string, Family>> = { nanodet, yolox, yunet, ultraface }

/** Cameras of one installation share a few sizes. */
const mostSizes = 8

/** One object that a model found; `name` is the model's own word for its class. */
export interface Finding {
  readonly name: string
  readonly score: number
  readonly box: PictureBox
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
  readonly resampler: Resampler
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
  /** By the picture's size, the one used last at the end. */
  readonly #free = new Map<string, Workspace[]>()

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

  /** The picture is read before the first wait: its memory may be used again meanwhile. */
  async detect(picture: PlanarPicture): Promise<Finding[]> {
    const size = `${picture.widthPx}x${picture.heightPx}`
    const free = this.#free.get(size) ?? []
    this.#keep(size, free)
    const space = free.pop() ?? this.#newWorkspace(picture)
    space.resampler.fill(picture, space.values)
    space.outputs = await this.#inference.run(this.#session, space.feeds, space.outputs)
    const findings = this.#interpret(space.outputs, space.resampler.placement)
    free.push(space)
    return findings
  }

  /** The model's input for a picture, in memory of its own. */
  prepare(picture: PlanarPicture): SharedTensors {
    const { resampler, feeds, values } = this.#newWorkspace(picture)
    resampler.fill(picture, values)
    return feeds
  }

  async close(): Promise<void> {
    if (this.#ownInference) await this.#inference.close()
    else await this.#inference.unload(this.#session)
  }

  /** A workspace takes several megabytes: those of the sizes that come again and again are kept. */
  #keep(size: string, free: Workspace[]): void {
    this.#free.delete(size)
    this.#free.set(size, free)
    for (const oldest of this.#free.keys()) {
      if (this.#free.size <= mostSizes) break
      this.#free.delete(oldest)
    }
  }

  #newWorkspace({ widthPx, heightPx }: PlanarPicture): Workspace {
    const resampler = new Resampler(this.entry.input, widthPx, heightPx, this.#options.longSide)
    const { inputWidth, inputHeight } = resampler.placement
    const values = resampler.createTensor()
    const feeds = { [this.#family.inputName]: { data: values, dims: [1, 3, inputHeight, inputWidth] } }
    return { resampler, feeds, values, outputs: null }
  }

  #interpret(tensors: SharedTensors, placement: Placement): Finding[] {
    const outputs: Outputs = Object.fromEntries(
      Object.entries(tensors).map(([name, { data }]) => [name, data]),
    )
    const findings: Finding[] = []
    for (const candidate of this.#family.decode(outputs, placement, this.#wanted)) {
      const box = inPicture(candidate, placement)
      if (box !== null) {
        findings.push({ name: this.#labels[candidate.label] ?? '', score: Math.min(1, candidate.score), box })
      }
    }
    const groupOf = this.#options.groupOf ?? ((name: string) => name)
    return suppress(findings, this.#family.suppressAboveIou, (finding) => groupOf(finding.name))
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
