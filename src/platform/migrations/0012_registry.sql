-- The registry of a whole city: national codes, what a camera is mounted on, who answers for it; search
-- by name, pinyin, initials and code; cameras that came in by a file.

create table camera_imports (
  id           text primary key,
  account_id   text not null,
  file_name    text not null,
  -- rows of the file that hold something, its heading left out
  row_count    integer not null,
  -- what became of them so far
  added        integer not null default 0,
  existing     integer not null default 0,
  refused      integer not null default 0,
  started_at   timestamptz not null default now(),
  -- null: under way, or broken off by the gateway's end
  ended_at     timestamptz,
  outcome      text check (outcome in ('done', 'cancelled')),
  undone_at    timestamptz,
  check ((ended_at is null) = (outcome is null))
);
create index camera_imports_newest on camera_imports (started_at desc, id desc);

alter table cameras
  -- GB/T 28181: 8 digits of division, 2 of industry, 3 of type, 1 of network, 6 of serial number
  add column national_code text check (national_code ~ '^[0-9]{20}$'),
  add column category text
    check (category in ('pole', 'wall', 'indoor', 'lift', 'vehicle', 'high-point', 'mobile')),
  -- of the lens above the ground
  add column height_m real check (height_m between -100 and 1000),
  add column contact_name text,
  add column contact_phone text,
  add column note text,
  -- the file that it came in by
  add column import_id text references camera_imports (id) on delete set null,
  -- the name, its pinyin and its initials, a line each; null: not made yet
  add column name_key text,
  -- what is searched, in lower case
  add column search_key text not null generated always as
    (lower(coalesce(name_key, name) || chr(10) || coalesce(national_code, '') || chr(10) || address)) stored;
create unique index cameras_national_code on cameras (national_code);
create index cameras_import on cameras (import_id) where import_id is not null;
create index cameras_unsearchable on cameras (id) where name_key is null;

alter table units
  add column name_key text,
  add column search_key text not null generated always as
    (lower(coalesce(name_key, name) || chr(10) || coalesce(division_code, ''))) stored;
create index units_unsearchable on units (id) where name_key is null;

-- On a server of somebody else the extension may be missing or not ours to create: search then reads all
-- keys, which is slower and finds the same.
do $$
begin
  create extension if not exists pg_trgm;
  create index cameras_search on cameras using gin (search_key gin_trgm_ops);
  create index units_search on units using gin (search_key gin_trgm_ops);
exception when insufficient_privilege or undefined_file or feature_not_supported then
  raise notice 'searching without trigrams: %', sqlerrm;
end
$$;
