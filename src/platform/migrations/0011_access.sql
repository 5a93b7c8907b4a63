-- Who may do what, where, when and until when, beside what the role allows.

-- The unit that an account belongs to: its role holds there and below. Null: everywhere.
alter table accounts add column unit_id text references units (id) on delete restrict;
create index accounts_unit on accounts (unit_id) where unit_id is not null;

create table rights (
  id          text primary key,
  account_id  text not null references accounts (id) on delete cascade,
  -- where: one of them, or neither for everywhere
  unit_id     text references units (id) on delete cascade,
  camera_id   text references cameras (id) on delete cascade,
  actions     text[] not null check (cardinality(actions) > 0),
  -- [{days, fromMinute, toMinute}] on the gateway's local clock; empty: always
  schedule    jsonb not null default '[]',
  until_at    timestamptz,
  reason      text not null check (reason <> ''),
  granted_by  text not null,
  created_at  timestamptz not null default now(),
  check (unit_id is null or camera_id is null)
);
create index rights_account on rights (account_id, created_at, id);
create index rights_unit on rights (unit_id) where unit_id is not null;
create index rights_camera on rights (camera_id) where camera_id is not null;
