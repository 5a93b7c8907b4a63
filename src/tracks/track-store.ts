import { type Selectable, type SqlBool, sql } from 'kysely'
import { requireWindow } from '../contract/time-input.ts'
import type { Track, TrackPage } from '../contract/tracks.ts'
import type { ObjectClass } from '../domain/detection.ts'
import { GatewayError } from '../domain/errors.ts'
import type { CameraId, TrackId } from '../domain/ids.ts'
import type { Span } from '../domain/timeline.ts'
import { decodePath } from '../domain/track-path.ts'
import type { TrackTable } from '../platform/analysis-tables.ts'
import { pageOf, readCursor } from '../platform/cursor.ts'
import type { Db } from '../platform/database.ts'
import { requireCamera } from '../registry/known-camera.ts'

const longestMs = 31 * 86_400_000
const usualLimit = 100

export interface TrackWish extends Span {
  readonly class?: ObjectClass
  readonly limit?: number
  readonly cursor?: string
}

/**
 * Tracks that began before one camera in a time, newest first. There is no question over several cameras:
 * who may ask where somebody went is decided by an incident. Throws `camera-unknown`, `window-empty`,
 * `tracks-window-too-long`, `cursor-malformed`.
 */
export async function listTracks(db: Db, cameraId: CameraId, wish: TrackWish): Promise<TrackPage> {
  requireWindow(wish, longestMs, 'tracks-window-too-long')
  const { fromUtcMs, toUtcMs, limit = usualLimit, cursor } = wish
  let query = db
    .selectFrom('tracks')
    .selectAll()
    .select((of) =>
      of
        .selectFrom('track_stills')
        .select(sql<string[]>`coalesce(array_agg(kind order by kind), '{}')`.as('kinds'))
        .whereRef('track_stills.track_id', '=', 'tracks.id')
        .whereRef('track_stills.first_seen', '=', 'tracks.first_seen')
        .as('stills'),
    )
    .where('camera_id', '=', cameraId)
    .where('first_seen', '>=', new Date(fromUtcMs))
    .where('first_seen', '<', new Date(toUtcMs))
  if (wish.class !== undefined) query = query.where('class', '=', wish.class)
  if (cursor !== undefined) {
    const [beforeUtcMs, id] = readCursor(cursor, ['number', 'string'])
    query = query.where(sql<SqlBool>`(first_seen, id) < (${new Date(Number(beforeUtcMs))}, ${String(id)})`)
  }
  const found = await query
    .orderBy('first_seen', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  if (found.length === 0) await requireCamera(db, cameraId)
  const { rows, nextCursor } = pageOf(found, limit, ({ first_seen, id }) => [first_seen.getTime(), id])
  return { items: rows.map((row) => trackOf(row)), nextCursor }
}

/** JPEG. Throws `track-still-unknown`. */
export async function readStill(
  db: Db,
  cameraId: CameraId,
  trackId: TrackId,
  kind: 'best' | 'face',
): Promise<Buffer> {
  const row = await db
    .selectFrom('track_stills')
    .innerJoin('tracks', (join) =>
      join
        .onRef('tracks.id', '=', 'track_stills.track_id')
        .onRef('tracks.first_seen', '=', 'track_stills.first_seen'),
    )
    .select('jpeg')
    .where('track_id', '=', trackId)
    .where('kind', '=', kind)
    // Who may see one camera must not reach another one's pictures by a track's id.
    .where('camera_id', '=', cameraId)
    .executeTakeFirst()
  if (row !== undefined) return row.jpeg
  throw new GatewayError({
    kind: 'not-found',
    code: 'track-still-unknown',
    message: `no such picture of a track ${trackId}`,
  })
}

type Row = Selectable<TrackTable> & { readonly stills: string[] | null }

function trackOf(row: Row): Track {
  const { colour, colour_confidence, upper_colour, upper_colour_confidence } = row
  const { lower_colour, lower_colour_confidence, plate, plate_confidences } = row
  return {
    id: row.id,
    cameraId: row.camera_id,
    class: row.class as Track['class'],
    firstSeen: row.first_seen.toISOString(),
    lastSeen: row.last_seen.toISOString(),
    ended: row.ended,
    score: row.score,
    path: decodePath(row.path, row.first_seen.getTime()).map(({ x, y, atUtcMs }) => ({
      x,
      y,
      at: isoOf(atUtcMs),
    })),
    direction: row.direction as Track['direction'],
    speed: row.speed,
    colour: colourOf(colour, colour_confidence),
    upperColour: colourOf(upper_colour, upper_colour_confidence),
    lowerColour: colourOf(lower_colour, lower_colour_confidence),
    plate: plate === null ? null : { text: plate, confidences: plate_confidences ?? [] },
    zones: row.zones.map((visit) =>
      'enteredUtcMs' in visit
        ? { zoneId: visit.zoneId, entered: isoOf(visit.enteredUtcMs), insideMs: visit.insideMs }
        : { zoneId: visit.zoneId, crossed: isoOf(visit.crossedUtcMs), direction: visit.direction },
    ),
    stills: (row.stills ?? []) as Track['stills'],
  }
}

function colourOf(name: string | null, confidence: number | null): Track['colour'] {
  return name === null ? null : ({ name, confidence: confidence ?? 0 } as Track['colour'])
}

function isoOf(utcMs: number): string {
  return new Date(utcMs).toISOString()
}
