import { sql } from 'kysely'
import type { RecordingsAnswer } from '../../contract/recordings.ts'
import { requireWindow } from '../../contract/time-input.ts'
import type { CameraId } from '../../domain/ids.ts'
import type { UtcMs } from '../../domain/time.ts'
import { byDay, clipped, completeness, type Span } from '../../domain/timeline.ts'
import type { Db } from '../../platform/database.ts'
import { requireCamera } from '../../registry/known-camera.ts'

const longestMs = 31 * 86_400_000
/** No segment is longer. */
const longestSegmentMs = 3_600_000
/** Joints of segments, and what is too short to be seen in a window: an answer stays bounded. */
const shortestMs = 500
const mostParts = 20_000

type Gap = Span & { readonly reason: string; readonly open: boolean }
type Run = Span & Pick<RecordingsAnswer['runs'][number], 'stream' | 'class' | 'bytes'>

/**
 * What is recorded of a camera and what is missing. Throws `camera-unknown`, `window-empty`,
 * `recordings-window-too-long`.
 */
export async function readRecordings(
  db: Db,
  cameraId: CameraId,
  window: Span,
  nowUtcMs: UtcMs,
): Promise<RecordingsAnswer> {
  requireWindow(window, longestMs, 'recordings-window-too-long')
  const [runs, damaged, gaps, days] = await Promise.all([
    readRuns(db, cameraId, window),
    readDamaged(db, cameraId, window),
    readGaps(db, cameraId, window, nowUtcMs),
    readDays(db, cameraId, window),
  ])
  if (runs.length === 0 && gaps.length === 0) await requireCamera(db, cameraId)
  const openDays = gaps.filter(({ open }) => open).flatMap(byDay)
  return {
    from: isoOf(window.fromUtcMs),
    to: isoOf(window.toUtcMs),
    runs: clipped(runs, window).map(({ fromUtcMs, toUtcMs, ...run }) => ({
      from: isoOf(fromUtcMs),
      to: isoOf(toUtcMs),
      ...run,
    })),
    gaps: clipped(gaps, window).map(({ fromUtcMs, toUtcMs, ...gap }) => ({
      from: isoOf(fromUtcMs),
      to: isoOf(toUtcMs),
      ...gap,
    })),
    ...(damaged.length > 0 && {
      damaged: clipped(damaged, window).map(({ fromUtcMs, toUtcMs }) => ({
        from: isoOf(fromUtcMs),
        to: isoOf(toUtcMs),
      })),
    }),
    days: byDay(window).map(({ day }) => {
      const known = days.get(day)
      const recordedMs = known?.recordedMs ?? 0
      const openMs = openDays.reduce((sum, each) => sum + (each.day === day ? each.ms : 0), 0)
      const missingMs = Math.round((known?.missingMs ?? 0) + openMs)
      return { day, recordedMs, missingMs, completeness: completeness(recordedMs, missingMs) }
    }),
  }
}

/** Segments that join become one run inside the database: a month has hundreds of thousands. */
async function readRuns(db: Db, cameraId: CameraId, window: Span): Promise<Run[]> {
  const { rows } = await sql<{
    from_at: Date
    to_at: Date
    stream: Run['stream']
    class: Run['class']
    bytes: string
  }>`
    with pieces as (
      select start_at, end_at, stream, class, bytes,
        case when start_at - lag(end_at) over earlier <= ${finestOf(window)} * interval '1 millisecond'
          and stream = lag(stream) over earlier and class = lag(class) over earlier
        then 0 else 1 end as breaks
      from recording_segments
      where camera_id = ${cameraId}
        and start_at > ${new Date(window.fromUtcMs - longestSegmentMs)}
        and start_at < ${new Date(window.toUtcMs)} and end_at > ${new Date(window.fromUtcMs)}
      window earlier as (order by start_at)
    ), numbered as (
      select *, sum(breaks) over (order by start_at rows unbounded preceding) as run from pieces
    )
    select min(start_at) as from_at, max(end_at) as to_at, stream, class, sum(bytes)::text as bytes
    from numbered group by run, stream, class order by from_at`.execute(db)
  return rows.map((row) => ({
    fromUtcMs: row.from_at.getTime(),
    toUtcMs: row.to_at.getTime(),
    stream: row.stream,
    class: row.class,
    bytes: Number(row.bytes),
  }))
}

async function readDamaged(db: Db, cameraId: CameraId, window: Span): Promise<Span[]> {
  const rows = await db
    .selectFrom('recording_segments')
    .select(['start_at', 'end_at'])
    .where('camera_id', '=', cameraId)
    .where('intact', '=', false)
    .where('start_at', '>', new Date(window.fromUtcMs - longestSegmentMs))
    .where('start_at', '<', new Date(window.toUtcMs))
    .where('end_at', '>', new Date(window.fromUtcMs))
    .orderBy('start_at')
    .limit(mostParts)
    .execute()
  return rows.map(({ start_at, end_at }) => ({ fromUtcMs: start_at.getTime(), toUtcMs: end_at.getTime() }))
}

async function readGaps(db: Db, cameraId: CameraId, window: Span, nowUtcMs: UtcMs): Promise<Gap[]> {
  const rows = await db
    .selectFrom('recording_gaps')
    .select(['from_at', 'to_at', 'reason'])
    .where('camera_id', '=', cameraId)
    .where('from_at', '<', new Date(window.toUtcMs))
    .where((where) => where.or([where('to_at', 'is', null), where('to_at', '>', new Date(window.fromUtcMs))]))
    .orderBy('from_at')
    .execute()
  return rows.flatMap(({ from_at, to_at, reason }) => {
    const fromUtcMs = from_at.getTime()
    const toUtcMs = to_at?.getTime() ?? Math.max(fromUtcMs, nowUtcMs)
    const open = to_at === null
    return open || toUtcMs - fromUtcMs >= finestOf(window) ? [{ fromUtcMs, toUtcMs, reason, open }] : []
  })
}

async function readDays(
  db: Db,
  cameraId: CameraId,
  window: Span,
): Promise<ReadonlyMap<string, { recordedMs: number; missingMs: number }>> {
  const rows = await db
    .selectFrom('recording_days')
    .select([sql<string>`day::text`.as('day'), 'recorded_ms', 'missing_ms'])
    .where('camera_id', '=', cameraId)
    .where('day', '>=', isoOf(window.fromUtcMs).slice(0, 10))
    .where('day', '<=', isoOf(window.toUtcMs).slice(0, 10))
    .execute()
  return new Map(
    rows.map((row) => [row.day, { recordedMs: row.recorded_ms, missingMs: row.missing_ms }] as const),
  )
}

function finestOf({ fromUtcMs, toUtcMs }: Span): number {
  return Math.max(shortestMs, (toUtcMs - fromUtcMs) / mostParts)
}

function isoOf(utcMs: UtcMs): string {
  return new Date(utcMs).toISOString()
}
