-- How each camera is analysed, and when it was.

alter table cameras
  -- which of its streams is looked at
  add analysis_stream text not null default 'sub' check (analysis_stream in ('main', 'sub')),
  -- pictures in which nothing has changed are not looked at again
  add analysis_motion_gate boolean not null default true,
  -- number plates are read
  add analysis_plates boolean not null default false,
  -- [[{x, y}, ...], ...] in 0..1 of the picture: what is inside is of no interest
  add analysis_masks jsonb not null default '[]' check (jsonb_typeof(analysis_masks) = 'array');

-- Each moment of a camera's life belongs to one row: it was inspected, or was not and why. A row is written
-- when this changes. Outlives its camera.
create table inspection_intervals (
  camera_id text not null,
  from_at   timestamptz not null,
  -- null: it goes on. A later row of the camera ends it in any case.
  to_at     timestamptz,
  -- null: inspected; else a stable code: analysis-off, workers-missing, weights-missing, analysis-overload,
  -- stream-starting, gateway-stopped, or the fault of the camera's stream
  reason    text,
  primary key (camera_id, from_at),
  check (to_at >= from_at)
);
create index inspection_intervals_open on inspection_intervals (camera_id) where to_at is null;
create index inspection_intervals_age on inspection_intervals (to_at);

-- One row, written every few seconds: where the gateway was killed, what was open then went on until here.
create table inspection_alive (
  only_row boolean primary key default true check (only_row),
  at       timestamptz not null
);
