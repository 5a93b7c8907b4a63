-- Recordings. A file is a whole fragmented MP4 (`ftyp`, `moov`, then `moof` + `mdat` pairs) that stands
-- under DATA_DIR/recordings; its row is written only when its bytes are safe on the disk.

-- No row: the camera is not recorded.
create table recording_settings (
  camera_id                 text primary key references cameras (id) on delete cascade,
  -- continuous: always; event: around events only, from pre_roll_ms before to post_roll_ms after
  mode                      text not null check (mode in ('off', 'continuous', 'event')),
  -- What counts as an event: an alert, or any object that analysis follows.
  event_trigger             text not null check (event_trigger in ('alert', 'track')),
  stream                    text not null check (stream in ('main', 'sub')),
  pre_roll_ms               integer not null check (pre_roll_ms between 0 and 30000),
  post_roll_ms              integer not null check (post_roll_ms between 1000 and 600000),
  -- [{days: [1..7, Monday first], fromMinute, toMinute}] in the gateway's local time; empty: all the week
  schedule                  jsonb not null default '[]',
  continuous_retention_days integer not null check (continuous_retention_days between 1 and 3650),
  event_retention_days      integer not null check (event_retention_days between 1 and 3650),
  updated_at                timestamptz not null default now()
);

-- Outlives its camera: what was recorded is kept until its time is over.
create table recording_segments (
  id            bigint generated always as identity primary key,
  camera_id     text not null,
  stream        text not null check (stream in ('main', 'sub')),
  -- Segments of one run join without a gap, and their media times (`tfdt`, 90 kHz) go on.
  run_id        text not null,
  -- footage of an event is kept longer
  class         text not null check (class in ('continuous', 'event')),
  -- below DATA_DIR/recordings: <camera>/<yyyy-mm-dd>/<start>-<stream>-<sequence>.mp4, in UTC
  path          text not null unique,
  -- programme time of the first picture, and of the end of the last one
  start_at      timestamptz not null,
  end_at        timestamptz not null,
  bytes         bigint not null check (bytes > 0),
  sha256        bytea not null check (length(sha256) = 32),
  -- The file's first bytes, `ftyp` + `moov`; the first fragment begins behind them.
  init_bytes    integer not null check (init_bytes > 0 and init_bytes < bytes),
  -- Equal: the same initialisation section serves both.
  init_sha256   bytea not null check (length(init_sha256) = 32),
  -- RFC 6381
  codec         text not null,
  width_px      integer not null,
  height_px     integer not null,
  samples       integer not null check (samples > 0),
  -- Every fragment that begins with a keyframe, in order; the first is the segment's first fragment.
  -- Programme time of that keyframe in ms behind start_at, and offset of its `moof` in the file.
  keyframe_ms     integer[] not null,
  keyframe_offset integer[] not null,
  check (end_at > start_at),
  check (cardinality(keyframe_ms) = cardinality(keyframe_offset) and cardinality(keyframe_ms) > 0)
);
create index recording_segments_camera on recording_segments (camera_id, start_at);
create index recording_segments_oldest on recording_segments (start_at);

-- Files whose rows are gone and that are still to be removed: a deletion that is cut off is finished
-- at the next start, and leaves neither a row without a file nor a file that comes back.
create table recording_garbage (
  path  text primary key,
  bytes bigint not null
);

-- Times in which a camera should have been recorded and was not. to_at null: it goes on.
create table recording_gaps (
  id        text primary key,
  camera_id text not null,
  from_at   timestamptz not null,
  to_at     timestamptz,
  -- stable code, such as gateway-stopped, disk-full, file-damaged, or the fault of the camera
  reason    text not null,
  check (to_at >= from_at)
);
create index recording_gaps_camera on recording_gaps (camera_id, from_at);
create unique index recording_gaps_open on recording_gaps (camera_id) where to_at is null;

-- How complete each day (UTC) was; stays when the footage has gone.
create table recording_days (
  camera_id   text not null,
  day         date not null,
  recorded_ms bigint not null default 0,
  missing_ms  bigint not null default 0,
  primary key (camera_id, day)
);

-- Footage that nothing may delete, whatever its age and however full the disk is.
create table footage_locks (
  id          text primary key,
  camera_id   text not null,
  from_at     timestamptz not null,
  to_at       timestamptz not null,
  reason      text not null check (reason <> ''),
  locked_by   text not null,
  created_at  timestamptz not null default now(),
  released_at timestamptz,
  check (to_at > from_at)
);
create index footage_locks_held on footage_locks (camera_id, from_at) where released_at is null;
