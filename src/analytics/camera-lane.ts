import { v7 as uuidv7 } from 'uuid'
import type { AnalysisSettings } from '../contract/cameras.ts'
import { sampleRate } from '../domain/attention.ts'
import type { Detection } from '../domain/detection.ts'
import type { FrameRef, Inspection } from '../domain/frame.ts'
import { boxCentre, type PictureBox } from '../domain/geometry.ts'
import type { TrackId } from '../domain/ids.ts'
import { type Cells, MotionGate } from '../domain/motion-gate.ts'
import type { PlanarPicture } from '../domain/picture.ts'
import { frameLifeMs, platesWidthPx, RateMeter } from '../domain/sampling.ts'
import { Tracker } from '../domain/tracker.ts'
import { contains } from '../domain/zone.ts'
import type { StreamHandle, StreamSubscriber } from '../media/subscriber.ts'
import { CameraBell, type CameraBellOptions } from './camera-bell.ts'
import { type Answer, fromWire, sureFromWire } from './doorbell.ts'
import type { LentFrame } from './frame-loan.ts'
import { FrameSlot } from './frame-slot.ts'
import { type SampledFrame, Sampler } from './sampler.ts'

export type InspectionListener = (inspection: Inspection, picture: PlanarPicture) => void
/** The picture is used at once or copied: the memory behind it is used again. */
export type SampleListener = (frame: FrameRef, picture: PlanarPicture) => void

export interface CameraLaneOptions extends Pick<CameraBellOptions, 'log' | 'cameraId' | 'ring' | 'giveUp'> {
  readonly settings: AnalysisSettings
  /** Where frame slots lie. */
  readonly folder: string
  /** Do other cameras wait for the workers? */
  readonly crowded: () => boolean
  readonly open: (subscriber: StreamSubscriber) => StreamHandle
  /** Every frame that is sampled, before anybody looks at it. */
  readonly onSample: SampleListener
  readonly onInspection: InspectionListener
}

export interface Rates {
  readonly inspectedPerS: number
  readonly wantedPerS: number
}

/** A frame that waits for a worker, or is with one. */
interface Pending {
  readonly frame: FrameRef
  /** Null: without a gate nothing is compared. */
  readonly cells: Cells | null
  /** Where it is worth a look from nearby. */
  readonly moved: PictureBox | null
}

/** What was found in the picture that was looked at last. */
interface Found {
  readonly sure: readonly Detection[]
  readonly doubtful: readonly Detection[]
  readonly lookedMs: number
}

/** More than a slot holds, so that an answer always finds its frame here as long as it does there. */
const remembered = 8
/** Without a frame for so long, it is the stream that keeps analysis from working. */
const silentMs = 10_000
/** After a change, pictures are looked at for a while even if they are still: a detector may miss once. */
export const settleMs = 1_000
/** And once in a while in any case. */
export const refreshMs = 10_000

/**
 * One camera on its way through analysis: from its sampler past the motion gate into its slot, one doorbell
 * at a time to the workers, and their answers to the tracker. The newest frame wins: while a worker is busy
 * frames are written over, so that load makes the rate drop and not the delay grow.
 */
export class CameraLane {
  readonly #options: CameraLaneOptions
  readonly #bell: CameraBell
  #sampler: Sampler | null = null
  #slot: FrameSlot | null = null
  #gate: MotionGate | null = null
  #tracker: Tracker | null = null
  readonly #pending = new Map<number, Pending>()
  #found: Found | null = null
  #sequence = 0
  /** Of the last frame that was inspected. */
  #inspected = 0
  #trackedUtcMs = 0
  #arrivedUtcMs = Number.NEGATIVE_INFINITY
  /** By the machine's clock that never goes back. */
  #movedMs = Number.NEGATIVE_INFINITY
  #overloaded = false
  #wishedPerS: number
  readonly #sampledRate = new RateMeter()
  readonly #inspectedRate = new RateMeter()

