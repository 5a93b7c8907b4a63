import { join } from 'node:path'
import type { ModelProblem } from './doorbell.ts'
import { inspectedRoles, plateRoles } from './inspector.ts'
import { type ModelEntry, readManifest } from './manifest.ts'
import { type FoundModel, findModel, proveWeights } from './weights.ts'

export interface ModelShelfOptions {
  /** Where weights are looked for, first match wins. */
  readonly folders: readonly string[]
  /** A model's name, or `auto`. */
  readonly detector: string
}

export interface ShelfView {
  /** The best of each role that is there and can be used. */
  readonly models: readonly FoundModel[]
  readonly problems: readonly ModelProblem[]
  /** They are others than when it was looked before. */
  readonly changed: boolean
}

/** The models of the manifest whose weights are at hand, as they come and go while a worker runs. */
export class ModelShelf {
  readonly #options: ModelShelfOptions
  /** By the hash of weights that do not do what their manifest says. */
  readonly #refused = new Map<string, ModelProblem>()
  #key = ''
  #settled = true

  constructor(options: ModelShelfOptions) {
    this.#options = options
  }

  /** False: something was refused since the last look, so that another model may have its turn at once. */
  get settled(): boolean {
    return this.#settled
  }

  async look(): Promise<ShelfView> {
    const { folders, detector } = this.#options
    const manifest = readManifest()
    const usable = manifest.filter(({ sha256 }) => !this.#refused.has(sha256))
    const models: FoundModel[] = []
    const problems: ModelProblem[] = [...this.#refused.values()]
    for (const role of [...inspectedRoles, ...plateRoles]) {
      const found = await findModel(usable, role, folders, detector)
      if (found !== null) models.push(found)
      for (const entry of manifest) {
        const better = found === null || entry.rank < found.entry.rank
        if (entry.role !== role || !better || !(await isWrong(entry, folders))) continue
        problems.push({ role, name: entry.name, code: 'weights-wrong' })
      }
    }
    const key = models.map(({ entry, path }) => `${entry.sha256} ${path}`).join('\n')
    const changed = key !== this.#key
    this.#key = key
    this.#settled = true
    return { models, problems, changed }
  }

  /** Weights whose hash is right and which cannot be run all the same. */
  refuse(unusable: readonly ModelEntry[]): void {
    for (const { role, name, sha256 } of unusable) {
      this.#refused.set(sha256, { role, name, code: 'model-unusable' })
      this.#settled = false
    }
  }
}

/** There is a file by its name, and no proven one. */
async function isWrong(entry: ModelEntry, folders: readonly string[]): Promise<boolean> {
  const states = await Promise.all(folders.map((folder) => proveWeights(entry, join(folder, entry.file))))
  return states.includes('wrong') && !states.includes('proven')
}
