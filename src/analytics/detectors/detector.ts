import { InferenceSession, Tensor } from 'onnxruntime-node'
import { GatewayError } from '../../domain/errors.ts'
import type { PictureBox } from '../../domain/geometry.ts'
import type { PlanarPicture } from '../../domain/picture.ts'
import { suppress } from '../../domain/suppression.ts'
import { type ModelEntry, readLabels } from '../manifest.ts'
import type { FoundModel } from '../weights.ts'
import type { Candidate, Family, Outputs, Wanted } from './family.ts'
import { nanodet } from './nanodet.ts'
import { type Placement, Resampler } from './resample.ts'
import { ultraface } from './ultraface.ts'
import { yolox } from './yolox.ts'
import { yunet } from './yunet.ts'

/** A model family is added here and in its own file. */
const families: Readonly<Record<string, Family>> = { nanodet, yolox, yunet, ultraface }

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

/** One model at work: picture in, findings out. Not for use by two callers at once. */
export class Detector {
  readonly entry: ModelEntry
  readonly #family: Family
  readonly #session: InferenceSession
  readonly #labels: readonly string[]
  readonly #options: DetectorOptions
  readonly #wanted: Wanted
  #resampler: Resampler | null = null
  #tensor: Tensor | null = null
  #results: InferenceSession.OnnxValueMapType | null = null
  #values: Float32Array = new Float32Array(0)

  private constructor(
    entry: ModelEntry,
    family: Family,
    session: InferenceSession,
    options: DetectorOptions,
  ) {
    this.entry = entry
    this.#family = family
    this.#session = session
    this.#options = options
    this.#labels = readLabels(entry.classes)
    this.#wanted = {
      minScore: options.minScore,
      labels: [...this.#labels.keys()].filter((i) => options.names?.includes(this.#labels[i] ?? '') ?? true),
      everyClass: options.everyClass ?? false,
    }
  }

  static async load({ entry, path }: FoundModel, options: DetectorOptions): Promise<Detector> {
    const family = families[entry.family]
    if (family === undefined) {
      throw new GatewayError({
        kind: 'internal',
        code: 'model-family-unknown',
        message: `no detector knows the family ${entry.family} of ${entry.name}`,
      })
    }
    // One thread a session: a second one gains less than a second worker does, and waiting threads
    // that spin take the processor from everybody else.
    const session = await InferenceSession.create(path, {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      executionProviders: ['cpu'],
      logSeverityLevel: 3,
    })
    return new Detector(entry, family, session, options)
  }

  async detect(picture: PlanarPicture): Promise<Finding[]> {
    const feeds = this.prepare(picture)
    return this.interpret(await this.infer(feeds))
  }

  /** The input that `infer` takes. It is overwritten by the next call. */
  prepare(picture: PlanarPicture): Record<string, Tensor> {
    if (this.#resampler?.fits(picture) !== true || this.#tensor === null) {
      const resampler = new Resampler(
        this.entry.input,
        picture.widthPx,
        picture.heightPx,
        this.#options.longSide,
      )
      const { inputWidth, inputHeight } = resampler.placement
      this.#values = resampler.createTensor()
      this.#tensor = new Tensor('float32', this.#values, [1, 3, inputHeight, inputWidth])
      this.#resampler = resampler
      this.#results = null
    }
    this.#resampler.fill(picture, this.#values)
    return { [this.#family.inputName]: this.#tensor }
  }

  /** What comes is overwritten by the next call, too: two megabytes a frame need no new memory each time. */
  async infer(feeds: Record<string, Tensor>): Promise<Outputs> {
    this.#results = await this.#session.run(feeds, this.#results ?? this.#session.outputNames)
    const outputs: Record<string, Float32Array> = {}
    for (const [name, tensor] of Object.entries(this.#results)) {
      if (tensor.data instanceof Float32Array) outputs[name] = tensor.data
    }
    return outputs
  }

  /** @param outputs of the picture that was prepared last. */
  interpret(outputs: Outputs): Finding[] {
    if (this.#resampler === null) return []
    const { placement } = this.#resampler
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

  async close(): Promise<void> {
    await this.#session.release()
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
