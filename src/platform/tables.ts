import type { ColumnType, Generated, GeneratedAlways, JSONColumnType } from 'kysely'
import type { View } from '../domain/picture-quality.ts'
import type { RuleKind } from '../domain/rule-kinds.ts'
import type {
  HeatGridTable,
  HeatTotalTable,
  InspectionIntervalTable,
  LineCountTable,
  TrackTable,
} from './analysis-tables.ts'
import type { ReviewCameraTable, ReviewFindingTable, ReviewTable } from './review-tables.ts'

/**
 * The tables as Kysely sees them. Columns, units and invariants are explained in `migrations/`;
 * `bigint` arrives as number, `timestamptz` as Date (parsers are set in `database.ts`).
 */
export interface Tables {
  units: UnitTable
  cameras: CameraTable
  camera_imports: CameraImportTable
  zones: ZoneTable
  rules: RuleTable
  alerts: AlertTable
  alert_snapshots: { alert_id: string; jpeg: Buffer }
  alert_targets: AlertTargetTable
  alert_deliveries: AlertDeliveryTable
  reference_views: ReferenceViewTable
  resting_objects: RestingObjectTable
  heat_grids: HeatGridTable
  heat_totals: HeatTotalTable
  line_counts: LineCountTable
  rollups_due: { span: 'hour' | 'day'; bucket_start: Date; camera_id: string; asked: Generated<number> }
  camera_online: { camera_id: string; from_at: Date; to_at: Date | null }
  gateway_alive: { only_row: Generated<boolean>; at: Date }
  inspection_intervals: InspectionIntervalTable
  inspection_alive: { only_row: Generated<boolean>; at: Date }
  reviews: ReviewTable
  review_cameras: ReviewCameraTable
  review_findings: ReviewFindingTable
  inspection_log: { camera_id: string; from_at: Date; frames: Buffer }
  tracks: TrackTable
  track_stills: { track_id: string; first_seen: Date; kind: 'best' | 'face'; jpeg: Buffer }
  accounts: AccountTable
  audit_entries: AuditEntryTable
  audit_heads: { sequence: number; hash: Buffer; signed_at: Date; signature: Buffer }
  sessions: SessionTable
  rights: RightTable
  rtsp_keys: RtspKeyTable
  recording_settings: RecordingSettingsTable
  recording_segments: RecordingSegmentTable
  recording_verification: { only_row: Generated<boolean>; last_id: number }
  recording_garbage: { path: string; bytes: number }
  recording_gaps: RecordingGapTable
  recording_days: {
    camera_id: string
    /** ISO date, UTC. */
    day: string
    recorded_ms: Generated<number>
    missing_ms: Generated<number>
  }
  footage_locks: FootageLockTable
  walls: { account_id: string; tiles: number; camera_ids: JSONColumnType<(string | null)[]> }
}

export interface UnitTable {
  id: string
  parent_id: string | null
  name: string
  level: 'city' | 'county' | 'township' | 'village' | 'department'
  division_code: string | null
  path: string
  name_key: string | null
  search_key: GeneratedAlways<string>
  created_at: Generated<Date>
}

export interface CameraTable {
  id: string
  unit_id: string
  name: string
  source: 'onvif' | 'rtsp'
  address: string
  main_url: string | null
  sub_url: string | null
  transport: Generated<'auto' | 'tcp' | 'udp' | 'http'>
  username: string | null
  password_sealed: Buffer | null
  lon: number | null
  lat: number | null
  heading_deg: number | null
  field_of_view_deg: number | null
  streams: JSONColumnType<
    {
      stream: 'main' | 'sub'
      profileToken: string | null
      codec: string | null
      widthPx: number | null
      heightPx: number | null
      framesPerS: number | null
    }[]
  >
  has_ptz: Generated<boolean>
  device: JSONColumnType<Record<string, string | null>>
  clock_offset_ms: number | null
  analysis_enabled: Generated<boolean>
  analysis_frames_per_s: Generated<number>
  analysis_stream: Generated<'main' | 'sub'>
  analysis_motion_gate: Generated<boolean>
  analysis_plates: Generated<boolean>
  analysis_masks: ColumnType<{ x: number; y: number }[][], string | undefined, string>
  national_code: string | null
  category: 'pole' | 'wall' | 'indoor' | 'lift' | 'vehicle' | 'high-point' | 'mobile' | null
  height_m: number | null
  contact_name: string | null
  contact_phone: string | null
  note: string | null
  import_id: string | null
  name_key: string | null
  search_key: GeneratedAlways<string>
  state: Generated<'online' | 'connecting' | 'degraded' | 'offline'>
  state_since: Generated<Date>
  fault: JSONColumnType<{ hop: string; code: string; text: string }> | null
  created_at: Generated<Date>
}

export interface CameraImportTable {
  id: string
  account_id: string
  file_name: string
  row_count: number
  added: Generated<number>
  existing: Generated<number>
  refused: Generated<number>
  started_at: Generated<Date>
  ended_at: Date | null
  outcome: 'done' | 'cancelled' | null
  undone_at: Date | null
}

export interface ZoneTable {
  id: string
  camera_id: string
  name: string
  kind: 'zone' | 'tripwire'
  points: JSONColumnType<{ x: number; y: number }[]>
  created_at: Generated<Date>
}

