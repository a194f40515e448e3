-- What must be in place before a run may start: the runtime manifest of sessions, and the seeds it names.

-- Files to put in place, their contents one behind the other in one object. Never changes but for its state. One without a
-- name was made for the manifests that hold it, and goes with the last of them.
create table seed_set (
  id                      uuid primary key,
  project_id              uuid not null references project,
  name                    text check (name ~ '^[a-z0-9][a-z0-9_.-]{0,62}$'),
  labels                  jsonb not null default '{}',
  version                 bigint not null default 1,
  create_time             timestamptz not null default now(),
  update_time             timestamptz not null default now(),
  created_by_kind         text not null check (created_by_kind in ('KEY', 'EXECUTOR', 'SYSTEM', 'RUN')),
  created_by_id           text not null,
  created_by_on_behalf_of text,
  -- The row comes first: UPLOADING until the object is in the store. DOOMED: object, then row, are being deleted.
  state                   text not null check (state in ('UPLOADING', 'READY', 'DOOMED')),
  object_key              text not null unique,
  size_bytes              bigint not null check (size_bytes >= 0),
  file_count              integer not null check (file_count between 0 and 1000),
  -- [{path, mode, size, sha256, position}], ascending by path.
  files                   jsonb not null default '[]'
);
create unique index seed_set_name on seed_set (project_id, name) where name is not null and state <> 'DOOMED';
create index seed_set_to_collect on seed_set (create_time) where name is null or state <> 'READY';

-- Which sessions hold a set: those whose manifest names it.
create table session_seed_set (
  session_id  uuid not null references session,
  seed_set_id uuid not null references seed_set,
  primary key (session_id, seed_set_id)
);
create index session_seed_set_by_set on session_seed_set (seed_set_id);

-- Null: nothing is asked for. A worker keeps what it was ordered with.
alter table session add manifest jsonb;
alter table worker add manifest jsonb;
-- The trace its orders belong to; empty for none.
alter table worker add trace_id text not null default '';

-- Names of mounts the executor's operator allows, and what its agent can do, by its newest Hello.
alter table executor add mounts text[] not null default '{}';
alter table executor add features text[] not null default '{}';
