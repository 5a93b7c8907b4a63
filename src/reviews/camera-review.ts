import { v7 as uuidv7 } from 'uuid'
import { CameraWatch, type WatchFiring } from '../alerts/camera-watch.ts'
import { caption, drawSnapshot, takeStill } from '../alerts/snapshot.ts'
import type { Watch } from '../alerts/watches.ts'
import type { PatientFound, PatientInspector } from '../analytics/patient-inspector.ts'
import type { Detection, ObjectClass } from '../domain/detection.ts'
import { boxCentre, type PicturePoint } from '../domain/geometry.ts'
import type { CameraId, TrackId } from '../domain/ids.ts'
import type { UtcMs } from '../domain/time.ts'
import { Tracker } from '../domain/tracker.ts'
import { contains } from '../domain/zone.ts'
import type { RecordedFrame } from './recorded-frames.ts'

export interface CameraReviewOptions {
  readonly cameraId: CameraId
  readonly watches: readonly Watch[]
  readonly masks: readonly (readonly PicturePoint[])[]
  readonly inspector: Pick<PatientInspector, 'inspect'>
  readonly signal: AbortSignal
  /** What fires before it is known from an earlier attempt, or lies before the interval. */
  readonly countsFromUtcMs: UtcMs
}

export interface FoundFiring extends WatchFiring {
  readonly atUtcMs: UtcMs
  readonly jpeg: Buffer
}

/** With so many with the workers each core of a usual machine is kept busy. */
const inFlight = 4

interface Looked {
  readonly frame: RecordedFrame
  readonly found: Promise<PatientFound>
}

/** One camera's recorded frames on their way through workers, tracker and rules, as live ones go. */
export class CameraReview {
  readonly #options: CameraReviewOptions
  readonly #watch: CameraWatch
  readonly #objects = new Map<ObjectClass, Set<TrackId>>()
  #tracker: Tracker | null = null
  #size = ''
  #lastUtcMs = -Infinity
  #sequence = 0

  constructor(options: CameraReviewOptions) {
    this.#options = options
    this.#watch = new CameraWatch(options.watches)
  }

  /** Each frame when it has been inspected, with what fired in it. */
  async *run(
    frames: AsyncIterable<RecordedFrame>,
  ): AsyncGenerator<{ readonly atUtcMs: UtcMs; readonly fired: readonly FoundFiring[] }> {
    const { inspector, signal } = this.#options
    const looked: Looked[] = []
    for await (const frame of frames) {
      signal.throwIfAborted()
      const found = inspector.inspect(frame.picture, signal)
      found.catch(() => undefined)
      looked.push({ frame, found })
      if (looked.length >= inFlight) yield await this.#next(looked)
    }
    while (looked.length > 0) yield await this.#next(looked)
  }

  /** So many of each class were followed. */
  get objects(): Record<string, number> {
    return Object.fromEntries([...this.#objects].map(([name, tracks]) => [name, tracks.size]))
  }

  async #next(looked: Looked[]) {
    const [next] = looked.splice(0, 1)
    if (next === undefined) throw new Error('no frame was looked at')
    const { programmeUtcMs: atUtcMs } = next.frame
    return { atUtcMs, fired: await this.#judge(next.frame, await next.found) }
  }

  async #judge({ programmeUtcMs, picture }: RecordedFrame, found: PatientFound): Promise<FoundFiring[]> {
    const { cameraId, countsFromUtcMs } = this.#options
    const { widthPx, heightPx } = picture
    const size = `${widthPx}x${heightPx}`
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
    const fired = this.#watch.inspect({ frame, still: false, detections: sure, objects })
    if (programmeUtcMs < countsFromUtcMs) return []
    for (const { confirmed, class: name, trackId } of objects) {
      if (!confirmed) continue
      const tracks = this.#objects.get(name) ?? new Set<TrackId>()
      this.#objects.set(name, tracks.add(trackId))
    }
    return await Promise.all(fired.map((firing) => withStill(firing, { programmeUtcMs, picture })))
  }

  #unmasked(detections: readonly Detection[]): Detection[] {
    const { masks } = this.#options
    return detections.filter(({ box }) => !masks.some((mask) => contains(mask, boxCentre(box))))
  }
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
