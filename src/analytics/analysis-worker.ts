import { hostname } from 'node:os'
import { type Job, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import { frameLifeMs } from '../domain/sampling.ts'
import type { Log } from '../platform/log.ts'
import type { QueueConnection } from '../platform/queue.ts'
import {
  type Answer,
  type Doorbell,
  doorbellQueue,
  type Heartbeat,
  heartbeatChannel,
  heartbeatEveryMs,
  looksToWire,
  toWire,
} from './doorbell.ts'
import { bullConnection } from './doorbells.ts'
import { FrameBorrower, type LentFrame } from './frame-loan.ts'
import { FrameSlotReader } from './frame-slot.ts'
import { Inspector, inspectedRoles, plateRoles } from './inspector.ts'
import { readManifest } from './manifest.ts'
import { type FoundModel, findModel } from './weights.ts'

export interface AnalysisWorkerOptions {
  readonly log: Log
  readonly queue: QueueConnection
  /** Where weights are looked for, first match wins. */
  readonly folders: readonly string[]
  /** A model's name, or `auto`. */
  readonly detector: string
  readonly lookAgainMs?: number
}

const usualLookAgainMs = 5_000
/** Slots of cameras that are gone; opening one again costs nothing to speak of. */
const mostSlots = 256

/**
 * Answers doorbells: takes the camera's newest frame and says what is in it. Without weights it waits
 * for them and answers nothing. Two doorbells at a time: while one picture is with the models, the next
 * is made ready.
 */
export class AnalysisWorker {
  readonly id = `${hostname()}-${process.pid}`
  readonly #options: AnalysisWorkerOptions
  readonly #redis: Redis
  readonly #lending: Redis
  readonly #borrower: FrameBorrower
  readonly #slots = new Map<string, FrameSlotReader>()
  readonly #heartbeat: NodeJS.Timeout
  #look: NodeJS.Timeout | null = null
  #inspector: Inspector | null = null
  #worker: Worker<Doorbell, Answer> | null = null
  #loading = true
  #stopped = false

  constructor(options: AnalysisWorkerOptions) {
    this.#options = options
    this.#redis = options.queue.connect()
    this.#lending = options.queue.connect()
    this.#borrower = new FrameBorrower(this.#lending, this.#redis)
    this.#heartbeat = setInterval(() => this.#beat(), heartbeatEveryMs)
    this.#beat()
    void this.#prepare()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#heartbeat)
    if (this.#look !== null) clearTimeout(this.#look)
    await this.#worker?.close()
    this.#redis.disconnect()
    this.#lending.disconnect()
    for (const slot of this.#slots.values()) slot.close()
    await this.#inspector?.close()
  }

  /** Loads what there is; looks again while a role has no model, or after an unexpected failure. */
  async #prepare(): Promise<void> {
    const { log, folders, detector, lookAgainMs = usualLookAgainMs } = this.#options
    try {
      const manifest = readManifest()
      const models: FoundModel[] = []
      for (const role of [...inspectedRoles, ...plateRoles]) {
        const found = await findModel(manifest, role, folders, detector)
        if (found !== null) models.push(found)
      }
      if (models.length > (this.#inspector?.models.length ?? 0)) {
        const inspector = await Inspector.load(models)
        const before = this.#inspector
        this.#inspector = inspector
        await before?.close()
        log.info({ models: models.map(({ entry }) => entry.name) }, 'models loaded')
      }
    } catch (error) {
      log.error({ err: error }, 'models not loaded')
    }
    this.#loading = false
    if (this.#stopped) return
    if (this.#inspector !== null) this.#worker ??= this.#answerDoorbells()
    this.#beat()
    if ((this.#inspector?.detectors.length ?? 0) < inspectedRoles.length) {
      this.#look = setTimeout(() => void this.#prepare(), lookAgainMs)
    }
  }

  #answerDoorbells(): Worker<Doorbell, Answer> {
    const { log, queue } = this.#options
    const worker = new Worker<Doorbell, Answer>(doorbellQueue, (job) => this.#answer(job), {
      connection: bullConnection(queue),
      concurrency: 2,
      // A worker that was killed does not hold its doorbells for long, and nobody does them again:
      // what they announced is over, and the gateway has rung anew meanwhile.
      lockDuration: 5_000,
      stalledInterval: 5_000,
      maxStalledCount: 0,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    })
    worker.on('error', (error) => log.warn({ err: error }, 'doorbells cannot be heard'))
    worker.on('failed', (_, error) => log.error({ err: error }, 'inspection failed'))
    return worker
  }

  async #answer({ data }: Job<Doorbell, Answer>): Promise<Answer> {
    const startedMs = performance.now()
    const frame = this.#take(data) ?? (await this.#borrow(data))
    if (frame === null || this.#inspector === null)
      return { sequence: null, sure: [], doubtful: [], looks: [], inspectMs: 0 }
    const { sure, doubtful } = await this.#inspector.inspect(frame.picture, data.platesAtRest)
    return {
      sequence: frame.sequence,
      sure: sure.map(toWire),
      doubtful: doubtful.map(toWire),
      looks: looksToWire(sure),
      inspectMs: performance.now() - startedMs,
    }
  }

  #take({ slotPath, slotProof }: Doorbell): LentFrame | null {
    let slot = this.#slots.get(slotProof)
    if (slot === undefined) {
      slot = FrameSlotReader.open(slotPath, slotProof) ?? undefined
      if (slot === undefined) return null
      this.#slots.set(slotProof, slot)
      for (const [proof, oldest] of this.#slots) {
        if (this.#slots.size <= mostSlots) break
        oldest.close()
        this.#slots.delete(proof)
      }
    }
    const taken = slot.take()
    return taken === null || Date.now() - taken.arrivedUtcMs > frameLifeMs ? null : taken
  }

  async #borrow({ cameraId, slotProof }: Doorbell): Promise<LentFrame | null> {
    // Where the memory is shared, an empty or old slot has no newer frame to lend either.
    return this.#slots.has(slotProof) ? null : await this.#borrower.borrow(cameraId)
  }

  #beat(): void {
    const heartbeat: Heartbeat = {
      workerId: this.id,
      loading: this.#loading,
      models: (this.#inspector?.models ?? []).map(({ role, name }) => ({ role, name })),
    }
    // Without a connection nobody would hear it, and the next one comes in a second.
    if (this.#redis.status !== 'ready') return
    this.#redis.publish(heartbeatChannel, JSON.stringify(heartbeat)).catch(() => undefined)
  }
}
