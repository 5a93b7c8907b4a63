-- The schema is a document: units stand in the names, invariants in the checks.
-- Ids are UUIDv7 in text form, made by the gateway. All times are timestamptz.

create table units (
  id            text primary key,
  parent_id     text references units (id) on delete restrict,
  name          text not null check (name <> ''),
  level         text not null check (level in ('city', 'county', 'township', 'village', 'department')),
  -- GB/T 2260: 6 digits for cities and counties, 9 for townships, 12 for villages
  division_code text check (division_code ~ '^[0-9]{2,12}$'),
  -- ids from the root to this unit, each followed by '/': a subtree is a prefix
  path          text not null unique,
  created_at    timestamptz not null default now()
);
create index units_parent on units (parent_id, name, id);
-- One place has one code; the departments beside it carry the code of the place that they serve.
create unique index units_division on units (division_code) where level <> 'department';
create index units_path on units (path text_pattern_ops);

create table cameras (
  id                  text primary key,
  unit_id             text not null references units (id) on delete restrict,
  name                text not null check (name <> ''),
  source              text not null check (source in ('onvif', 'rtsp')),
  -- ONVIF device service address, or the main stream's RTSP URL; never with credentials
  address             text not null check (address !~ '^[a-z]+://[^/]*@'),
  main_url            text check (main_url !~ '^[a-z]+://[^/]*@'),
  sub_url             text check (sub_url !~ '^[a-z]+://[^/]*@'),
  username            text,
  -- AES-256-GCM: version byte, 12-byte nonce, ciphertext, 16-byte tag; bound to the camera's id
  password_sealed     bytea,
  lon                 double precision check (lon between -180 and 180),
  lat                 double precision check (lat between -90 and 90),
  heading_deg         real,
  field_of_view_deg   real,
  -- [{stream, profileToken, codec, widthPx, heightPx, framesPerS}]
  streams             jsonb not null default '[]',
  has_ptz             boolean not null default false,
  -- {manufacturer, model, firmware}
  device              jsonb not null default '{}',
  -- device clock minus gateway clock
  clock_offset_ms     integer,
  analysis_enabled    boolean not null default true,
  analysis_frames_per_s real not null default 4 check (analysis_frames_per_s between 0.2 and 10),
  state               text not null default 'connecting' check (state in ('online', 'connecting', 'degraded', 'offline')),
  state_since         timestamptz not null default now(),
  -- {hop, code, text}
  fault               jsonb,
  created_at          timestamptz not null default now()
);
create index cameras_unit on cameras (unit_id, name, id);
create index cameras_name on cameras (name, id);
-- The same picture is not pulled, recorded and counted twice.
create unique index cameras_address on cameras (address);

create table zones (
  id         text primary key,
  camera_id  text not null references cameras (id) on delete cascade,
  name       text not null check (name <> ''),
  kind       text not null check (kind in ('zone', 'tripwire')),
  -- [{x, y}] in 0..1 of the picture
  points     jsonb not null,
  created_at timestamptz not null default now()
);
create index zones_camera on zones (camera_id);

create table rules (
  id         text primary key,
  camera_id  text not null references cameras (id) on delete cascade,
  zone_id    text not null references zones (id) on delete cascade,
  name       text not null check (name <> ''),
  kind       text not null check (kind in ('enter', 'dwell', 'cross')),
  classes    text[] not null check (cardinality(classes) > 0),
  min_score  real not null check (min_score between 0 and 1),
  dwell_ms   integer check ((kind = 'dwell') = (dwell_ms is not null)),
  direction  text check (direction in ('forward', 'backward', 'both')),
  severity   text not null check (severity in ('notice', 'warning', 'critical')),
  enabled    boolean not null default true,
  created_at timestamptz not null default now(),
  check ((kind = 'cross') = (direction is not null))
);
create index rules_camera on rules (camera_id);

-- An alert keeps the words of its camera, unit and rule: they may be renamed or removed later.
create table alerts (
  id           text primary key,
  sequence     bigint generated always as identity unique,
  camera_id    text not null,
  camera_name  text not null,
  unit_id      text not null,
  unit_name    text not null,
  rule_id      text not null,
  rule_name    text not null,
  rule_kind    text not null,
  zone_name    text not null,
  severity     text not null,
  track_id     text not null,
  class        text not null,
  score        real not null,
  -- left, top, width, height in 0..1
  box          real[] not null check (cardinality(box) = 4),
  dwell_ms     integer,
  direction    text,
  -- the n-th firing of this rule by this track: with it a redelivered frame stores nothing twice
  firing       integer not null,
  occurred_at  timestamptz not null,
  arrived_at   timestamptz not null,
  stored_at    timestamptz not null default now(),
  state        text not null default 'new' check (state in ('new', 'acknowledged', 'dismissed')),
  handled_by   text,
  handled_at   timestamptz,
  reason       text,
  unique (rule_id, track_id, firing),
  check ((state = 'new') = (handled_at is null))
);
create index alerts_newest on alerts (occurred_at desc, id desc);
create index alerts_camera on alerts (camera_id, occurred_at desc, id desc);
create index alerts_open on alerts (occurred_at desc, id desc) where state = 'new';

-- Beside the alert, in the same transaction: an alert without its picture cannot be.
create table alert_snapshots (
  alert_id text primary key references alerts (id) on delete cascade,
  jpeg     bytea not null
);
alter table alert_snapshots alter column jpeg set storage external;

-- Who is parked or stands where a rule watches, kept over a restart: tracks get new ids then, and a car
-- that was parked before must neither fire again nor begin its stay anew. Written whole, every 30 s.
create table resting_objects (
  rule_id       text not null,
  track_id      text not null,
  class         text not null,
  -- left, top, width, height in 0..1
  box           real[] not null check (cardinality(box) = 4),
  inside_since  timestamptz not null,
  resting_since timestamptz not null,
  last_seen     timestamptz not null,
  -- the rule has fired for this stay
  fired         boolean not null,
  primary key (rule_id, track_id)
);

-- 64 x 36 cells, row by row from the top left, per camera, class and 5 minutes.
create table heat_counts (
  camera_id        text not null,
  bucket_start     timestamptz not null,
  class            text not null,
  cells            integer[] not null check (cardinality(cells) = 2304),
  primary key (camera_id, bucket_start, class)
);
-- What the counts rest on.
create table heat_inspected (
  camera_id        text not null,
  bucket_start     timestamptz not null,
  inspected_frames integer not null,
  primary key (camera_id, bucket_start)
);

create table accounts (
  id                   text primary key,
  username             text not null unique check (username <> ''),
  -- argon2id, PHC string
  password_hash        text not null,
  role                 text not null check (role in ('administrator', 'operator', 'viewer')),
  must_change_password boolean not null default false,
  disabled_at          timestamptz,
  created_at           timestamptz not null default now()
);

create table sessions (
  -- SHA-256 of the token: a copy of this table signs nobody in
  token_hash   bytea primary key check (length(token_hash) = 32),
  account_id   text not null references accounts (id) on delete cascade,
  created_at   timestamptz not null default now(),
  last_used_at timestamptz not null default now(),
  expires_at   timestamptz not null,
  client       text not null
);
create index sessions_account on sessions (account_id);
create index sessions_expiry on sessions (expires_at);

create table walls (
  account_id text primary key references accounts (id) on delete cascade,
  tiles      integer not null check (tiles in (1, 4, 9, 16)),
  -- [cameraId or null], by position
  camera_ids jsonb not null
);
