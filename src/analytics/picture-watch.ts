import type { FrameRef } from '../domain/frame.ts'
import type { CameraId } from '../domain/ids.ts'
import type { PlanarPicture } from '../domain/picture.ts'
import {
  blendViews,
  comparePicture,
  isTelling,
  measureView,
  type PictureMeasures,
  type View,
} from '../domain/picture-quality.ts'
import { frozenShare } from '../domain/picture-rule.ts'
import type { UtcMs } from '../domain/time.ts'
import type { Db } from '../platform/database.ts'
import type { Log } from '../platform/log.ts'
import { encodeJpeg } from './jpeg.ts'
import { type ReferenceView, readView, writeView } from './reference-store.ts'

export type MeasureListener = (measures: PictureMeasures, frame: FrameRef, picture: PlanarPicture) => void

export interface PictureWatchOptions {
  readonly db: Db
  readonly log: Log
}

/** A fault of the picture lasts seconds at least: looking more often would find nothing sooner. */
const lookEveryMs = 1_000
/** As good pictures in a row as this before one of them becomes the reference. */
const goodInARow = 10
/** The reference follows slow changes in about so long; a camera that is pushed is not a slow change. */
const followMs = 10 * 60_000
const writeEveryMs = 10 * 60_000
const readAgainMs = 10_000
/** Near enough to the reference that the difference is light and weather. */
const alike = { moved: 0.35, covered: 0.2, blurred: 0.35, colourCast: 0.15 }

interface Watched {
  reference: ReferenceView | null
  /** Null while the stored reference is being read. */
  ready: boolean
  /** The last picture that differed from the one before: a frozen one is held against it. */
  earlier: View | null
  lookedUtcMs: UtcMs
  good: number
  wanted: { readonly by: string; readonly taken: PromiseWithResolvers<boolean> } | null
  writtenUtcMs: UtcMs
}

/**
 * Measures the pictures of those cameras that somebody has set a picture rule for, and keeps what each
 * of them should see: taken by itself, renewed by hand, following slow changes such as day and night.
 */
export class PictureWatch {
  readonly #db: Db
  readonly #log: Log
  readonly #cameras = new Map<CameraId, Watched>()
  readonly #listeners = new Set<MeasureListener>()

  constructor({ db, log }: PictureWatchOptions) {
    this.#db = db
    this.#log = log.child({ part: 'picture watch' })
  }

  onMeasures(listener: MeasureListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Begins or ends the watch of a camera. */
  want(cameraId: CameraId, wanted: boolean): void {
    if (!wanted) this.#cameras.delete(cameraId)
    else if (!this.#cameras.has(cameraId)) this.#begin(cameraId)
  }

  /** One sampled frame; the picture is only valid until this returns. */
  sample(frame: FrameRef, picture: PlanarPicture): void {
    const watched = this.#cameras.get(frame.cameraId)
    const nowUtcMs = frame.arrivedUtcMs
    if (watched?.ready !== true || Math.abs(nowUtcMs - watched.lookedUtcMs) < lookEveryMs) return
    watched.lookedUtcMs = nowUtcMs
    const view = measureView(picture)
    const measures = comparePicture(view, watched.reference?.view ?? null, watched.earlier)
    if (measures.frozen === null || measures.frozen < frozenShare) watched.earlier = view
    this.#keepReference(frame, picture, watched, view, measures)
    for (const tell of this.#listeners) tell(measures, frame, picture)
  }

  /**
   * Takes the next picture as the reference; resolves when it is stored, with false if none came within
   * `withinMs`.
   */
  async renew(cameraId: CameraId, by: string, withinMs: number): Promise<boolean> {
    const watched = this.#cameras.get(cameraId) ?? this.#begin(cameraId)
    watched.wanted?.taken.resolve(false)
    const wanted = { by, taken: Promise.withResolvers<boolean>() }
    watched.wanted = wanted
    const timer = setTimeout(() => {
      if (watched.wanted === wanted) watched.wanted = null
      wanted.taken.resolve(false)
    }, withinMs)
    try {
      return await wanted.taken.promise
    } finally {
      clearTimeout(timer)
    }
  }

  #begin(cameraId: CameraId): Watched {
    const watched: Watched = {
      ...{ reference: null, ready: false, earlier: null, lookedUtcMs: 0, good: 0, wanted: null },
      writtenUtcMs: 0,
    }
    this.#cameras.set(cameraId, watched)
    this.#read(cameraId, watched)
    return watched
  }

  #read(cameraId: CameraId, watched: Watched): void {
    readView(this.#db, cameraId).then(
      (found) => {
        watched.reference = found
        watched.ready = true
      },
      (error: unknown) => {
        this.#log.warn({ err: error, cameraId }, 'reference view not read; trying again')
        setTimeout(() => {
          if (this.#cameras.get(cameraId) === watched) this.#read(cameraId, watched)
        }, readAgainMs).unref()
      },
    )
  }

  #keepReference(
    frame: FrameRef,
    picture: PlanarPicture,
    watched: Watched,
    view: View,
    measures: PictureMeasures,
  ): void {
    const nowUtcMs = frame.arrivedUtcMs
    const { reference, wanted } = watched
    if (wanted !== null || reference === null) {
      const good = isTelling(view) && measures.dark < 0.5 && measures.overexposed < 0.3
      watched.good = good ? watched.good + 1 : 0
      if (wanted === null && watched.good < goodInARow) return
      watched.wanted = null
      watched.reference = { view, takenUtcMs: nowUtcMs, takenBy: wanted?.by ?? null }
      watched.writtenUtcMs = nowUtcMs
      this.#write(frame.cameraId, watched.reference, picture).then(
        () => wanted?.taken.resolve(true),
        (error: unknown) => wanted?.taken.reject(error),
      )
      return
    }
    if (!isAlike(measures)) return
    watched.reference = { ...reference, view: blendViews(reference.view, view, lookEveryMs / followMs) }
    if (nowUtcMs - watched.writtenUtcMs < writeEveryMs) return
    watched.writtenUtcMs = nowUtcMs
    this.#write(frame.cameraId, watched.reference, null).catch(() => undefined)
  }

  /** @param picture what people see of it; null: the one that is stored stays */
  async #write(cameraId: CameraId, reference: ReferenceView, picture: PlanarPicture | null): Promise<void> {
    try {
      // Encoding copies the pixels before it first waits.
      await writeView(this.#db, cameraId, reference, picture === null ? null : await encodeJpeg(picture))
    } catch (error) {
      this.#log.warn({ err: error, cameraId }, 'reference view not written')
      throw error
    }
  }
}

function isAlike({ moved, covered, blurred, colourCast }: PictureMeasures): boolean {
  return (
    (moved ?? 1) < alike.moved &&
    (covered ?? 1) < alike.covered &&
    (blurred ?? 1) < alike.blurred &&
    (colourCast ?? 1) < alike.colourCast
  )
}
