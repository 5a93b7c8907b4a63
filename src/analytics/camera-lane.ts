import { v7 as uuidv7 } from 'uuid'
import type { FrameRef, Inspection } from '../domain/frame.ts'
import type { CameraId, TrackId } from '../domain/ids.ts'
import type { PlanarPicture } from '../domain/picture.ts'
import { frameLifeMs, platesWidthPx, RateMeter } from '../domain/sampling.ts'
import { Tracker } from '../domain/tracker.ts'
import type { StreamHandle, StreamSubscriber } from '../media/subscriber.ts'
import type { Log } from '../platform/log.ts'
import { type Answer, type Doorbell, doorbellId, fromWire, sureFromWire } from './doorbell.ts'
import type { LentFrame } from './frame-loan.ts'
import { FrameSlot } from './frame-slot.ts'
import { type SampledFrame, Sampler } from './sampler.ts'

export type InspectionListener = (inspection: Inspection, picture: PlanarPicture) => void

/** The picture is used at once or copied: the memory behind it is used again. */
export type SampleListener = (frame: FrameRef, picture: PlanarPicture) => void

export interface CameraLaneOptions {
  readonly log: Log
  readonly cameraId: CameraId
  readonly framesPerS: number
  /** Number plates are read. */
  readonly plates: boolean
  /** Where frame slots lie. */
  readonly folder: string
  readonly open: (subscriber: StreamSubscriber) => StreamHandle
  readonly ring: (doorbell: Doorbell, ringId: string) => Promise<string | null>
  readonly giveUp: (cameraId: CameraId) => Promise<void>
  /** Every frame that is sampled, before anybody looks at it. */
  readonly onSample: SampleListener
  readonly onInspection: InspectionListener
}

export interface Rates {
  readonly inspectedPerS: number
  readonly wantedPerS: number
}

/** `rung`: waits for a worker; `taken`: a worker is busy with it. */
type Bell = 'silent' | 'rung' | 'taken'

/** More than a slot holds, so that an answer always finds its frame here as long as it does there. */
const remembered = 8
/** Without a frame for so long, it is the stream that keeps analysis from working. */
const silentMs = 10_000
/** A worker may take so many times its last inspection's duration before it is given up. */
const patience = 8

/**
 * One camera on its way through analysis: from its sampler into its slot, one doorbell at a time to
 * the workers, and their answers to the tracker. The newest frame wins: while a worker is busy frames
 * are written over, so that load makes the rate drop and not the delay grow.
 */
export class CameraLane {
  readonly #options: CameraLaneOptions
  #sampler: Sampler | null = null
  #slot: FrameSlot | null = null
  #tracker: Tracker | null = null
  readonly #frames = new Map<number, FrameRef>()
  #sequence = 0
  /** Of the last frame that a worker has answered for. */
  #answered = 0
  #trackedUtcMs = 0
  #bell: Bell = 'silent'
  #rings = 0
  /** The ring that is waited for; what is heard of another one is old. */
  #ringId = ''
  #alarm: NodeJS.Timeout | null = null
  #inspectMs = 0
  readonly #wanted = new RateMeter()
  readonly #inspected = new RateMeter()

  constructor(options: CameraLaneOptions) {
    this.#options = options
  }

  get framesPerS(): number {
    return this.#options.framesPerS
  }

