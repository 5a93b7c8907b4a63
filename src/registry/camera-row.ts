import type { Selectable } from 'kysely'
import type { AnalysisSettings, Camera } from '../contract/cameras.ts'
import type { CameraCategory, CameraCondition, StreamTransport } from '../domain/camera.ts'
import type { CameraTable } from '../platform/tables.ts'
import type { CameraSource } from './camera-source.ts'
import { nameKey } from './name-key.ts'

/** What pages show of a camera: everything but where its streams are and its password. */
export const shownColumns = [
  'id',
  'unit_id',
  'name',
  'source',
  'address',
  'username',
  'lon',
  'lat',
  'heading_deg',
  'field_of_view_deg',
  'national_code',
  'category',
  'height_m',
  'contact_name',
  'contact_phone',
  'note',
  'streams',
  'has_ptz',
  'clock_offset_ms',
  'transport',
  'analysis_enabled',
  'analysis_frames_per_s',
  'analysis_stream',
  'analysis_motion_gate',
  'analysis_plates',
  'analysis_masks',
] as const

export type ShownRow = Pick<Selectable<CameraTable>, (typeof shownColumns)[number]> & {
  readonly has_password: boolean
}

export function cameraOnWire(row: ShownRow, condition: CameraCondition): Camera {
  return {
    id: row.id,
    unitId: row.unit_id,
    name: row.name,
    source: row.source,
    address: row.address,
    username: row.username,
    hasPassword: row.has_password,
    location: row.lon === null || row.lat === null ? null : { lon: row.lon, lat: row.lat },
    headingDeg: row.heading_deg,
    fieldOfViewDeg: row.field_of_view_deg,
    nationalCode: row.national_code,
    category: row.category,
    heightM: row.height_m,
    contact:
      row.contact_name === null && row.contact_phone === null
        ? null
        : { name: row.contact_name ?? '', phone: row.contact_phone ?? '' },
    note: row.note,
    streams: row.streams,
    hasPtz: row.has_ptz,
    clockOffsetMs: row.clock_offset_ms,
    transport: row.transport,
    analysis: {
      enabled: row.analysis_enabled,
      framesPerS: row.analysis_frames_per_s,
      stream: row.analysis_stream,
      motionGate: row.analysis_motion_gate,
      plates: row.analysis_plates,
      masks: row.analysis_masks,
    },
    state: condition.state,
    since: new Date(condition.sinceUtcMs).toISOString(),
    ...(condition.fault === undefined ? {} : { fault: condition.fault }),
  }
}

export function sourceColumns(source: CameraSource) {
  return {
    source: source.source,
    address: source.address,
    main_url: source.mainUrl,
    sub_url: source.subUrl,
    streams: JSON.stringify(source.streams),
    has_ptz: source.hasPtz,
    device: JSON.stringify(source.device),
    clock_offset_ms: source.clockOffsetMs,
  }
}

/** The columns that a person sets directly; absent fields are left out. */
export function placeColumns(from: {
  readonly name?: string
  readonly unitId?: string
  readonly location?: { readonly lon: number; readonly lat: number } | null
  readonly headingDeg?: number | null
  readonly fieldOfViewDeg?: number | null
  readonly transport?: StreamTransport
  readonly nationalCode?: string | null
  readonly category?: CameraCategory | null
  readonly heightM?: number | null
  readonly contact?: { readonly name: string; readonly phone: string } | null
  readonly note?: string | null
  readonly analysis?: Partial<AnalysisSettings>
}) {
  return {
    ...(from.name === undefined ? {} : { name: from.name.trim(), name_key: nameKey(from.name) }),
    ...(from.unitId === undefined ? {} : { unit_id: from.unitId }),
    ...(from.location === undefined
      ? {}
      : { lon: from.location?.lon ?? null, lat: from.location?.lat ?? null }),
    ...(from.headingDeg === undefined ? {} : { heading_deg: from.headingDeg }),
    ...(from.fieldOfViewDeg === undefined ? {} : { field_of_view_deg: from.fieldOfViewDeg }),
    ...(from.transport === undefined ? {} : { transport: from.transport }),
    ...(from.nationalCode === undefined ? {} : { national_code: from.nationalCode }),
    ...(from.category === undefined ? {} : { category: from.category }),
    ...(from.heightM === undefined ? {} : { height_m: from.heightM }),
    ...(from.contact === undefined
      ? {}
      : {
          contact_name: from.contact?.name.trim() || null,
          contact_phone: from.contact?.phone.trim() || null,
        }),
    ...(from.note === undefined ? {} : { note: from.note?.trim() || null }),
    ...(from.analysis === undefined ? {} : analysisColumns(from.analysis)),
  }
}

function analysisColumns({
  enabled,
  framesPerS,
  stream,
  motionGate,
  plates,
  masks,
}: Partial<AnalysisSettings>) {
  return {
    ...(enabled === undefined ? {} : { analysis_enabled: enabled }),
    ...(framesPerS === undefined ? {} : { analysis_frames_per_s: framesPerS }),
    ...(stream === undefined ? {} : { analysis_stream: stream }),
    ...(motionGate === undefined ? {} : { analysis_motion_gate: motionGate }),
    ...(plates === undefined ? {} : { analysis_plates: plates }),
    ...(masks === undefined ? {} : { analysis_masks: JSON.stringify(masks) }),
  }
}
