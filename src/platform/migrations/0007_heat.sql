-- Heat and counts. Everything is stored by 5 minutes and summed up by hour (whole ones in UTC) and by day
-- (from midnight in the gateway's time zone on). Of one 5 minutes there may be several rows: each `part`
-- belongs to one run of the gateway, which writes it whole, so that writing it twice changes nothing.
-- Hours and days have one row, whose part is all zeros. Rows outlive their camera. Each level is a
-- partition: a month of days lies side by side, and the planner knows how few they are.

-- Where in the picture: 64 x 36 cells, those alone in which something was.
create table heat_grids (
  camera_id    text not null,
  span         text not null check (span in ('5min', 'hour', 'day')),
  bucket_start timestamptz not null,
  part         uuid not null,
  -- ascending: class * 2304 + cell; classes by their place in the list of the domain (person, face, car,
  -- bus, truck, motorcycle, bicycle), cells row by row from the top left
  cells        smallint[] not null,
  -- hundredths of a second that objects stood in the cell, all objects together
  dwell_cs     integer[] not null,
  -- tracks that entered the cell, each once in its life
  passages     integer[] not null,
  primary key (camera_id, span, bucket_start, part),
  check (cardinality(cells) = cardinality(dwell_cs) and cardinality(cells) = cardinality(passages))
) partition by list (span);
create table heat_grids_5min partition of heat_grids for values in ('5min');
create table heat_grids_hour partition of heat_grids for values in ('hour');
create table heat_grids_day partition of heat_grids for values in ('day');
create index heat_grids_age on heat_grids (span, bucket_start);

-- The camera as a whole, and what its figures rest on: read for many cameras at once.
create table heat_totals (
  span             text not null check (span in ('5min', 'hour', 'day')),
  bucket_start     timestamptz not null,
  camera_id        text not null,
  part             uuid not null,
  inspected_frames integer not null,
  inspected_ms     integer not null,
  -- by class, in the order of the domain's list; null: nothing was there
  dwell_cs         bigint[] check (cardinality(dwell_cs) = 7),
  tracks           integer[] check (cardinality(tracks) = 7),
  primary key (span, bucket_start, camera_id, part),
  check ((dwell_cs is null) = (tracks is null))
) partition by list (span);
create table heat_totals_5min partition of heat_totals for values in ('5min');
create table heat_totals_hour partition of heat_totals for values in ('hour');
create table heat_totals_day partition of heat_totals for values in ('day');
create index heat_totals_camera on heat_totals (camera_id, span, bucket_start);

-- Crossings of tripwires, whether a rule watches them or not. Forward: from the left hand to the right.
create table line_counts (
  camera_id    text not null,
  span         text not null check (span in ('5min', 'hour', 'day')),
  bucket_start timestamptz not null,
  line_id      text not null,
  class        text not null,
  part         uuid not null,
  forward      integer not null,
  backward     integer not null,
  primary key (camera_id, span, bucket_start, line_id, class, part)
) partition by list (span);
create table line_counts_5min partition of line_counts for values in ('5min');
create table line_counts_hour partition of line_counts for values in ('hour');
create table line_counts_day partition of line_counts for values in ('day');
create index line_counts_time on line_counts (span, bucket_start);

-- Hours and days whose rows are to be summed up (again), written together with what changed below them.
create table rollups_due (
  span         text not null check (span in ('hour', 'day')),
  bucket_start timestamptz not null,
  camera_id    text not null,
  -- how often it was asked for: writing it makes a run that is summing up wait for this transaction
  asked        integer not null default 1,
  primary key (span, bucket_start, camera_id)
);

-- When cameras were online (or degraded: pictures came). to_at null: it is, as far as the gateway knows.
create table camera_online (
  camera_id text not null,
  from_at   timestamptz not null,
  to_at     timestamptz,
  primary key (camera_id, from_at),
  check (to_at >= from_at)
);
create index camera_online_time on camera_online using gist (tstzrange(from_at, to_at));
create index camera_online_open on camera_online (camera_id) where to_at is null;

-- One row, written every few seconds: when the gateway was last seen alive. Where it was killed, cameras
-- that were online then were so until this moment.
create table gateway_alive (
  only_row boolean primary key default true check (only_row),
  at       timestamptz not null
);

-- What was counted so far: one object in one frame stood for the time between frames, 250 ms as cameras
-- are set unless somebody chose otherwise. Passages were not counted.
insert into heat_grids (camera_id, span, bucket_start, part, cells, dwell_cs, passages)
select camera_id, '5min', bucket_start, '00000000-0000-0000-0000-000000000000',
  array_agg((class * 2304 + cell)::smallint order by class, cell),
  array_agg(count * 25 order by class, cell),
  array_agg(0 order by class, cell)
from (
  select camera_id, bucket_start, cell - 1 as cell, count,
    array_position(array['person', 'face', 'car', 'bus', 'truck', 'motorcycle', 'bicycle'], class) - 1 as class
  from heat_counts, unnest(cells) with ordinality as counted (count, cell)
  where count > 0
) as counted
where class is not null
group by camera_id, bucket_start;

insert into heat_totals (span, bucket_start, camera_id, part, inspected_frames, inspected_ms, dwell_cs, tracks)
select '5min', bucket_start, camera_id, '00000000-0000-0000-0000-000000000000',
  inspected_frames, least(300000, inspected_frames * 250), dwell, array_fill(0, array[7])
from heat_inspected left join lateral (
  select array_agg(coalesce(sum, 0) order by number) as dwell
  from generate_series(0, 6) as classes (number) left join (
    select cell / 2304 as number, sum(dwell) as sum
    from heat_grids, unnest(cells, dwell_cs) as stored (cell, dwell)
    where heat_grids.camera_id = heat_inspected.camera_id
      and heat_grids.bucket_start = heat_inspected.bucket_start
    group by cell / 2304
  ) as summed using (number)
) as summed on true;

insert into rollups_due (span, bucket_start, camera_id)
select distinct 'hour', date_trunc('hour', bucket_start), camera_id from heat_totals;

drop table heat_counts;
drop table heat_inspected;