  get rates(): Rates {
    const nowUtcMs = Date.now()
    return { inspectedPerS: this.#inspected.perS(nowUtcMs), wantedPerS: this.#wanted.perS(nowUtcMs) }
  }

  /** If frames are not inspected, then this is why; a stable code. */
  get hindrance(): string {
    const condition = this.#sampler?.condition
    if (condition?.fault !== undefined) return condition.fault.code
    const newest = this.#frames.get(this.#sequence)
    const sampled = newest !== undefined && Date.now() - newest.arrivedUtcMs < silentMs
    return sampled ? 'analysis-overload' : 'stream-starting'
  }

  /** Begins to sample; already doing so is fine. */
  wake(): void {
    const { log, framesPerS, plates, open } = this.#options
    this.#sampler ??= new Sampler({
      ...{ log, framesPerS, open },
      ...(plates && { mostWidthPx: platesWidthPx }),
      onFrame: (frame) => this.#keep(frame),
    })
  }

  async rest(): Promise<void> {
    const sampler = this.#sampler
    this.#sampler = null
    await sampler?.stop()
  }

  async stop(): Promise<void> {
    this.#hush()
    await this.rest()
    this.#slot?.close()
    this.#slot = null
  }

  /** For a worker that does not share our memory. */
  lend(): LentFrame | null {
    const picture = this.#slot?.picture(this.#sequence) ?? null
    if (picture === null || this.#isOld(this.#sequence)) return null
    this.#slot?.take(this.#sequence)
    return { sequence: this.#sequence, picture }
  }

  taken(ringId: string): void {
    if (this.#bell !== 'rung' || ringId !== this.#ringId) return
    this.#bell = 'taken'
    this.#setAlarm(Math.max(frameLifeMs, patience * this.#inspectMs))
  }

  answered(ringId: string, answer: Answer): void {
    const { sequence, inspectMs } = answer
    if (sequence !== null && sequence > this.#answered && sequence <= this.#sequence) {
      this.#answered = sequence
      this.#inspectMs = inspectMs
      this.#inspect(sequence, answer)
    }
    this.#freed(ringId, sequence !== null)
  }

  failed(ringId: string): void {
    this.#freed(ringId, false)
  }

  #keep(frame: SampledFrame): void {
    const { cameraId, log } = this.#options
    const { widthPx, heightPx, programmeUtcMs, arrivedUtcMs } = frame
    this.#wanted.add(Date.now())
    const sequence = this.#sequence + 1
    try {
      this.#slotFor(frame).write(sequence, arrivedUtcMs, frame.gbr)
    } catch (error) {
      log.error({ err: error, cameraId }, 'no room for a frame')
      return
    }
    this.#sequence = sequence
    const ref = { cameraId, sequence, widthPx, heightPx, programmeUtcMs, arrivedUtcMs }
    this.#frames.set(sequence, ref)
    this.#frames.delete(sequence - remembered)
    this.#options.onSample(ref, { widthPx, heightPx, gbr: frame.gbr })
    if (this.#bell === 'silent') this.#ring()
  }

  #slotFor(frame: SampledFrame): FrameSlot {
    const slot = this.#slot
    if (slot?.widthPx === frame.widthPx && slot.heightPx === frame.heightPx) return slot
    slot?.close()
    this.#slot = null
    this.#frames.clear()
    this.#slot = new FrameSlot(this.#options.folder, frame)
    this.#tracker = null
    return this.#slot
  }

  #ring(): void {
    const slot = this.#slot
    if (slot === null) return
    this.#bell = 'rung'
    // Rung again when nobody took it for a while: it may be lost. If it only waits, nothing is added.
    this.#setAlarm(frameLifeMs)
    const { cameraId, plates, ring } = this.#options
    const ringId = doorbellId(cameraId, ++this.#rings)
    this.#ringId = ringId
    const platesAtRest = plates ? (this.#tracker?.platesAtRest(this.#trackedUtcMs) ?? []) : null
    const doorbell = { cameraId, slotPath: slot.path, slotProof: slot.proof, platesAtRest }
    void ring(doorbell, ringId).then((standing) => {
      if (this.#ringId !== ringId) return
      if (standing === null) this.#hush()
      else this.#ringId = standing
    })
  }

  #setAlarm(ms: number): void {
    if (this.#alarm !== null) clearTimeout(this.#alarm)
    this.#alarm = setTimeout(() => void this.#overdue(), ms)
  }

  async #overdue(): Promise<void> {
    const { cameraId, log, giveUp } = this.#options
    if (this.#bell === 'taken') {
      log.warn({ cameraId }, 'a worker took a frame and did not answer')
      await giveUp(cameraId)
    }
    this.#hush()
    if (!this.#isOld(this.#sequence)) this.#ring()
  }

  #freed(ringId: string, ringAgain: boolean): void {
    if (ringId !== this.#ringId) return
    this.#slot?.release()
    this.#hush()
    if (ringAgain && this.#sequence > this.#answered) this.#ring()
  }

  #hush(): void {
    if (this.#alarm !== null) clearTimeout(this.#alarm)
    this.#alarm = null
    this.#bell = 'silent'
    this.#ringId = ''
  }

  #isOld(sequence: number): boolean {
    const frame = this.#frames.get(sequence)
    return frame === undefined || Date.now() - frame.arrivedUtcMs > frameLifeMs
  }

  #inspect(sequence: number, answer: Answer): void {
    const frame = this.#frames.get(sequence)
    const picture = this.#slot?.picture(sequence) ?? null
    if (frame === undefined || picture === null) return
    // A tracker's time must not go back; after such a jump nothing can be said about what was before.
    if (this.#tracker === null || frame.programmeUtcMs < this.#trackedUtcMs) {
      const makeId = () => uuidv7() as TrackId
      this.#tracker = new Tracker({ aspect: frame.widthPx / frame.heightPx, makeId })
    }
    this.#trackedUtcMs = frame.programmeUtcMs
    const detections = sureFromWire(answer)
    const objects = this.#tracker.update(detections, answer.doubtful.map(fromWire), frame.programmeUtcMs)
    this.#inspected.add(Date.now())
    this.#options.onInspection({ frame, still: false, detections, objects }, picture)
  }
}
