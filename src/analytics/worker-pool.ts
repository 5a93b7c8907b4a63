import { join } from 'node:path'
import { SupervisedChild } from '../platform/child.ts'
import type { Log } from '../platform/log.ts'
import type { InferenceProvider } from './detectors/provider-names.ts'

export interface LocalWorkers {
  readonly analysisWorkers: number
  readonly dataDir: string
  readonly redisUrl?: string
  readonly modelsDir?: string
  readonly detector: string
  readonly inferenceProvider: InferenceProvider
  readonly logLevel: string
}

const entry = join(import.meta.dirname, '../worker.ts')
const restart = { firstMs: 500, longestMs: 30_000 }

/** The analysis workers on this machine: processes of their own, as inference blocks its thread. */
export class WorkerPool {
  readonly #children: readonly SupervisedChild[]

  /** @param prefix of the gateway, the only one that they work for */
  constructor(settings: LocalWorkers, prefix: string, log: Log) {
    const env = {
      DATA_DIR: settings.dataDir,
      DETECTOR: settings.detector,
      LOG_LEVEL: settings.logLevel,
      INSTALLATION: prefix.slice(prefix.indexOf(':') + 1),
      ...(settings.inferenceProvider !== 'cpu' && { INFERENCE_PROVIDER: settings.inferenceProvider }),
      ...(settings.redisUrl === undefined ? {} : { REDIS_URL: settings.redisUrl }),
      ...(settings.modelsDir === undefined ? {} : { MODELS_DIR: settings.modelsDir }),
    }
    this.#children = Array.from(
      { length: settings.analysisWorkers },
      (_, i) =>
        new SupervisedChild({
          name: `worker-${i + 1}`,
          argv: [process.execPath, entry],
          log,
          env,
          // Its log lines go where ours go.
          stdio: ['ignore', 'ignore', 'inherit'],
          // It keeps nothing that would need tidying up.
          deathSignal: 'KILL',
          graceMs: 2_000,
          restart,
        }),
    )
  }

  start(): void {
    for (const child of this.#children) child.start()
  }

  /** Of the workers that run now. */
  get pids(): readonly number[] {
    return this.#children.flatMap(({ pid }) => (pid === undefined ? [] : [pid]))
  }

  async stop(): Promise<void> {
    await Promise.all(this.#children.map((child) => child.stop()))
  }
}
