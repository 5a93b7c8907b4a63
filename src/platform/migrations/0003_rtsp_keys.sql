-- Keys with which video walls and other platforms read cameras from the gateway by RTSP. Digest needs
-- H(name:realm:secret) as it is, which no account's argon2id hash can give: so a key has a secret of its own.
create table rtsp_keys (
  id             text primary key,
  -- whose rights it has; it dies with the account and rests while the account is disabled
  account_id     text not null references accounts (id) on delete cascade,
  name           text not null check (name <> ''),
  -- what the reader gives as its user name
  username       text not null unique check (username <> ''),
  -- {md5, sha256}, sealed like device passwords: AES-256-GCM bound to the key's id
  secrets_sealed bytea not null,
  created_at     timestamptz not null default now()
);
create index rtsp_keys_account on rtsp_keys (account_id);
create index rtsp_keys_name on rtsp_keys (name, id);
