-- Values that runs' processes get and nobody reads again.

create table secret (
  id                      uuid primary key,
  project_id              uuid not null references project,
  -- Null: the project's.
  session_id              uuid references session,
  name                    text not null check (name <> ''),
  version                 bigint not null default 1 check (version > 0),
  create_time             timestamptz not null default now(),
  update_time             timestamptz not null default now(),
  updated_by_kind         text not null check (updated_by_kind in ('KEY', 'EXECUTOR', 'SYSTEM', 'RUN')),
  updated_by_id           text not null,
  updated_by_on_behalf_of text,
  -- It is gone for everybody, and its row goes once no process has what it was.
  deleted                 boolean not null default false
);
create unique index secret_of_project on secret (project_id, name) where session_id is null and not deleted;
create unique index secret_of_session on secret (session_id, name) where session_id is not null and not deleted;
create index secret_by_session on secret (session_id) where session_id is not null;
create index secret_deleted on secret (id) where deleted;

-- Its versions, encrypted. Older ones stay for as long as a process under way was given them.
create table secret_value (
  secret_id  uuid not null references secret on delete cascade,
  version    bigint not null check (version > 0),
  -- Which key: the control plane has the key itself.
  key_id     text not null check (key_id <> ''),
  nonce      bytea not null check (octet_length(nonce) = 12),
  -- With its tag. It is bound to project, session, name and version.
  ciphertext bytea not null,
  superseded boolean not null default false,
  primary key (secret_id, version)
);
create index secret_value_superseded on secret_value (secret_id) where superseded;
create index secret_value_by_key on secret_value (key_id, secret_id, version);

-- Which version an attempt was given, in the order of the run's spec.
create table run_secret (
  attempt_id uuid not null,
  position   integer not null check (position >= 0),
  run_id     uuid not null references run on delete cascade,
  secret_id  uuid not null,
  version    bigint not null,
  primary key (attempt_id, position)
);
create index run_secret_by_run on run_secret (run_id);
create index run_secret_by_secret on run_secret (secret_id, version);

-- What the spec names: [{"name": …, "environment" or "file": …}].
alter table run add column secrets jsonb not null default '[]';
