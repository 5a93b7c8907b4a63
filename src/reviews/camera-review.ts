import { v7 as uuidv7 } from 'uuid'
import { CameraWatch, type WatchFiring } from '../alerts/camera-watch.ts'
import { PictureRules } from '../alerts/picture-rules.ts'
import { caption, drawSnapshot, takeStill } from '../alerts/snapshot.ts'
import type { Watch } from '../alerts/watches.ts'
import { refreshMs, settleMs } from '../analytics/camera-lane.ts'
import type { PatientFound, PatientInspector } from '../analytics/patient-inspector.ts'
import type { Detection, ObjectClass } from '../domain/detection.ts'
import { boxCentre, type PicturePoint } from '../domain/geometry.ts'
import type { CameraId, TrackId } from '../domain/ids.ts'
import { MotionGate } from '../domain/motion-gate.ts'
import type { PlanarPicture } from '../domain/picture.ts'
import { comparePicture, keepEarlier, measureView, type View } from '../domain/picture-quality.ts'
import type { UtcMs } from '../domain/time.ts'
import { Tracker } from '../domain/tracker.ts'
import { contains } from '../domain/zone.ts'
import type { RecordedFrame } from './recorded-frames.ts'

export interface CameraReviewOptions {
  readonly cameraId: CameraId
  readonly watches: readonly Watch[]
  readonly masks: readonly (readonly PicturePoint[])[]
  /** As with live pictures: what shows nothing new is not looked at, what was found there stands. */
  readonly motionGate: boolean
  /** What the camera should see, for rules on the picture; null: it is not known. */
  readonly reference: View | null
  readonly inspector: Pick<PatientInspector, 'inspect'>
  readonly signal: AbortSignal
  /** What fires before it is known from an earlier attempt, or lies before the interval. */
  readonly countsFromUtcMs: UtcMs
}

export interface ReviewedFrame {
  readonly atUtcMs: UtcMs
  /** False: the workers failed on it. */
  readonly inspected: boolean
  readonly fired: readonly FoundFiring[]
}

export interface FoundFiring extends WatchFiring {
  readonly atUtcMs: UtcMs
  readonly jpeg: Buffer
}

/** With so many with the workers each core of a usual machine is kept busy. */
const inFlight = 4
/** Pictures are measured so often live. */
const measureEveryMs = 1_000
const nothing: PatientFound = { sure: [], doubtful: [] }

interface Looked {
  readonly frame: RecordedFrame
  readonly found: Promise<PatientFound | null>
  readonly still: boolean
}

/** One camera's recorded frames on their way through workers, tracker and rules, as live ones go. */
export class CameraReview {
  readonly #options: CameraReviewOptions
  readonly #watch: CameraWatch
  readonly #pictureRules = new PictureRules()
  /** Without rules on objects nobody needs to look for any. */
  readonly #findsObjects: boolean
  #earlier: readonly View[] = []
  #measuredUtcMs = -Infinity
  readonly #objects = new Map<ObjectClass, Set<TrackId>>()
  #tracker: Tracker | null = null
  #size = ''
  #gate: MotionGate | null = null
  #gateSize = ''
  #movedUtcMs = -Infinity
  #looked: { readonly found: Promise<PatientFound | null>; readonly atUtcMs: UtcMs } | null = null
  #lastUtcMs = -Infinity
  #sequence = 0

  constructor(options: CameraReviewOptions) {
    this.#options = options
    this.#watch = new CameraWatch(options.watches)
    this.#pictureRules.change(options.watches)
    this.#findsObjects = options.watches.some(({ zone }) => zone !== null)
  }