export interface RuleTable {
  id: string
  camera_id: string
  zone_id: string | null
  name: string
  kind: RuleKind
  classes: string[]
  min_score: number
  min_age_ms: Generated<number>
  dwell_ms: number | null
  direction: 'forward' | 'backward' | 'both' | null
  allowed_deg: number | null
  object_count: number | null
  hold_ms: number | null
  threshold: number | null
  schedule: JSONColumnType<{ days: number[]; fromMinute: number; toMinute: number }[]>
  cooldown_ms: Generated<number>
  severity: 'notice' | 'warning' | 'critical'
  enabled: Generated<boolean>
  created_at: Generated<Date>
}

export interface AlertTable {
  id: string
  sequence: Generated<number>
  camera_id: string
  camera_name: string
  unit_id: string
  unit_name: string
  rule_id: string
  rule_name: string
  rule_kind: RuleKind
  zone_name: string | null
  severity: 'notice' | 'warning' | 'critical'
  subject: string
  track_id: string | null
  class: string | null
  score: number | null
  box: number[] | null
  dwell_ms: number | null
  direction: 'forward' | 'backward' | null
  explanation: JSONColumnType<Record<string, number>>
  firing: number
  occurred_at: Date
  arrived_at: Date
  stored_at: Generated<Date>
  group_id: string
  folded: Generated<boolean>
  repeats: Generated<number>
  last_at: Date
  state: Generated<'new' | 'acknowledged' | 'dismissed'>
  handled_by: string | null
  handled_at: Date | null
  cause: string | null
  reason: string | null
  forwarded_unit_id: string | null
  forwarded_unit_name: string | null
  forward_note: string | null
  forwarded_by: string | null
  forwarded_at: Date | null
}

export interface ReferenceViewTable {
  camera_id: string
  taken_at: Date
  taken_by: string | null
  view: JSONColumnType<View>
  jpeg: Buffer
}

export interface AlertTargetTable {
  id: string
  name: string
  kind: 'webhook' | 'mqtt'
  url: string
  username: string | null
  secret_sealed: Buffer | null
  unit_id: string | null
  min_severity: 'notice' | 'warning' | 'critical'
  enabled: Generated<boolean>
  created_at: Generated<Date>
  delivered: Generated<number>
  delivered_at: Date | null
  error: string | null
  error_at: Date | null
}

export interface AlertDeliveryTable {
  id: Generated<number>
  target_id: string
  alert_id: string
  attempts: Generated<number>
  next_at: Generated<Date>
  dead_at: Date | null
  error: string | null
  created_at: Generated<Date>
}

export interface RestingObjectTable {
  rule_id: string
  track_id: string
  class: string
  box: number[]
  inside_since: Date
  resting_since: Date
  last_seen: Date
  fired: boolean
}

export interface AccountTable {
  id: string
  username: string
  password_hash: string
  role: 'administrator' | 'operator' | 'viewer'
  must_change_password: Generated<boolean>
  unit_id: string | null
  disabled_at: Date | null
  created_at: Generated<Date>
}

export interface SessionTable {
  token_hash: Buffer
  account_id: string
  created_at: Generated<Date>
  last_used_at: Generated<Date>
  expires_at: Date
  client: string
}

export interface RecordingSettingsTable {
  camera_id: string
  mode: 'off' | 'continuous' | 'event'
  event_trigger: 'alert' | 'track'
  stream: 'main' | 'sub'
  pre_roll_ms: number
  post_roll_ms: number
  schedule: JSONColumnType<{ days: number[]; fromMinute: number; toMinute: number }[]>
  continuous_retention_days: number
  event_retention_days: number
  updated_at: Generated<Date>
}

export interface RecordingSegmentTable {
  id: Generated<number>
  camera_id: string
  stream: 'main' | 'sub'
  run_id: string
  class: 'continuous' | 'event'
  path: string
  start_at: Date
  end_at: Date
  bytes: number
  sha256: Buffer
  init_bytes: number
  init_sha256: Buffer
  codec: string
  width_px: number
  height_px: number
  samples: number
  keyframe_ms: number[]
  keyframe_offset: number[]
  clock_error_ms: number | null
  clock_source: 'reports' | 'arrivals' | null
  camera_clock_offset_ms: number | null
  verified_at: Date | null
  intact: boolean | null
}

export interface RecordingGapTable {
  id: string
  camera_id: string
  from_at: Date
  to_at: Date | null
  reason: string
}

export interface FootageLockTable {
  id: string
  camera_id: string
  from_at: Date
  to_at: Date
  reason: string
  locked_by: string
  created_at: Generated<Date>
  released_at: Date | null
}

export interface RtspKeyTable {
  id: string
  account_id: string
  name: string
  username: string
  secrets_sealed: Buffer
  created_at: Generated<Date>
}

export interface AuditEntryTable {
  sequence: number
  at: Date
  account_id: string | null
  username: string | null
  address: string | null
  act: string
  subject: string | null
  outcome: 'begun' | 'done' | 'refused' | 'failed'
  begun_in: number | null
  detail: string | null
  hash: Buffer
}

export interface RightTable {
  id: string
  account_id: string
  unit_id: string | null
  camera_id: string | null
  actions: string[]
  schedule: JSONColumnType<{ days: number[]; fromMinute: number; toMinute: number }[]>
  until_at: Date | null
  reason: string
  granted_by: string
  created_at: Generated<Date>
}
