import { GatewayError } from '../../src/domain/errors.ts'
import type { FootageSegment } from '../../src/domain/footage.ts'
import { Admission } from '../../src/media/admission.ts'
import type { CapacityLimits } from '../../src/media/playback/capacity.ts'
import { FootageStore } from '../../src/media/playback/footage-store.ts'
import { RecordedH264 } from '../../src/media/playback/recorded-h264.ts'
import { playbackRoutes } from '../../src/media/playback/routes.ts'
import { Snapshots } from '../../src/media/playback/snapshots.ts'
import { Transcodes } from '../../src/media/transcode/transcodes.ts'
import type { Db } from '../../src/platform/database.ts'
import type { HttpApp } from '../../src/platform/http.ts'
import { createLog } from '../../src/platform/log.ts'
import { hubOf } from './streams.ts'

export interface PlaybackWish {
  readonly db: Db
  /** Of the recordings. */
  readonly folder: string
  /** No camera can be reached unless given. */
  readonly hub?: ReturnType<typeof hubOf>['hub']
  readonly unfinished?: () => readonly FootageSegment[]
  readonly snapshotLimits?: CapacityLimits
  readonly clipLimits?: CapacityLimits
  readonly clipIdleMs?: number
  /** Cores for what is made into H.264. */
  readonly transcodeBudget?: number
}

/** The routes of playback on the real stores. */
export function playbackOf(app: HttpApp, wish: PlaybackWish): void {
  const {
    db,
    folder,
    unfinished = () => [],
    hub = hubOf([]).hub,
    snapshotLimits,
    clipLimits,
    clipIdleMs,
  } = wish
  const admission = new Admission({ streams: 10, viewers: 10 })
  const footage = new FootageStore({ db, folder, unfinished })
  const limits = snapshotLimits === undefined ? {} : { limits: snapshotLimits }
  const transcodes = new Transcodes({ log: createLog('silent'), hub, budgetCores: wish.transcodeBudget ?? 2 })
  app.addHook('onClose', () => transcodes.stop())
  playbackRoutes(app, {
    footage,
    h264: new RecordedH264({ footage, transcodes }),
    ...(clipLimits && { clipLimits }),
    ...(clipIdleMs && { clipIdleMs }),
    snapshots: new Snapshots({ footage, hub, admission, ...limits }),
    source: async (cameraId, stream) => {
      const known = await db.selectFrom('cameras').select('id').where('id', '=', cameraId).executeTakeFirst()
      if (known !== undefined) return { cameraId, stream, url: 'rtsp://192.0.2.1/' }
      throw new GatewayError({ kind: 'not-found', code: 'camera-unknown', message: 'no such camera' })
    },
  })
}
