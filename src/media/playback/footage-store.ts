import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import { GatewayError } from '../../domain/errors.ts'
import type { FootageSegment } from '../../domain/footage.ts'
import type { CameraId } from '../../domain/ids.ts'
import type { UtcMs } from '../../domain/time.ts'
import type { Db } from '../../platform/database.ts'

export interface FootageStoreOptions {
  readonly db: Db
  /** DATA_DIR/recordings */
  readonly folder: string
  /** What has no row yet, because it is still being written. */
  readonly unfinished: (cameraId: CameraId) => readonly FootageSegment[]
}

const columns = [
  'path',
  'stream',
  'run_id',
  'start_at',
  'end_at',
  'bytes',
  'init_bytes',
  'init_sha256',
  'codec',
  'width_px',
  'height_px',
  'keyframe_ms',
  'keyframe_offset',
] as const

/** What was recorded, to be read: rows of closed files and what the recorder tells of open ones. */
export class FootageStore {
  readonly #options: FootageStoreOptions

  constructor(options: FootageStoreOptions) {
    this.#options = options
  }

  /** All segments with a part in the interval, by time. Throws `footage-none`, `camera-unknown`. */
  async between(cameraId: CameraId, fromUtcMs: UtcMs, toUtcMs: UtcMs): Promise<FootageSegment[]> {
    // Asked first: what is closed meanwhile has its row by then, and is found twice instead of never.
    const unfinished = this.#options.unfinished(cameraId)
    const rows = await this.#options.db
      .selectFrom('recording_segments')
      .select(columns)
      .where('camera_id', '=', cameraId)
      .where('start_at', '<', new Date(toUtcMs))
      // No segment is longer: so the index on the beginning finds the few rows at once.
      .where('start_at', '>', new Date(fromUtcMs - longestSegmentMs))
      .where('end_at', '>', new Date(fromUtcMs))
      .orderBy('start_at')
      .execute()
    const segments = rows.map(segmentOf)
    const known = new Set(segments.map(({ path }) => path))
    for (const segment of unfinished) {
      if (known.has(segment.path) || segment.keyframeMs.length === 0) continue
      if (segment.startUtcMs < toUtcMs && segment.endUtcMs > fromUtcMs) segments.push(segment)
    }
    if (segments.length > 0) return segments.sort((a, b) => a.startUtcMs - b.startUtcMs)
    throw await this.#nothing(cameraId, toUtcMs)
  }

  /** Throws `segment-gone`. */
  async find(cameraId: CameraId, path: string): Promise<FootageSegment> {
    const unfinished = this.#options.unfinished(cameraId).find((segment) => segment.path === path)
    if (unfinished !== undefined) return unfinished
    const row = await this.#options.db
      .selectFrom('recording_segments')
      .select(columns)
      .where('path', '=', path)
      .where('camera_id', '=', cameraId)
      .executeTakeFirst()
    if (row === undefined) throw segmentGone()
    return segmentOf(row)
  }

  /** To be closed by the caller. Throws `segment-gone`: it was removed since it was looked up. */
  async open(segment: FootageSegment): Promise<FileHandle> {
    try {
      return await open(join(this.#options.folder, segment.path), 'r')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw segmentGone(error)
      throw error
    }
  }

  async #nothing(cameraId: CameraId, afterUtcMs: UtcMs): Promise<GatewayError> {
    const { db } = this.#options
    const found = await db
      .selectNoFrom((select) => [
        select
          .selectFrom('recording_segments')
          .select(({ fn }) => fn.min('start_at').as('start_at'))
          .where('camera_id', '=', cameraId)
          .where('start_at', '>=', new Date(afterUtcMs))
          .as('next'),
        select
          .exists(select.selectFrom('cameras').select(sql`1`.as('one')).where('id', '=', cameraId))
          .as('known'),
        // Footage outlives its camera.
        select
          .exists(
            select
              .selectFrom('recording_segments')
              .select(sql`1`.as('one'))
              .where('camera_id', '=', cameraId),
          )
          .as('recorded'),
      ])
      .executeTakeFirstOrThrow()
    if (found.known !== true && found.recorded !== true)
      return new GatewayError({
        kind: 'not-found',
        code: 'camera-unknown',
        message: `no camera ${cameraId}`,
        details: { cameraId },
      })
    return footageNone(found.next)
  }
}

/** Far longer than the recorder makes them. */
const longestSegmentMs = 10 * 60_000

interface SegmentRow {
  path: string
  stream: 'main' | 'sub'
  run_id: string
  start_at: Date
  end_at: Date
  bytes: number
  init_bytes: number
  init_sha256: Buffer
  codec: string
  width_px: number
  height_px: number
  keyframe_ms: number[]
  keyframe_offset: number[]
}

function segmentOf(row: SegmentRow): FootageSegment {
  return {
    path: row.path,
    stream: row.stream,
    runId: row.run_id,
    startUtcMs: row.start_at.getTime(),
    endUtcMs: row.end_at.getTime(),
    bytes: row.bytes,
    initBytes: row.init_bytes,
    initSha256: row.init_sha256.toString('hex'),
    codec: row.codec,
    widthPx: row.width_px,
    heightPx: row.height_px,
    keyframeMs: row.keyframe_ms,
    keyframeOffset: row.keyframe_offset,
    open: false,
  }
}

/** @param next when there is something again */
export function footageNone(next: Date | null): GatewayError {
  return new GatewayError({
    kind: 'not-found',
    code: 'footage-none',
    message: 'nothing was recorded in this time',
    details: next === null ? {} : { next: next.toISOString() },
  })
}

function segmentGone(cause?: unknown): GatewayError {
  return new GatewayError({
    kind: 'not-found',
    code: 'segment-gone',
    message: 'this segment is not kept any more',
    ...(cause === undefined ? {} : { cause }),
  })
}
