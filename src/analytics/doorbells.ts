import { type ConnectionOptions, Queue, QueueEvents } from 'bullmq'
import type { CameraId } from '../domain/ids.ts'
import { ringPriority, type Urgency } from '../domain/ring-priority.ts'
import type { Log } from '../platform/log.ts'
import type { Queue as OwnQueue, QueueConnection } from '../platform/queue.ts'
import { type Answer, answerCheck, cameraOfDoorbell, type Doorbell, doorbellQueue } from './doorbell.ts'

export interface DoorbellListener {
  /** A worker has begun with it. */
  taken(cameraId: CameraId, ringId: string): void
  answered(cameraId: CameraId, ringId: string, answer: Answer): void
  /** The worker could not, or is gone. */
  failed(cameraId: CameraId, ringId: string, reason: string): void
}

/** As BullMQ's own type, which it cannot infer from ioredis' options by itself. */
export function bullConnection(queue: Pick<QueueConnection, 'options'>): ConnectionOptions {
  return queue.options
}

/** The gateway's end of the doorbell queue. A camera has one doorbell there at most. */
export class Doorbells {
  readonly #log: Log
  readonly #queue: Queue<Doorbell, Answer, 'frame'>
  readonly #events: QueueEvents
  #silent = false
  /** Of this process: where the numbers of priority begin. */
  #numbersSinceMs = performance.now()

  constructor(connection: Pick<OwnQueue, 'options' | 'prefix'>, log: Log, listener: DoorbellListener) {
    this.#log = log
    this.#queue = new Queue(doorbellQueue, {
      // While Redis is away a ring fails at once and the next frame rings again, instead of a backlog
      // of rings being kept for when it is back.
      prefix: connection.prefix,
      connection: { ...bullConnection(connection), enableOfflineQueue: false },
      defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
      streams: { events: { maxLen: 1_000 } },
    })
    this.#queue.on('error', (error) => {
      log.debug({ err: error }, 'doorbell queue')
    })
    this.#events = new QueueEvents(doorbellQueue, {
      prefix: connection.prefix,
      connection: bullConnection(connection),
    })
    this.#events.on('error', (error) => {
      log.debug({ err: error }, 'doorbell events')
    })
    this.#events.on('active', ({ jobId }) => {
      listener.taken(cameraOfDoorbell(jobId), jobId)
    })
    this.#events.on('failed', ({ jobId, failedReason }) => {
      listener.failed(cameraOfDoorbell(jobId), jobId, failedReason)
    })
    this.#events.on('completed', ({ jobId, returnvalue }: { jobId: string; returnvalue: unknown }) => {
      const cameraId = cameraOfDoorbell(jobId)
      if (answerCheck.Check(returnvalue)) listener.answered(cameraId, jobId, returnvalue)
      else {
        log.warn({ cameraId }, 'a worker of another version answered')
        listener.failed(cameraId, jobId, 'answer of another version')
      }
    })
  }

  /** What a gateway before us rang for is over. */
  async start(): Promise<void> {
    await this.#queue.waitUntilReady()
    await this.#queue.obliterate({ force: true })
    await this.#events.waitUntilReady()
  }

  /** The lower the earlier it is answered. */
  async #priority(urgency: Urgency): Promise<number> {
    const priority = ringPriority(performance.now() - this.#numbersSinceMs, urgency)
    if (priority !== null) return priority
    // What rings now would never be answered among those that begin anew; it is rung again in a moment.
    await this.#queue.obliterate({ force: true })
    this.#numbersSinceMs = performance.now()
    return ringPriority(0, urgency) ?? 1
  }

  /**
   * Nothing is added while an earlier ring of the camera waits or is worked on.
   *
   * @returns the ring that stands now, this one or the earlier one; null: Redis cannot be reached.
   */
  async ring(doorbell: Doorbell, ringId: string, urgency: Urgency): Promise<string | null> {
    try {
      const job = await this.#queue.add('frame', doorbell, {
        jobId: ringId,
        priority: await this.#priority(urgency),
        deduplication: { id: doorbell.cameraId },
      })
      if (this.#silent) this.#log.info('doorbells ring again')
      this.#silent = false
      return job.id ?? ringId
    } catch (error) {
      if (!this.#silent) this.#log.warn({ err: error }, 'doorbells do not ring')
      this.#silent = true
      return null
    }
  }

  /** Whoever took the last ring is given up: the next one counts again. */
  async giveUp(cameraId: CameraId): Promise<void> {
    await this.#queue.removeDeduplicationKey(cameraId).catch((error: unknown) => {
      this.#log.debug({ err: error, cameraId }, 'doorbell not given up')
    })
  }

  async stop(): Promise<void> {
    await Promise.allSettled([this.#queue.close(), this.#events.close()])
  }
}
