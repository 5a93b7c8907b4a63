import type { FrameRef } from '../domain/frame.ts'
import type { CameraId } from '../domain/ids.ts'
import type { PlanarPicture } from '../domain/picture.ts'
import {
  blendViews,
  comparePicture,
  isTelling,
  keepEarlier,
  measureView,
  type PictureMeasures,
  type View,
} from '../domain/picture-quality.ts'
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
/** By one look, after a gap; as a share of the way. */
const mostFollowed = 0.05
const writeEveryMs = 10 * 60_000
const readAgainMs = 10_000
/** Near enough to the reference that the difference is light and weather. */
const alike = { moved: 0.5, covered: 0.2, blurred: 0.35, colourCast: 0.15 }

interface Watched {
  reference: ReferenceView | null
  /** Null while the stored reference is being read. */
  ready: boolean
  earlier: readonly View[]
  lookedUtcMs: UtcMs
  /** Of the good pictures in a row so far, before there is a reference: all of them in one. */
  candidate: { readonly view: View; readonly pictures: number } | null
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
  /** Those with a rule; of others only the next picture is wanted. */
  readonly #wanted = new Set<CameraId>()
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
    if (wanted) this.#wanted.add(cameraId)
    else this.#wanted.delete(cameraId)
    if (!wanted) this.#cameras.delete(cameraId)
    else if (!this.#cameras.has(cameraId)) this.#begin(cameraId)
  }

  /** One sampled frame; the picture is only valid until this returns. */
  sample(frame: FrameRef, picture: PlanarPicture): void {
    const watched = this.#cameras.get(frame.cameraId)
    const nowUtcMs = frame.arrivedUtcMs
    if (watched?.ready !== true || Math.abs(nowUtcMs - watched.lookedUtcMs) < lookEveryMs) return
    const sinceMs = nowUtcMs - watched.lookedUtcMs
    watched.lookedUtcMs = nowUtcMs
    const view = measureView(picture)
    const measures = comparePicture(view, watched.reference?.view ?? null, watched.earlier)
    watched.earlier = keepEarlier(watched.earlier, view, measures)
    this.#keepReference(frame, picture, watched, view, measures, sinceMs)
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
      if (!this.#wanted.has(cameraId)) this.#cameras.delete(cameraId)
    }
  }

  #begin(cameraId: CameraId): Watched {
    const watched: Watched = {
      ...{ reference: null, ready: false, earlier: [], lookedUtcMs: 0, candidate: null, wanted: null },
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
    sinceMs: number,
  ): void {
    const nowUtcMs = frame.arrivedUtcMs
    const { reference, wanted } = watched
    const taken = wanted !== null ? view : reference === null ? firstReference(watched, view, measures) : null
    if (taken !== null) {
      watched.wanted = null
      watched.candidate = null
      watched.reference = { view: taken, takenUtcMs: nowUtcMs, takenBy: wanted?.by ?? null }
      watched.writtenUtcMs = nowUtcMs
      this.#write(frame.cameraId, watched.reference, picture).then(
        () => wanted?.taken.resolve(true),
        (error: unknown) => wanted?.taken.reject(error),
      )
      return
    }
    if (reference === null) return
    if (!isAlike(measures)) return
    const followed = Math.max(0, Math.min(mostFollowed, sinceMs / followMs))
    watched.reference = { ...reference, view: blendViews(reference.view, view, followed) }
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

/** Several good pictures in one: who passes through one of them leaves little in it. */
function firstReference(watched: Watched, view: View, { dark, overexposed }: PictureMeasures): View | null {
  const good = isTelling(view) && dark < 0.5 && overexposed < 0.3
  const { candidate } = watched
  const pictures = good ? (candidate?.pictures ?? 0) + 1 : 0
  const blended = candidate === null ? view : blendViews(candidate.view, view, 1 / pictures)
  watched.candidate = good ? { view: blended, pictures } : null
  return pictures >= goodInARow ? blended : null
}

function isAlike({ moved, covered, blurred, colourCast }: PictureMeasures): boolean {
  return (
    (moved ?? 1) < alike.moved &&
    (covered ?? 1) < alike.covered &&
    (blurred ?? 1) < alike.blurred &&
    (colourCast ?? 1) < alike.colourCast
  )
}
