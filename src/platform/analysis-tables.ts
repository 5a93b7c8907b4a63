import type { JSONColumnType } from 'kysely'
import type { ZoneVisit } from '../domain/track-zones.ts'

/** The tables of what analysis finds; see `tables.ts`. */
interface SpanColumns {
  span: '5min' | 'hour' | 'day'
  bucket_start: Date
  camera_id: string
  part: string
}

export interface HeatGridTable extends SpanColumns {
  cells: number[]
  dwell_cs: number[]
  passages: number[]
}

export interface HeatTotalTable extends SpanColumns {
  inspected_frames: number
  inspected_ms: number
  dwell_cs: number[] | null
  tracks: number[] | null
}

export interface LineCountTable extends SpanColumns {
  line_id: string
  class: string
  forward: number
  backward: number
}

export interface InspectionIntervalTable {
  camera_id: string
  from_at: Date
  to_at: Date | null
  reason: string | null
}

export interface TrackTable {
  id: string
  camera_id: string
  class: string
  first_seen: Date
  last_seen: Date
  ended: boolean
  score: number
  path: Buffer
  direction: string | null
  speed: number
  colour: string | null
  colour_confidence: number | null
  upper_colour: string | null
  upper_colour_confidence: number | null
  lower_colour: string | null
  lower_colour_confidence: number | null
  plate: string | null
  plate_confidences: number[] | null
  zones: JSONColumnType<ZoneVisit[]>
}