  constructor(options: CameraLaneOptions) {
    this.#options = options
    this.#wishedPerS = options.settings.framesPerS
    this.#bell = new CameraBell({
      ...options,
      onOverdue: () => {
        if (!this.#isOld(this.#sequence)) this.#ring()
      },
    })
  }

  get rates(): Rates {
    const nowUtcMs = Date.now()
    const sampledPerS = this.#sampledRate.perS(nowUtcMs)
    return {
      inspectedPerS: this.#inspectedRate.perS(nowUtcMs),
      // Frames that were not even sampled, because nobody had time for them, were wanted all the same.
      wantedPerS: this.#overloaded && sampledPerS > 0 ? Math.max(sampledPerS, this.#wishedPerS) : sampledPerS,
    }
  }

  /** If frames are not inspected, then this is why; a stable code. */
  get hindrance(): string {
    const fault = this.#sampler?.condition?.fault
    if (fault !== undefined) return fault.code
    return Date.now() - this.#arrivedUtcMs < silentMs ? 'analysis-overload' : 'stream-starting'
  }

  /** A frame of it waits for a worker. */
  get waits(): boolean {
    return this.#bell.waits
  }

  /** How old the frame is that waits longest for a worker; 0: none waits. */
  get waitingMs(): number {
    if (this.#bell.silent) return 0
    const waiting = this.#pending.get(this.#sequence)
    return waiting === undefined ? 0 : Math.max(0, Date.now() - waiting.frame.arrivedUtcMs)
  }

  /** Begins to sample; already doing so is fine. */
  wake(): void {
    const { log, open, settings, folder } = this.#options
    this.#sampler ??= new Sampler({
      ...{ log, framesPerS: settings.framesPerS, open, folder },
      ...(settings.plates && { mostWidthPx: platesWidthPx }),
      onFrame: (frame) => this.#keep(frame),
      onStir: () => this.#stirred(),
    })
  }

  async rest(): Promise<void> {
    const sampler = this.#sampler
    this.#sampler = null
    await sampler?.stop()
  }

  async stop(): Promise<void> {
    this.#bell.hush()
    await this.rest()
    this.#slot?.close()
    this.#slot = null
  }

  /** For a worker that does not share our memory. */
  lend(): LentFrame | null {
    const picture = this.#slot?.picture(this.#sequence) ?? null
    if (picture === null || this.#isOld(this.#sequence)) return null
    this.#slot?.take(this.#sequence)
    return { sequence: this.#sequence, picture, moved: this.#pending.get(this.#sequence)?.moved ?? null }
  }

  taken(ringId: string): void {
    this.#bell.taken(ringId)
  }

  answered(ringId: string, answer: Answer): void {
    const { sequence, inspectMs } = answer
    const pending = sequence === null ? undefined : this.#pending.get(sequence)
    if (pending !== undefined && pending.frame.sequence > this.#inspected) {
      this.#bell.took(inspectMs)
      this.#learn(pending, answer)
    }
    if (this.#bell.over(ringId)) this.#freed(sequence !== null)
  }

  failed(ringId: string): void {
    if (this.#bell.over(ringId)) this.#freed(false)
  }

  #keep({ widthPx, heightPx, programmeUtcMs, arrivedUtcMs, gbr }: SampledFrame): void {
    const { cameraId, log, onSample } = this.#options
    const picture = { widthPx, heightPx, gbr }
    this.#sampledRate.add(Date.now())
    this.#arrivedUtcMs = Math.max(this.#arrivedUtcMs, arrivedUtcMs)
    const sequence = ++this.#sequence
    const frame = { cameraId, sequence, widthPx, heightPx, programmeUtcMs, arrivedUtcMs }
    onSample(frame, picture)
    try {
      this.#prepareFor(picture)
      const cells = this.#gate?.cells(picture) ?? null
      const motion = cells === null ? null : (this.#gate?.look(cells) ?? null)
      if (motion === null || motion.changed) this.#movedMs = performance.now()
      this.#setRate()
      if (this.#bell.silent && !this.#wantsLook()) {
        this.#repeat(frame, picture)
        return
      }
      // A look from nearby takes as long again: only while nobody waits for it.
      const moved = this.#options.crowded() ? null : (motion?.region ?? null)
      this.#slot?.write(sequence, arrivedUtcMs, gbr, moved)
      this.#pending.set(sequence, { frame, cells, moved })
      this.#pending.delete(sequence - remembered)
    } catch (error) {
      log.error({ err: error, cameraId }, 'no room for a frame')
      return
    }
    if (this.#bell.silent) this.#ring()
  }

  #prepareFor(picture: PlanarPicture): void {
    const slot = this.#slot
    if (slot?.widthPx === picture.widthPx && slot.heightPx === picture.heightPx) return
    const { folder, settings } = this.#options
    slot?.close()
    this.#slot = null
    this.#pending.clear()
    this.#found = null
    this.#tracker = null
    this.#gate = settings.motionGate ? new MotionGate(picture, settings.masks) : null
    this.#slot = new FrameSlot(folder, picture)
  }

  /** Is there anything to be found that is not known? */
  #wantsLook(): boolean {
    const nowMs = performance.now()
    const looked = this.#found?.lookedMs ?? Number.NEGATIVE_INFINITY
    return this.#gate === null || nowMs - this.#movedMs < settleMs || nowMs - looked > refreshMs
  }

  #stirred(): void {
    this.#movedMs = performance.now()
    this.#setRate()
  }

  #setRate(): void {
    const nowUtcMs = Date.now()
    const sampledPerS = this.#sampledRate.perS(nowUtcMs)
    const inspectedPerS = this.#inspectedRate.perS(nowUtcMs)
    const rate = sampleRate({
      framesPerS: this.#options.settings.framesPerS,
      gated: this.#gate !== null,
      stillMs: performance.now() - this.#movedMs,
      telling: this.#sampler?.telling ?? false,
      inspectedShare: sampledPerS === 0 ? 1 : inspectedPerS / sampledPerS,
      inspectedPerS,
      crowded: this.#options.crowded(),
      overloaded: this.#overloaded,
    })
    this.#overloaded = rate.overloaded
    this.#wishedPerS = rate.wishedPerS
    if (this.#sampler !== null) this.#sampler.rate = rate.framesPerS
  }

  #ring(): void {
    const { cameraId, settings } = this.#options
    const slot = this.#slot
    if (slot === null) return
    const platesAtRest = settings.plates ? (this.#tracker?.platesAtRest(this.#trackedUtcMs) ?? []) : null
    this.#bell.ring({ cameraId, slotPath: slot.path, slotProof: slot.proof, platesAtRest })
  }

  /** The worker is done, with a frame or for nothing. */
  #freed(ringAgain: boolean): void {
    this.#slot?.release()
    if (!ringAgain || this.#sequence <= this.#inspected) return
    const pending = this.#pending.get(this.#sequence)
    const picture = this.#slot?.picture(this.#sequence) ?? null
    if (pending === undefined || picture === null) return
    // What came while the worker was busy may show nothing but what it has just seen.
    if (pending.cells !== null && this.#gate?.differs(pending.cells).changed === true) {
      this.#movedMs = performance.now()
    }
    if (this.#wantsLook()) this.#ring()
    else this.#repeat(pending.frame, picture)
  }

  #isOld(sequence: number): boolean {
    const pending = this.#pending.get(sequence)
    return pending === undefined || Date.now() - pending.frame.arrivedUtcMs > frameLifeMs
  }

  #learn({ frame, cells }: Pending, answer: Answer): void {
    const picture = this.#slot?.picture(frame.sequence) ?? null
    if (picture === null) return
    const ofInterest = ({ box }: Detection) =>
      !this.#options.settings.masks.some((mask) => contains(mask, boxCentre(box)))
    this.#found = {
      sure: sureFromWire(answer).filter(ofInterest),
      doubtful: answer.doubtful.map(fromWire).filter(ofInterest),
      lookedMs: performance.now(),
    }
    if (cells !== null) this.#gate?.know(cells)
    this.#handOn(frame, picture, this.#found, false)
  }

  #repeat(frame: FrameRef, picture: PlanarPicture): void {
    if (this.#found === null) return
    // Colours and plates were judged once: a picture that nobody looked at has no vote on them.
    const sure = this.#found.sure.map(({ class: name, score, box }) => ({ class: name, score, box }))
    this.#handOn(frame, picture, { ...this.#found, sure }, true)
  }

  #handOn(frame: FrameRef, picture: PlanarPicture, { sure, doubtful }: Found, still: boolean): void {
    this.#inspected = frame.sequence
    // A tracker's time must not go back; after such a jump nothing can be said about what was before.
    if (this.#tracker === null || frame.programmeUtcMs < this.#trackedUtcMs) {
      const makeId = () => uuidv7() as TrackId
      this.#tracker = new Tracker({ aspect: frame.widthPx / frame.heightPx, makeId })
    }
    this.#trackedUtcMs = frame.programmeUtcMs
    const objects = this.#tracker.update(sure, doubtful, frame.programmeUtcMs)
    this.#inspectedRate.add(Date.now())
    this.#options.onInspection({ frame, still, detections: sure, objects }, picture)
  }
}
