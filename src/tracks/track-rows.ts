import { sql } from 'kysely'
import type { Colour } from '../domain/detection.ts'
import type { CameraId } from '../domain/ids.ts'
import { encodePath } from '../domain/track-path.ts'
import { type ZoneVisit, zoneVisits } from '../domain/track-zones.ts'
import type { Zone } from '../domain/zone.ts'
import type { Db } from '../platform/database.ts'
import type { TrackRecord } from './open-track.ts'

/** Writes tracks anew, or over what is known of them; the weeks of their beginnings are there. */
export async function writeTracks(
  db: Db,
  records: readonly TrackRecord[],
  zonesOf: ReadonlyMap<CameraId, readonly Zone[]>,
): Promise<void> {
  const rows = records.map(({ summary, ended }) => ({
    ...summary,
    ended,
    zones: ended ? zoneVisits(summary.path, zonesOf.get(summary.cameraId) ?? []) : [],
  }))
  const list = <T>(of: (row: (typeof rows)[number]) => T): T[] => rows.map(of)
  const names = (of: (row: (typeof rows)[number]) => Colour | undefined) =>
    list((row) => of(row)?.name ?? null)
  const shares = (of: (row: (typeof rows)[number]) => Colour | undefined) =>
    list((row) => of(row)?.confidence ?? null)
  const colour = (row: (typeof rows)[number]) => row.attributes.colour
  const upper = (row: (typeof rows)[number]) => row.attributes.upperColour
  const lower = (row: (typeof rows)[number]) => row.attributes.lowerColour
  const plates = list(({ attributes }) => attributes.plate ?? null)
  // Arrays of arrays of different lengths cannot be unnested: they go as text, and are cast row by row.
  await sql`
    insert into tracks (id, camera_id, class, first_seen, last_seen, ended, score, path, direction, speed,
      colour, colour_confidence, upper_colour, upper_colour_confidence, lower_colour, lower_colour_confidence,
      plate, plate_confidences, zones)
    select id, camera_id, class, first_seen, last_seen, ended, score, path, direction, speed,
      colour, colour_confidence, upper_colour, upper_colour_confidence, lower_colour, lower_colour_confidence,
      plate, plate_confidences::real[], zones::jsonb
    from unnest(
      ${list(({ trackId }) => trackId)}::text[], ${list(({ cameraId }) => cameraId)}::text[],
      ${list((row) => row.class)}::text[],
      ${list(({ firstSeenUtcMs }) => new Date(firstSeenUtcMs))}::timestamptz[],
      ${list(({ lastSeenUtcMs }) => new Date(lastSeenUtcMs))}::timestamptz[],
      ${list(({ ended }) => ended)}::boolean[], ${list(({ score }) => score)}::real[],
      ${list(({ path, firstSeenUtcMs }) => Buffer.from(encodePath(path, firstSeenUtcMs)))}::bytea[],
      ${list(({ direction }) => direction)}::text[], ${list(({ meanSpeed }) => meanSpeed)}::real[],
      ${names(colour)}::text[], ${shares(colour)}::real[], ${names(upper)}::text[], ${shares(upper)}::real[],
      ${names(lower)}::text[], ${shares(lower)}::real[],
      ${plates.map((plate) => plate?.text ?? null)}::text[],
      ${plates.map((plate) => plate && `{${plate.confidences.join()}}`)}::text[],
      ${list(({ zones }) => JSON.stringify(zones satisfies ZoneVisit[]))}::text[]
    ) as given (id, camera_id, class, first_seen, last_seen, ended, score, path, direction, speed,
      colour, colour_confidence, upper_colour, upper_colour_confidence, lower_colour, lower_colour_confidence,
      plate, plate_confidences, zones)
    on conflict (id, first_seen) do update set
      class = excluded.class, last_seen = excluded.last_seen, ended = excluded.ended, score = excluded.score,
      path = excluded.path, direction = excluded.direction, speed = excluded.speed,
      colour = excluded.colour, colour_confidence = excluded.colour_confidence,
      upper_colour = excluded.upper_colour, upper_colour_confidence = excluded.upper_colour_confidence,
      lower_colour = excluded.lower_colour, lower_colour_confidence = excluded.lower_colour_confidence,
      plate = excluded.plate, plate_confidences = excluded.plate_confidences, zones = excluded.zones
  `.execute(db)
  await writeStills(db, records)
}

async function writeStills(db: Db, records: readonly TrackRecord[]): Promise<void> {
  const stills = records.flatMap(({ summary, stills: taken }) =>
    taken.map((still) => ({ summary, ...still })),
  )
  if (stills.length === 0) return
  await sql`
    insert into track_stills (track_id, first_seen, kind, jpeg)
    select * from unnest(
      ${stills.map(({ summary }) => summary.trackId)}::text[],
      ${stills.map(({ summary }) => new Date(summary.firstSeenUtcMs))}::timestamptz[],
      ${stills.map(({ kind }) => kind)}::text[], ${stills.map(({ jpeg }) => jpeg)}::bytea[]
    )
    on conflict (track_id, kind, first_seen) do update set jpeg = excluded.jpeg
  `.execute(db)
}
