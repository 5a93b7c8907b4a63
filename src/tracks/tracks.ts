import type { Inspection } from '../domain/frame.ts'
import type { CameraId } from '../domain/ids.ts'
import type { PlanarPicture } from '../domain/picture.ts'
import type { Db } from '../platform/database.ts'
import type { HttpApp } from '../platform/http.ts'
import type { Log } from '../platform/log.ts'
import type { Metrics } from '../platform/metrics.ts'
import { TrackKeeper } from './track-keeper.ts'
import { trackRoutes } from './track-routes.ts'
import { forgetBefore } from './track-weeks.ts'
import { TrackWriter } from './track-writer.ts'

export interface TracksOptions {
  readonly db: Db
  readonly log: Log
  readonly metrics: Metrics
  readonly retentionDays: number
}

const retentionEveryMs = 3_600_000

/** What went past each camera: followed to its end, stored with a picture of it, kept for its time. */
export class Tracks {
  readonly #options: TracksOptions
  readonly #log: Log
  readonly #writer: TrackWriter
  readonly #keeper: TrackKeeper
  #timer: NodeJS.Timeout | null = null
  #retention: Promise<void> = Promise.resolve()

  constructor(options: TracksOptions) {
    this.#options = options
    this.#log = options.log.child({ part: 'tracks' })
    this.#writer = new TrackWriter({ ...options, log: this.#log })
    this.#keeper = new TrackKeeper({
      metrics: options.metrics,
      write: (record) => this.#writer.add(record),
    })
  }

  /** What an earlier gateway left open has ended with it. */
  async start(): Promise<void> {
    await this.#options.db.updateTable('tracks').set({ ended: true }).where('ended', '=', false).execute()
    this.#keeper.start()
    this.#timer = setInterval(() => this.#forgetOld(), retentionEveryMs)
    this.#forgetOld()
  }

  inspect(inspection: Inspection, picture: PlanarPicture): void {
    this.#keeper.inspect(inspection, picture)
  }

  forget(cameraId: CameraId): void {
    this.#keeper.forget(cameraId)
  }

  routes(app: HttpApp): void {
    trackRoutes(app, this.#options)
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#keeper.stop()
    await this.#writer.stop()
    await this.#retention
  }

  #forgetOld(): void {
    const { db, retentionDays } = this.#options
    this.#retention = forgetBefore(db, Date.now() - retentionDays * 86_400_000).catch((error: unknown) => {
      this.#log.warn({ err: error }, 'old tracks not removed now')
    })
  }
}
