-- How far the programme times of recorded footage may be from the moments that they name; null: recorded
-- before that was measured.
alter table recording_segments
  -- beside the error of the gateway's own clock
  add column clock_error_ms integer check (clock_error_ms >= 0),
  -- reports: the camera's sender reports said which of its time stamps was when; arrivals: the least delayed
  -- picture counted as taken when it arrived
  add column clock_source text check (clock_source in ('reports', 'arrivals')),
  -- the camera's own clock minus the gateway's; null: it does not tell
  add column camera_clock_offset_ms bigint,
  -- When the file was last read again and held against its hash, and whether it was the same.
  add column verified_at timestamptz,
  add column intact boolean;
create index recording_segments_damaged on recording_segments (camera_id, start_at) where not intact;

-- How far that reading has got; it begins anew at the oldest.
create table recording_verification (
  only_row boolean primary key default true check (only_row),
  last_id  bigint not null
);

-- How its pictures come: auto tries the usual ways one after another.
alter table cameras
  add column transport text not null default 'auto' check (transport in ('auto', 'tcp', 'udp', 'http'));
