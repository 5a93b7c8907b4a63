import { framesFolder } from '../analytics/frames-folder.ts'
import { PatientInspector } from '../analytics/patient-inspector.ts'
import type { Inspection } from '../domain/frame.ts'
import type { FootageStore } from '../media/playback/footage-store.ts'
import type { Db } from '../platform/database.ts'
import type { HttpApp } from '../platform/http.ts'
import type { Log } from '../platform/log.ts'
import type { Metrics } from '../platform/metrics.ts'
import type { Queue } from '../platform/queue.ts'
import type { CameraStore } from '../registry/camera-store.ts'
import { InspectionLog } from './inspection-log.ts'
import { reviewRoutes } from './review-routes.ts'
import { ReviewRunner } from './review-runner.ts'
import { ReviewStore } from './review-store.ts'
import { trialRoutes } from './trial-routes.ts'

export interface ReviewsOptions {
  readonly db: Db
  readonly log: Log
  readonly metrics: Metrics
  readonly queue: Pick<Queue, 'options' | 'prefix'>
  readonly dataDir: string
  readonly footage: Pick<FootageStore, 'between' | 'open'>
  readonly cameras: Pick<CameraStore, 'get'>
}

/** Recorded frames that may be with the workers at once: enough that none of two of them rests. */
const places = 4

/** Rules over what is past: tried on what live analysis found lately, or with detectors over recordings. */
export class Reviews {
  readonly #options: ReviewsOptions
  readonly #inspections: InspectionLog
  readonly #inspector: PatientInspector
  readonly #runner: ReviewRunner

  constructor(options: ReviewsOptions) {
    const { dataDir, log, queue } = options
    this.#options = options
    this.#inspections = new InspectionLog(options)
    this.#inspector = new PatientInspector({ log, queue, folder: framesFolder(dataDir), places })
    this.#runner = new ReviewRunner({ ...options, inspector: this.#inspector })
  }

  /** Goes on with what was under way. */
  start(): void {
    this.#runner.start()
  }

  inspect(inspection: Inspection): void {
    this.#inspections.add(inspection)
  }

  /** Frames for workers that do not share our memory. */
  lend(cameraId: Inspection['frame']['cameraId']) {
    return this.#inspector.lend(cameraId)
  }

  routes(app: HttpApp): void {
    const { db, cameras } = this.#options
    trialRoutes(app, { db, inspections: this.#inspections })
    reviewRoutes(app, { reviews: new ReviewStore({ db, cameras }), runner: this.#runner })
  }

  async stop(): Promise<void> {
    await this.#runner.stop()
    await this.#inspector.stop()
    await this.#inspections.stop()
  }
}
