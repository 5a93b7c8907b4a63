-- Reviews: detectors and rules run over a recorded interval of chosen cameras, and what they found. Never
-- alerts: nobody is called by them, and they stand in tables of their own.

create table reviews (
  id         text primary key,
  name       text not null check (name <> ''),
  from_at    timestamptz not null,
  to_at      timestamptz not null,
  -- waiting and running ones go on after a restart where they were
  state      text not null check (state in ('waiting', 'running', 'done', 'cancelled', 'failed')),
  -- failed: why, as a stable code
  reason     text,
  asked_by   text not null,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  ended_at   timestamptz,
  -- Time at work, without what was waited for and without restarts.
  worked_ms  bigint not null default 0,
  check (to_at > from_at),
  check ((state = 'failed') = (reason is not null))
);
create index reviews_newest on reviews (created_at desc, id desc);
create index reviews_unfinished on reviews (created_at) where state in ('waiting', 'running');

-- One camera of a review; outlives the camera, as its footage does.
create table review_cameras (
  review_id    text not null references reviews (id) on delete cascade,
  camera_id    text not null,
  -- as it was called when the review was asked for
  camera_name  text not null,
  place        integer not null,
  -- [{rule, zone}]: the rules, and the zones that they stand on, as they stood then
  watches      jsonb not null,
  -- How a frame is sampled and what of it is left out, as with live pictures then.
  frames_per_s real not null check (frames_per_s > 0),
  masks        jsonb not null default '[]',
  motion_gate  boolean not null,
  -- Recorded time within the interval; null until it has been looked up.
  footage_ms   bigint,
  -- Of it inspected, and until which moment; after a restart it goes on from there.
  inspected_ms bigint not null default 0,
  reached_at   timestamptz,
  frames       integer not null default 0,
  -- {class: number of objects followed}
  objects      jsonb not null default '{}',
  -- null: to be done or under way; else done, or why no more could be done (a stable code)
  outcome      text,
  primary key (review_id, camera_id)
);

-- What a rule would have raised an alert for.
create table review_findings (
  id          text primary key,
  review_id   text not null references reviews (id) on delete cascade,
  camera_id   text not null,
  rule_id     text not null,
  rule_name   text not null,
  rule_kind   text not null,
  severity    text not null,
  -- null for a rule on the picture itself; so are class, score and box
  zone_name   text,
  subject     text not null,
  class       text,
  score       real,
  -- left, top, width, height in shares of the picture
  box         double precision[],
  dwell_ms    integer,
  direction   text,
  explanation jsonb not null default '{}',
  firing      integer not null,
  occurred_at timestamptz not null,
  jpeg        bytea,
  unique (review_id, rule_id, subject, firing)
);
create index review_findings_order on review_findings (review_id, occurred_at, id);
create index review_findings_camera on review_findings (camera_id, occurred_at);

-- What live analysis found lately, so that a rule can be tried on the last hours in a moment: a row holds
-- up to 20 s of one camera. Unlogged, because it is worth no more than the hours it covers: after a
-- crash of the database it begins anew.
create unlogged table inspection_log (
  camera_id text not null,
  -- programme time of its first frame
  from_at   timestamptz not null,
  -- deflated JSON, see src/domain/inspection-record.ts
  frames    bytea not null,
  primary key (camera_id, from_at)
);
create index inspection_log_oldest on inspection_log (from_at);
