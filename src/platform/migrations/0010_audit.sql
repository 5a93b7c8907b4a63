-- Who did what, saw what and was refused what: append-only, each entry chained to the one before.
create table audit_entries (
  -- 1, 2, 3 … without gaps: a missing number is a missing entry
  sequence    bigint primary key check (sequence > 0),
  -- whole milliseconds, as they stand in the hash
  at          timestamptz not null,
  -- null: nobody was signed in, or the gateway itself
  account_id  text,
  -- as it was called then, or as somebody called himself who was not let in
  username    text,
  -- from where; null for the gateway itself
  address     text,
  -- noun.verb, such as cameras.change
  act         text not null check (act ~ '^[a-z-]+\.[a-z-]+$'),
  -- the id of what it was done to
  subject     text,
  outcome     text not null check (outcome in ('begun', 'done', 'refused', 'failed')),
  -- the entry that told the beginning of this act
  begun_in    bigint,
  -- JSON as text, exactly as it was hashed
  detail      text check (octet_length(detail) <= 8192),
  -- SHA-256 of the hash before and this entry's canonical form (src/domain/audit.ts)
  hash        bytea not null check (octet_length(hash) = 32)
);
create index audit_entries_at on audit_entries using brin (at) with (pages_per_range = 32);
create index audit_entries_account on audit_entries (account_id, sequence desc) where account_id is not null;
create index audit_entries_subject on audit_entries (subject, sequence desc) where subject is not null;
create index audit_entries_act on audit_entries (act, sequence desc);

-- What the gateway's own code, or a hand at psql, would change by mistake is refused. Who means to may
-- drop the trigger: that is what the chain and its signed heads are for.
create function audit_entries_stay() returns trigger language plpgsql as $$
begin
  raise exception 'audit entries are never changed or removed';
end $$;
create trigger audit_entries_stay before update or delete on audit_entries
  for each row execute function audit_entries_stay();
create trigger audit_entries_stay_all before truncate on audit_entries
  for each statement execute function audit_entries_stay();

-- The chain's end as it was at a moment, signed with the installation's Ed25519 key.
create table audit_heads (
  sequence   bigint primary key,
  hash       bytea not null check (octet_length(hash) = 32),
  signed_at  timestamptz not null,
  signature  bytea not null check (octet_length(signature) = 64)
);
