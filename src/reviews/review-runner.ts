import type { Selectable } from 'kysely'
import type { PatientInspector } from '../analytics/patient-inspector.ts'
import { readView } from '../analytics/reference-store.ts'
import { type Backoff, backoffMs } from '../domain/backoff.ts'
import { GatewayError } from '../domain/errors.ts'
import type { FootageSegment } from '../domain/footage.ts'
import type { CameraId } from '../domain/ids.ts'
import type { UtcMs } from '../domain/time.ts'
import type { FootageStore } from '../media/playback/footage-store.ts'
import type { Db } from '../platform/database.ts'
import type { Log } from '../platform/log.ts'
import type { ReviewCameraTable, ReviewTable } from '../platform/review-tables.ts'
import { CameraReview } from './camera-review.ts'
import { recordedFrames } from './recorded-frames.ts'
import { findingRow, ReviewNotes } from './review-notes.ts'
import type { Progress } from './review-store.ts'

export interface ReviewRunnerOptions {
  readonly db: Db
  readonly log: Log
  readonly footage: Pick<FootageStore, 'between' | 'open'>
  readonly inspector: Pick<PatientInspector, 'inspect' | 'silentMs'>
}

/** What is found is written down so often: a gateway that is killed does so much again. */
const checkpointMs = 2_000
/** Looked at before the interval, so that objects are known when it begins. */
const warmUpMs = 10_000
/** A camera that raises more is not reviewed any further: nobody looks at them, and stills take room. */
const mostFindings = 2_000
const keptMs = 30 * 86_400_000
const tidyEveryMs = 3600_000
const silentLongMs = 15_000
const retry: Backoff = { firstMs: 500, longestMs: 15_000 }

type CameraRow = Selectable<ReviewCameraTable>
type ReviewRow = Selectable<ReviewTable>

interface Running {
  readonly reviewId: string
  readonly abort: AbortController
  readonly sinceMs: number
  readonly workedBeforeMs: number
  inspectedMs: number
}

/**
 * Does the reviews one after another, the oldest first and its cameras in turn. What has been found so far
 * stands in the database: a review that is cancelled keeps it, and after a restart goes on behind it.
 */
export class ReviewRunner {
  readonly #options: ReviewRunnerOptions
  readonly #log: Log
  readonly #stop = new AbortController()
  #running: Running | null = null
  #wake: () => void = () => undefined
  #woken = false
  #work: Promise<void> | null = null
  #tidiedMs = -Infinity

  constructor(options: ReviewRunnerOptions) {
    this.#options = options
    this.#log = options.log.child({ part: 'reviews' })
  }

  start(): void {
    this.#work = this.#run()
  }

  /** There is a new review. */
  wake(): void {
    this.#woken = true
    this.#wake()
  }

  progressOf(reviewId: string): Progress | null {
    const running = this.#running
    if (running?.reviewId !== reviewId) return null
    return {
      workedMs: performance.now() - running.sinceMs,
      inspectedMs: running.inspectedMs,
      hindrance: this.#options.inspector.silentMs > silentLongMs ? 'review-waits-for-workers' : null,
    }
  }

  /** What it has found stays; one that has ended is left as it is. */
  async cancel(reviewId: string): Promise<void> {
    await this.#options.db
      .updateTable('reviews')
      .set({ state: 'cancelled', ended_at: new Date() })
      .where('id', '=', reviewId)
      .where('state', 'in', ['waiting', 'running'])
      .execute()
    this.dropped(reviewId)
  }

  /** It is cancelled or gone. */
  dropped(reviewId: string): void {
    if (this.#running?.reviewId === reviewId) this.#running.abort.abort()
  }

  /** A review that is under way goes on when the gateway is started again. */
  async stop(): Promise<void> {
    this.#stop.abort()
    this.#running?.abort.abort()
    this.wake()
    await this.#work
  }

  async #run(): Promise<void> {
    let failures = 0
    while (!this.#stop.signal.aborted) {
      try {
        await this.#tidy()
        const review = await this.#next()
        failures = 0
        if (review === undefined) await this.#pause(tidyEveryMs)
        else await this.#do(review)
      } catch (error) {
        failures += 1
        this.#log.warn({ err: error }, 'reviews do not go on; trying again')
        await this.#pause(backoffMs(retry, failures, Math.random()))
      }
    }
  }

