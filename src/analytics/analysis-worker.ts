import { hostname } from 'node:os'
import type { Redis } from 'ioredis'
import type { Log } from '../platform/log.ts'
import { installationForm, type QueueConnection, queuePrefix } from '../platform/queue.ts'
import { requireProvider } from './detectors/inference-provider.ts'
import type { InferenceProvider } from './detectors/provider-names.ts'
import {
  channelsOf,
  gatewayChannel,
  type Heartbeat,
  heartbeatEveryMs,
  type ModelProblem,
} from './doorbell.ts'
import { Inspector } from './inspector.ts'
import { ModelShelf } from './model-shelf.ts'
import { WorkerDesk } from './worker-desk.ts'

export interface AnalysisWorkerOptions {
  readonly log: Log
  readonly queue: QueueConnection
  /** Of the gateway to work for; unset: all that are heard on the Redis. */
  readonly installation?: string
  /** Where weights are looked for, first match wins. */
  readonly folders: readonly string[]
  /** A model's name, or `auto`. */
  readonly detector: string
  readonly provider?: InferenceProvider
  readonly lookAgainMs?: number
}

const usualLookAgainMs = 5_000
/** A gateway that says nothing for so long is gone. */
const silentMs = 15_000
const mostDesks = 16

/**
 * Looks at frames for one gateway or several, with the best models that there are. Without weights it waits
 * for them and answers nothing; better ones, or a new manifest, are taken up while it runs.
 */
export class AnalysisWorker {
  readonly id = `${hostname()}-${process.pid}`
  readonly #options: AnalysisWorkerOptions
  readonly #redis: Redis
  readonly #heard: Redis
  readonly #shelf: ModelShelf
  /** By the gateway's prefix; a desk is open only while there are models. */
  readonly #gateways = new Map<string, { heardMs: number; desk: WorkerDesk | null }>()
  readonly #heartbeat: NodeJS.Timeout
  #look: NodeJS.Timeout | null = null
  #inspector: Inspector | null = null
  #problems: readonly ModelProblem[] = []
  #loading = true
  #stopped = false

  /** Throws `provider-missing`. */
  constructor(options: AnalysisWorkerOptions) {
    const { log, queue, folders, detector, provider = 'cpu', installation } = options
    requireProvider(provider)
    this.#options = options
    this.#shelf = new ModelShelf({ folders, detector })
    this.#redis = queue.connect()
    this.#heard = queue.connect()
    if (installation === undefined) {
      this.#heard.on('message', (_, prefix: string) => this.#hear(prefix))
      this.#heard.subscribe(gatewayChannel).catch((error: unknown) => {
        log.warn({ err: error }, 'gateways cannot be heard')
      })
    } else this.#gateways.set(queuePrefix(installation), { heardMs: Number.POSITIVE_INFINITY, desk: null })
    this.#heartbeat = setInterval(() => this.#beat(), heartbeatEveryMs)
    this.#beat()
    void this.#prepare()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#heartbeat)
    if (this.#look !== null) clearTimeout(this.#look)
    this.#heard.disconnect()
    for (const { desk } of this.#gateways.values()) await desk?.stop()
    this.#redis.disconnect()
    await this.#inspector?.close()
  }

  #hear(prefix: string): void {
    const installation = prefix.slice(prefix.indexOf(':') + 1)
    if (!installationForm.test(installation) || prefix !== queuePrefix(installation)) return
    const known = this.#gateways.get(prefix)
    if (known !== undefined) known.heardMs = performance.now()
    else if (this.#gateways.size < mostDesks) {
      this.#gateways.set(prefix, { heardMs: performance.now(), desk: null })
      this.#openDesks()
      this.#beat()
    }
  }

  /** Takes up what has changed on the shelf, and looks again later. */
  async #prepare(): Promise<void> {
    const { log, provider = 'cpu', lookAgainMs = usualLookAgainMs } = this.#options
    try {
      const { models, problems, changed } = await this.#shelf.look()
      this.#problems = problems
      if (changed && models.length > 0) {
        const inspector = await Inspector.load(models, provider)
        this.#shelf.refuse(inspector.unusable)
        await this.#takeUp(inspector)
        log.info({ models: inspector.models.map(({ name }) => name) }, 'models loaded')
      }
    } catch (error) {
      log.error({ err: error }, 'models not loaded')
    }
    this.#loading = false
    if (this.#stopped) return
    this.#openDesks()
    this.#beat()
    this.#look = setTimeout(() => void this.#prepare(), this.#shelf.settled ? lookAgainMs : 0)
  }

  /** Pictures that are with the models before are finished there. */
  async #takeUp(inspector: Inspector): Promise<void> {
    const before = this.#inspector
    // Without one that finds anything, an answer would say that nothing is there.
    this.#inspector = inspector.detectors.length > 0 ? inspector : null
    if (this.#inspector === null) await inspector.close()
    await before?.close()
  }

  #openDesks(): void {
    if (this.#inspector === null || this.#stopped) return
    const { log, queue } = this.#options
    for (const [prefix, gateway] of this.#gateways) {
      gateway.desk ??= new WorkerDesk({
        ...{ log, queue, prefix, publisher: this.#redis },
        inspector: () => this.#inspector,
      })
    }
  }

  #beat(): void {
    const nowMs = performance.now()
    for (const [prefix, { heardMs, desk }] of this.#gateways) {
      if (nowMs - heardMs <= silentMs) continue
      this.#gateways.delete(prefix)
      void desk?.stop()
    }
    const heartbeat: Heartbeat = {
      workerId: this.id,
      loading: this.#loading,
      models: (this.#inspector?.models ?? []).map(({ role, name }) => ({ role, name })),
      problems: [...this.#problems],
    }
    // Without a connection nobody would hear it, and the next one comes in a second.
    if (this.#redis.status !== 'ready') return
    const text = JSON.stringify(heartbeat)
    for (const prefix of this.#gateways.keys()) {
      this.#redis.publish(channelsOf(prefix).heartbeat, text).catch(() => undefined)
    }
  }
}
