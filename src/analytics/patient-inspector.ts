import { Queue, QueueEvents } from 'bullmq'
import type { Detection } from '../domain/detection.ts'
import type { PictureBox } from '../domain/geometry.ts'
import type { CameraId } from '../domain/ids.ts'
import type { PlanarPicture } from '../domain/picture.ts'
import { lastInLine } from '../domain/ring-priority.ts'
import type { Log } from '../platform/log.ts'
import type { Queue as OwnQueue } from '../platform/queue.ts'
import {
  type Answer,
  answerCheck,
  cameraOfDoorbell,
  type Doorbell,
  doorbellId,
  doorbellQueue,
  fromWire,
  sureFromWire,
} from './doorbell.ts'
import { bullConnection } from './doorbells.ts'
import type { LentFrame } from './frame-loan.ts'
import { FrameSlot } from './frame-slot.ts'

export interface PatientInspectorOptions {
  readonly log: Log
  readonly queue: Pick<OwnQueue, 'options' | 'prefix'>
  /** Where frame slots lie. */
  readonly folder: string
  /** Frames that may be with the workers at once, or wait for them. */
  readonly places: number
}

export interface PatientFound {
  readonly sure: readonly Detection[]
  readonly doubtful: readonly Detection[]
}

/** What is recorded does not grow old while it waits. */
const neverOld = Number.POSITIVE_INFINITY
/** Not taken or not answered for so long: lost, or with a worker that is gone. */
const ringAgainMs = 20_000
const redisAwayMs = 1_000
/** A picture that workers fail on so often is left out. */
const mostFailures = 3

/** A frame slot, which stands to the workers as a camera of its own. */
interface Place {
  readonly cameraId: CameraId
  slot: FrameSlot | null
  sequence: number
  moved: PictureBox | null
  rings: number
  ringId: string
  heard: ((heard: Heard) => void) | null
}

/** What a ring came to; `late`: nobody could be asked, or nobody answered. */
type Heard = Answer | 'failed' | 'late'

/**
 * Has recorded pictures inspected by the workers that live ones are inspected by, whenever no live one
 * waits. Unlike those, none is left out: each waits for its turn, however long.
 */
export class PatientInspector {
  readonly #options: PatientInspectorOptions
  readonly #queue: Queue<Doorbell, Answer, 'frame'>
  readonly #events: QueueEvents
  readonly #free: Place[]
  readonly #places: ReadonlyMap<CameraId, Place>
  readonly #waiting: ((place: Place) => void)[] = []
  #answeredMs = performance.now()
  #silent = false

  constructor(options: PatientInspectorOptions) {
    const { queue, log } = options
    this.#options = options
    this.#queue = new Queue(doorbellQueue, {
      prefix: queue.prefix,
      connection: { ...bullConnection(queue), enableOfflineQueue: false },
      defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
    })
    this.#events = new QueueEvents(doorbellQueue, {
      prefix: queue.prefix,
      connection: bullConnection(queue),
    })
    const trouble = (error: Error) => log.debug({ err: error }, 'doorbells of recorded pictures')
    this.#queue.on('error', trouble)
    this.#events.on('error', trouble)
    this.#events.on('completed', ({ jobId, returnvalue }: { jobId: string; returnvalue: unknown }) => {
      this.#hear(jobId, answerCheck.Check(returnvalue) ? returnvalue : 'failed')
    })
    this.#events.on('failed', ({ jobId }) => this.#hear(jobId, 'failed'))
    this.#free = Array.from({ length: options.places }, (_, i) => ({
      cameraId: `recorded-${i + 1}` as CameraId,
      ...{ slot: null, sequence: 0, moved: null, rings: 0, ringId: '', heard: null },
    }))
    this.#places = new Map(this.#free.map((place) => [place.cameraId, place]))
  }

  /** Since a worker has answered, or since nobody was asked. */
  get silentMs(): number {
    const idle = this.#free.length === this.#options.places
    return idle ? 0 : performance.now() - this.#answeredMs
  }

  /** For a worker that does not share our memory; null: no frame of ours. */
  lend(cameraId: CameraId): LentFrame | null {
    const place = this.#places.get(cameraId)
    const picture = place?.slot?.picture(place.sequence) ?? null
    return place === undefined || picture === null
      ? null
      : { sequence: place.sequence, picture, moved: place.moved }
  }

  /**
   * Resolves when a worker has looked; with null when workers failed on it again and again. The picture is
   * copied before this first waits for one, once a place is free. Rejects when `signal` does.
   *
   * @param moved what is to be looked at from nearby as well
   */
  async inspect(
    picture: PlanarPicture,
    moved: PictureBox | null,
    signal: AbortSignal,
  ): Promise<PatientFound | null> {
    const place = await this.#enter()
    try {
      const slot = slotFor(place, this.#options.folder, picture)
      const sequence = ++place.sequence
      place.moved = moved
      slot.write(sequence, neverOld, picture.gbr, moved)
      for (let failures = 0; failures < mostFailures; ) {
        signal.throwIfAborted()
        const heard = await this.#ask(place, slot, signal)
        if (heard !== 'late') this.#answeredMs = performance.now()
        if (heard === 'failed') failures += 1
        else if (heard !== 'late' && heard.sequence === sequence)
          return { sure: sureFromWire(heard), doubtful: heard.doubtful.map(fromWire) }
      }
      return null
    } finally {
      place.slot?.release()
      this.#leave(place)
    }
  }

  async stop(): Promise<void> {
    await Promise.allSettled([this.#queue.close(), this.#events.close()])
    for (const { slot } of this.#places.values()) slot?.close()
  }

  async #ask(place: Place, { path, proof }: FrameSlot, signal: AbortSignal): Promise<Heard> {
    const ringId = doorbellId(place.cameraId, ++place.rings)
    const { promise, resolve } = Promise.withResolvers<Heard>()
    const giveUp = () => resolve('late')
    place.ringId = ringId
    place.heard = resolve
    const late = setTimeout(giveUp, ringAgainMs)
    signal.addEventListener('abort', giveUp)
    try {
      await this.#queue.add(
        'frame',
        { cameraId: place.cameraId, slotPath: path, slotProof: proof, platesAtRest: null },
        { jobId: ringId, priority: lastInLine },
      )
      this.#silent = false
      const heard = await promise
      if (heard === 'late') await this.#queue.remove(ringId)
      return heard
    } catch (error) {
      this.#options.log[this.#silent ? 'debug' : 'warn']({ err: error }, 'recorded pictures wait for Redis')
      this.#silent = true
      await new Promise((over) => setTimeout(over, redisAwayMs))
      return 'late'
    } finally {
      clearTimeout(late)
      signal.removeEventListener('abort', giveUp)
      place.heard = null
    }
  }

  #hear(jobId: string, heard: Heard): void {
    const place = this.#places.get(cameraOfDoorbell(jobId))
    if (place?.ringId === jobId) place.heard?.(heard)
  }

  async #enter(): Promise<Place> {
    const place = this.#free.pop()
    if (place === undefined) return new Promise((resolve) => this.#waiting.push(resolve))
    if (this.#free.length === this.#options.places - 1) this.#answeredMs = performance.now()
    return place
  }

  #leave(place: Place): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free.push(place)
    else next(place)
  }
}

function slotFor(place: Place, folder: string, picture: PlanarPicture): FrameSlot {
  const { slot } = place
  if (slot?.widthPx === picture.widthPx && slot.heightPx === picture.heightPx) return slot
  slot?.close()
  place.slot = null
  place.slot = new FrameSlot(folder, picture)
  return place.slot
}