  async #next(): Promise<ReviewRow | undefined> {
    return await this.#options.db
      .selectFrom('reviews')
      .selectAll()
      .where('state', 'in', ['waiting', 'running'])
      .orderBy('state')
      .orderBy('id')
      .limit(1)
      .executeTakeFirst()
  }

  async #do(review: ReviewRow): Promise<void> {
    const { db } = this.#options
    const abort = new AbortController()
    const running: Running = {
      reviewId: review.id,
      abort,
      sinceMs: performance.now(),
      workedBeforeMs: review.worked_ms,
      inspectedMs: 0,
    }
    this.#running = running
    try {
      await db
        .updateTable('reviews')
        .set({ state: 'running', started_at: review.started_at ?? new Date() })
        .where('id', '=', review.id)
        .where('state', 'in', ['waiting', 'running'])
        .execute()
      const cameras = await db
        .selectFrom('review_cameras')
        .selectAll()
        .where('review_id', '=', review.id)
        .orderBy('place')
        .execute()
      const left = cameras.filter(({ outcome }) => outcome === null)
      for (const camera of left) await this.#measureFootage(review, camera)
      for (const camera of left) {
        if (!abort.signal.aborted) await this.#review(review, camera, running)
      }
      if (!abort.signal.aborted) await this.#end(review.id)
    } finally {
      this.#running = null
    }
  }

  /** Of all cameras at the beginning: without it nobody could say how long the whole will take. */
  async #measureFootage(review: ReviewRow, { camera_id }: CameraRow): Promise<void> {
    const [fromUtcMs, toUtcMs] = [review.from_at.getTime(), review.to_at.getTime()]
    const footageMs = (await this.#segments(camera_id, fromUtcMs, toUtcMs)).reduce(
      (sum, { startUtcMs, endUtcMs }) =>
        sum + Math.max(0, Math.min(endUtcMs, toUtcMs) - Math.max(startUtcMs, fromUtcMs)),
      0,
    )
    await this.#options.db
      .updateTable('review_cameras')
      .set({ footage_ms: Math.round(footageMs) })
      .where('review_id', '=', review.id)
      .where('camera_id', '=', camera_id)
      .execute()
  }

  /** None where nothing was recorded, or the camera is gone with all that was. */
  async #segments(cameraId: string, fromUtcMs: UtcMs, toUtcMs: UtcMs): Promise<FootageSegment[]> {
    try {
      return await this.#options.footage.between(cameraId as CameraId, fromUtcMs, toUtcMs)
    } catch (error) {
      if (error instanceof GatewayError && error.kind === 'not-found') return []
      throw error
    }
  }

  async #review(review: ReviewRow, camera: CameraRow, running: Running): Promise<void> {
    const { footage, inspector } = this.#options
    const cameraId = camera.camera_id as CameraId
    const { signal } = running.abort
    const countsFromUtcMs = camera.reached_at?.getTime() ?? review.from_at.getTime()
    const fromUtcMs = countsFromUtcMs - warmUpMs
    const toUtcMs = review.to_at.getTime()
    const segments = await this.#segments(cameraId, fromUtcMs, toUtcMs)
    if (!segments.some(({ endUtcMs }) => endUtcMs > countsFromUtcMs)) {
      await this.#options.db
        .updateTable('review_cameras')
        .set({ outcome: camera.reached_at === null ? 'footage-none' : 'done' })
        .where('review_id', '=', review.id)
        .where('camera_id', '=', cameraId)
        .execute()
      return
    }
    let trouble: string | null = null
    const frames = recordedFrames({
      ...{ footage, segments, fromUtcMs, toUtcMs, framesPerS: camera.frames_per_s },
      onTrouble: (error) => {
        trouble = error instanceof GatewayError ? error.code : 'frame-undecodable'
        this.#log.warn({ err: error, cameraId, reviewId: review.id }, 'a part of a recording is not reviewed')
      },
    })
    const reference = await readView(this.#options.db, cameraId)
    const work = new CameraReview({
      ...{ cameraId, inspector, signal, countsFromUtcMs },
      ...{ watches: camera.watches, masks: camera.masks, motionGate: camera.motion_gate },
      reference: reference?.view ?? null,
    })
    const notes = new ReviewNotes(camera, work, countsFromUtcMs, (inspectedMs) => {
      running.inspectedMs += inspectedMs
    })
    let writtenMs = performance.now()
    try {
      for await (const frame of work.run(frames)) {
        notes.add(frame)
        if (performance.now() - writtenMs < checkpointMs) continue
        await this.#checkpoint(review.id, camera.camera_id, notes, null, running)
        writtenMs = performance.now()
        if (notes.findings >= mostFindings) {
          trouble = 'too-many-findings'
          break
        }
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
    const outcome = signal.aborted ? null : (trouble ?? 'done')
    await this.#checkpoint(review.id, camera.camera_id, notes, outcome, running)
  }

  /** All or nothing: what has been reached, and what was found until there. */
  async #checkpoint(
    reviewId: string,
    cameraId: string,
    notes: ReviewNotes,
    outcome: string | null,
    running: Running,
  ): Promise<void> {
    const { found, state } = notes.take()
    await this.#options.db.transaction().execute(async (transaction) => {
      const { numUpdatedRows } = await transaction
        .updateTable('reviews')
        .set({ worked_ms: Math.round(running.workedBeforeMs + performance.now() - running.sinceMs) })
        .where('id', '=', reviewId)
        .executeTakeFirst()
      // Removed meanwhile, with all that was found.
      if (numUpdatedRows === 0n) return
      await transaction
        .updateTable('review_cameras')
        .set({ ...state, ...(outcome !== null && { outcome }) })
        .where('review_id', '=', reviewId)
        .where('camera_id', '=', cameraId)
        .execute()
      if (found.length === 0) return
      await transaction
        .insertInto('review_findings')
        .values(found.map((firing) => findingRow(reviewId, firing)))
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    })
  }

  /** Done, unless nothing at all could be inspected. */
  async #end(reviewId: string): Promise<void> {
    const { db } = this.#options
    const cameras = await db
      .selectFrom('review_cameras')
      .select(['outcome', 'inspected_ms'])
      .where('review_id', '=', reviewId)
      .orderBy('place')
      .execute()
    const failed = cameras.every(({ inspected_ms }) => inspected_ms === 0)
    await db
      .updateTable('reviews')
      .set({
        state: failed ? 'failed' : 'done',
        reason: failed ? (cameras[0]?.outcome ?? 'footage-none') : null,
        ended_at: new Date(),
      })
      .where('id', '=', reviewId)
      .where('state', '=', 'running')
      .execute()
  }

  async #tidy(): Promise<void> {
    if (performance.now() - this.#tidiedMs < tidyEveryMs) return
    await this.#options.db
      .deleteFrom('reviews')
      .where('created_at', '<', new Date(Date.now() - keptMs))
      .where('state', 'not in', ['waiting', 'running'])
      .execute()
    this.#tidiedMs = performance.now()
  }

  async #pause(ms: number): Promise<void> {
    if (!this.#woken) await this.#sleep(ms)
    this.#woken = false
  }

  async #sleep(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
