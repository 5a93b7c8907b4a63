import { type Job, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import { frameLifeMs } from '../domain/sampling.ts'
import type { Log } from '../platform/log.ts'
import type { QueueConnection } from '../platform/queue.ts'
import { type Answer, type Doorbell, doorbellQueue, looksToWire, toWire } from './doorbell.ts'
import { bullConnection } from './doorbells.ts'
import { FrameBorrower, type LentFrame } from './frame-loan.ts'
import { FrameSlotReader } from './frame-slot.ts'
import type { Inspector } from './inspector.ts'

export interface WorkerDeskOptions {
  readonly log: Log
  readonly queue: QueueConnection
  /** Of the gateway that is worked for. */
  readonly prefix: string
  readonly publisher: Redis
  /** Null: there are no weights. */
  readonly inspector: () => Inspector | null
}

/** Slots of cameras that are gone; opening one again costs nothing to speak of. */
const mostSlots = 256
/** While one picture is with the models, the next is made ready. */
const atOnce = 2
/** A worker that was killed does not hold its doorbells for longer. */
const lockMs = 5_000

/** A worker's work for one gateway: takes the newest frame of whichever camera rings, and answers. */
export class WorkerDesk {
  readonly #options: WorkerDeskOptions
  readonly #worker: Worker<Doorbell, Answer>
  readonly #lending: Redis
  readonly #borrower: FrameBorrower
  readonly #slots = new Map<string, FrameSlotReader>()

  constructor(options: WorkerDeskOptions) {
    const { log, queue, prefix, publisher } = options
    this.#options = options
    this.#lending = queue.connect()
    this.#borrower = new FrameBorrower(this.#lending, publisher, prefix)
    this.#worker = new Worker<Doorbell, Answer>(doorbellQueue, (job) => this.#answer(job), {
      prefix,
      connection: bullConnection(queue),
      concurrency: atOnce,
      // Nobody does a lost doorbell again: what it announced is over, and the gateway has rung anew.
      lockDuration: lockMs,
      stalledInterval: lockMs,
      maxStalledCount: 0,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    })
    this.#worker.on('error', (error) => log.warn({ err: error }, 'doorbells cannot be heard'))
    this.#worker.on('failed', (_, error) => log.error({ err: error }, 'inspection failed'))
  }

  async stop(): Promise<void> {
    await this.#worker.close()
    this.#lending.disconnect()
    for (const slot of this.#slots.values()) slot.close()
  }

  async #answer({ data }: Job<Doorbell, Answer>): Promise<Answer> {
    const startedMs = performance.now()
    const inspector = this.#options.inspector()
    const frame = this.#take(data) ?? (await this.#borrow(data))
    if (frame === null || inspector === null)
      return { sequence: null, sure: [], doubtful: [], looks: [], inspectMs: 0 }
    const { picture, moved } = frame
    const { sure, doubtful } = await inspector.inspect(picture, data.platesAtRest, moved)
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
}
