-- Rules of more kinds, alerts in groups, and their delivery to other systems.

alter table rules
  drop constraint rules_kind_check,
  drop constraint rules_classes_check,
  drop constraint rules_check,
  drop constraint rules_check1,
  -- null: on the picture itself
  alter column zone_id drop not null,
  -- an object younger than this does not fire yet
  add column min_age_ms   integer not null default 0 check (min_age_ms >= 0),
  -- wrong-way: the allowed movement as seen in the picture, clockwise from straight up
  add column allowed_deg  real check (allowed_deg between 0 and 360),
  -- too-many: from so many objects at once
  add column object_count integer check (object_count > 0),
  -- too-many and the picture's kinds: it lasts so long before it fires
  add column hold_ms      integer check (hold_ms >= 0),
  -- the picture's kinds: share of the measure from which the picture is at fault
  add column threshold    real check (threshold > 0 and threshold <= 1),
  -- [{days: [1..7, Monday first], fromMinute, toMinute}] in the gateway's local time; empty: all the week
  add column schedule     jsonb not null default '[]',
  -- firings so soon after a delivered alert are folded into it
  add column cooldown_ms  integer not null default 0 check (cooldown_ms >= 0),
  add check (kind in ('enter', 'leave', 'dwell', 'present', 'parked', 'wrong-way', 'too-many', 'cross',
    'signal-lost', 'frozen', 'dark', 'overexposed', 'blurred', 'covered', 'moved', 'colour-cast')),
  add check ((zone_id is null) = (cardinality(classes) = 0)),
  add check ((kind in ('dwell', 'parked')) = (dwell_ms is not null)),
  add check ((kind = 'cross') = (direction is not null)),
  add check ((kind = 'wrong-way') = (allowed_deg is not null)),
  add check ((kind = 'too-many') = (object_count is not null));

alter table alerts
  -- null for a rule on the picture itself, and some of them where several objects fired it together
  alter column zone_name drop not null,
  alter column track_id drop not null,
  alter column class drop not null,
  alter column score drop not null,
  alter column box drop not null,
  -- what fired: the track's id, or the time when it began for what is no single object
  add column subject     text,
  -- why it fired, in the numbers of the rule's kind
  add column explanation jsonb not null default '{}',
  -- the delivered alert that this one is folded under; its own id when it was delivered itself
  add column group_id    text,
  add column folded      boolean not null default false,
  -- of a delivered one: how many are folded under it, and when the newest of all of them occurred
  add column repeats     integer not null default 0,
  add column last_at     timestamptz,
  -- dismissed: what for; older rows have only a reason
  add column cause       text,
  -- the unit that it was handed on to, as it was called then
  add column forwarded_unit_id   text,
  add column forwarded_unit_name text,
  add column forward_note        text,
  add column forwarded_by        text,
  add column forwarded_at        timestamptz;
update alerts set subject = track_id, group_id = id, last_at = occurred_at;
alter table alerts
  drop constraint alerts_rule_id_track_id_firing_key,
  alter column subject set not null,
  alter column group_id set not null,
  alter column last_at set not null,
  add unique (rule_id, subject, firing),
  add check (cause is null or state = 'dismissed'),
  add check ((forwarded_unit_id is null) = (forwarded_at is null)),
  add check (folded = (group_id <> id));

-- Lists show delivered alerts; a flood that was folded must not slow them down.
drop index alerts_open;
create index alerts_delivered on alerts (occurred_at desc, id desc) where not folded;
create index alerts_open on alerts (occurred_at desc, id desc) where state = 'new' and not folded;
create index alerts_unit on alerts (unit_id, occurred_at desc, id desc) where not folded;
create index alerts_class on alerts (class, occurred_at desc, id desc) where not folded;
create index alerts_severity on alerts (severity, occurred_at desc, id desc) where not folded;
create index alerts_kind on alerts (rule_kind, occurred_at desc, id desc) where not folded;
create index alerts_rule on alerts (rule_id, occurred_at desc, id desc);
create index alerts_group on alerts (group_id, occurred_at desc, id desc);
create index alerts_forwarded on alerts (forwarded_unit_id, occurred_at desc, id desc)
  where forwarded_unit_id is not null;

-- What a camera should see: pictures are held against it to tell that one was moved, covered or blurred.
create table reference_views (
  camera_id text primary key references cameras (id) on delete cascade,
  taken_at  timestamptz not null,
  -- username; null: taken by the gateway itself
  taken_by  text,
  -- as `src/domain/picture-quality.ts` measures a view
  view      jsonb not null,
  jpeg      bytea not null
);

-- Other systems that are told of alerts.
create table alert_targets (
  id            text primary key,
  name          text not null check (name <> ''),
  kind          text not null check (kind in ('webhook', 'mqtt')),
  -- http(s):// or mqtt(s)://; never with credentials
  url           text not null check (url !~ '^[a-z]+://[^/]*@'),
  -- mqtt
  username      text,
  -- webhook: the key of its signatures; mqtt: the password. Sealed like the cameras' passwords, by its id.
  secret_sealed bytea,
  -- alerts of this unit and below it; null: of all
  unit_id       text references units (id) on delete cascade,
  -- this severity and graver ones
  min_severity  text not null check (min_severity in ('notice', 'warning', 'critical')),
  enabled       boolean not null default true,
  created_at    timestamptz not null default now(),
  delivered     bigint not null default 0,
  delivered_at  timestamptz,
  -- of the last try, if it failed
  error         text,
  error_at      timestamptz
);

-- One alert on its way to one target; written with the alert, removed when it has arrived.
create table alert_deliveries (
  id         bigint generated always as identity primary key,
  target_id  text not null references alert_targets (id) on delete cascade,
  alert_id   text not null references alerts (id) on delete cascade,
  attempts   integer not null default 0,
  next_at    timestamptz not null default now(),
  -- given up since then; a person may have it tried again
  dead_at    timestamptz,
  error      text,
  created_at timestamptz not null default now(),
  unique (target_id, alert_id)
);
create index alert_deliveries_due on alert_deliveries (next_at) where dead_at is null;
create index alert_deliveries_alert on alert_deliveries (alert_id);