  /** Each frame when it has been inspected, with what fired in it. */
  async *run(frames: AsyncIterable<RecordedFrame>): AsyncGenerator<ReviewedFrame> {
    const looked: Looked[] = []
    for await (const frame of frames) {
      this.#options.signal.throwIfAborted()
      looked.push(this.#look(frame))
      if (looked.length >= inFlight) yield await this.#next(looked)
    }
    while (looked.length > 0) yield await this.#next(looked)
  }

  /** So many of each class were followed. */
  get objects(): Record<string, number> {
    return Object.fromEntries([...this.#objects].map(([name, tracks]) => [name, tracks.size]))
  }

  #look(frame: RecordedFrame): Looked {
    const { inspector, signal, masks, motionGate } = this.#options
    const { picture, programmeUtcMs: atUtcMs } = frame
    if (!this.#findsObjects) return { frame, found: Promise.resolve(nothing), still: false }
    const size = sizeOf(picture)
    if (size !== this.#gateSize) {
      this.#gate = motionGate ? new MotionGate(picture, masks) : null
      this.#gateSize = size
      this.#looked = null
    }
    const cells = this.#gate?.cells(picture) ?? null
    const motion = cells === null ? null : (this.#gate?.look(cells) ?? null)
    if (motion === null || motion.changed) this.#movedUtcMs = atUtcMs
    const before = this.#looked
    const settled = atUtcMs - this.#movedUtcMs >= settleMs
    if (before !== null && settled && atUtcMs - before.atUtcMs <= refreshMs)
      return { frame, found: before.found, still: true }
    const found = inspector.inspect(picture, motion?.region ?? null, signal)
    // Whoever waits for it hears of it; nobody may before it is its turn.
    found.catch(() => undefined)
    // Unlike live it is certain to be looked at: what comes next is held against it at once.
    if (cells !== null) this.#gate?.know(cells)
    this.#looked = { found, atUtcMs }
    return { frame, found, still: false }
  }

  async #next(looked: Looked[]): Promise<ReviewedFrame> {
    const [next] = looked.splice(0, 1)
    if (next === undefined) throw new Error('no frame was looked at')
    const { programmeUtcMs: atUtcMs } = next.frame
    const found = await next.found
    if (found === null) return { atUtcMs, inspected: false, fired: [] }
    return { atUtcMs, inspected: true, fired: await this.#judge(next.frame, found, next.still) }
  }

  async #judge(
    { programmeUtcMs, picture }: RecordedFrame,
    found: PatientFound,
    still: boolean,
  ): Promise<FoundFiring[]> {
    const { cameraId, countsFromUtcMs } = this.#options
    const { widthPx, heightPx } = picture
    const size = sizeOf(picture)
    // As live: a tracker's time must not go back, and another picture is another view.
    if (this.#tracker === null || size !== this.#size || programmeUtcMs < this.#lastUtcMs) {
      this.#tracker = new Tracker({ aspect: widthPx / heightPx, makeId: () => uuidv7() as TrackId })
    }
    this.#size = size
    this.#lastUtcMs = programmeUtcMs
    const [sure, doubtful] = [this.#unmasked(found.sure), this.#unmasked(found.doubtful)]
    const objects = this.#tracker.update(sure, doubtful, programmeUtcMs)
    const sequence = ++this.#sequence
    const frame = { cameraId, sequence, widthPx, heightPx, programmeUtcMs, arrivedUtcMs: programmeUtcMs }
    const fired = [
      ...this.#watch.inspect({ frame, still, detections: sure, objects }),
      ...this.#measure(picture, programmeUtcMs),
    ]
    if (programmeUtcMs < countsFromUtcMs) return []
    for (const { confirmed, class: name, trackId } of objects) {
      if (!confirmed) continue
      const tracks = this.#objects.get(name) ?? new Set<TrackId>()
      this.#objects.set(name, tracks.add(trackId))
    }
    return await Promise.all(fired.map((firing) => withStill(firing, { programmeUtcMs, picture })))
  }

  #measure(picture: PlanarPicture, atUtcMs: UtcMs): WatchFiring[] {
    if (!this.#pictureRules.wantsMeasures || atUtcMs - this.#measuredUtcMs < measureEveryMs) return []
    this.#measuredUtcMs = atUtcMs
    const view = measureView(picture)
    const measures = comparePicture(view, this.#options.reference, this.#earlier)
    this.#earlier = keepEarlier(this.#earlier, view, measures)
    return this.#pictureRules.measured(measures, atUtcMs)
  }

  #unmasked(detections: readonly Detection[]): Detection[] {
    const { masks } = this.#options
    return detections.filter(({ box }) => !masks.some((mask) => contains(mask, boxCentre(box))))
  }
}

function sizeOf({ widthPx, heightPx }: PlanarPicture): string {
  return `${widthPx}x${heightPx}`
}

async function withStill(
  found: WatchFiring,
  { programmeUtcMs, picture }: RecordedFrame,
): Promise<FoundFiring> {
  const { firing, rule, zone } = found
  const text = caption(firing.class ?? rule.kind, firing.score, programmeUtcMs)
  const jpeg = await drawSnapshot(takeStill(picture), { zone, box: firing.box, caption: text })
  return { ...found, atUtcMs: programmeUtcMs, jpeg }
}
