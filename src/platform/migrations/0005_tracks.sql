-- One object's stay before one camera, and one or two pictures of it. Both tables are parted by weeks (from
-- Monday, UTC, by first_seen); the gateway makes the parts as they are needed and drops them when all in
-- them is older than tracks are kept.

create table tracks (
  id                text not null,
  -- Outlives its camera: what was seen is kept until its time is over.
  camera_id         text not null,
  -- what it was called mostly
  class             text not null check (class in ('person', 'face', 'car', 'bus', 'truck', 'motorcycle', 'bicycle')),
  -- programme time
  first_seen        timestamptz not null,
  last_seen         timestamptz not null,
  -- false: it was still there when this was written
  ended             boolean not null,
  -- of its best detection, 0 to 1
  score             real not null check (score between 0 and 1),
  -- foot points: x, y and time as 16-bit differences, little end first; 8192ths of the picture, 20 ms
  path              bytea not null check (length(path) % 6 = 0),
  -- in the picture, n is up; null: it ended about where it began
  direction         text check (direction in ('n', 'ne', 'e', 'se', 's', 'sw', 'w', 'nw')),
  -- picture widths per second along its path
  speed             real not null check (speed >= 0),
  -- of a vehicle, and of a person's clothing: name and confidence, 0 to 1
  colour            text,
  colour_confidence real,
  upper_colour            text,
  upper_colour_confidence real,
  lower_colour            text,
  lower_colour_confidence real,
  plate             text,
  -- one a character of the plate, 0 to 1
  plate_confidences real[],
  -- by geometry at its end: [{zoneId, enteredUtcMs, insideMs} or {zoneId, crossedUtcMs, direction}]
  zones             jsonb not null default '[]',
  primary key (id, first_seen),
  check (last_seen >= first_seen),
  check ((plate is null) = (plate_confidences is null))
) partition by range (first_seen);
create index tracks_camera on tracks (camera_id, first_seen desc, id desc);
-- Those that a gateway left open when it was killed.
create index tracks_open on tracks (id) where not ended;

create table track_stills (
  track_id   text not null,
  -- of the track, under which both are found and dropped together
  first_seen timestamptz not null,
  -- best: the object; face: the face of a person, for nothing but to be looked at
  kind       text not null check (kind in ('best', 'face')),
  jpeg       bytea not null,
  primary key (track_id, kind, first_seen)
) partition by range (first_seen);
