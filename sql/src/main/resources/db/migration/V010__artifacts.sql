-- Named, immutable objects that runs leave behind: files of workspaces, and payloads too large for an event.

create table artifact (
  id                      uuid primary key,
  project_id              uuid not null references project,
  session_id              uuid not null references session,
  -- The run and attempt that left it behind; both null for one that a client made.
  run_id                  uuid,
  attempt_id              uuid,
  create_time             timestamptz not null default now(),
  created_by_kind         text not null check (created_by_kind in ('KEY', 'EXECUTOR', 'SYSTEM', 'RUN')),
  created_by_id           text not null,
  created_by_on_behalf_of text,
  labels                  jsonb not null default '{}',
  kind                    text not null check (kind in ('FILE', 'EVENT_PAYLOAD')),
  -- The row comes first: UPLOADING until the object is in the store. DOOMED: object, then row, are being deleted.
  state                   text not null check (state in ('UPLOADING', 'READY', 'DOOMED')),
  path                    text not null,
  content_type            text not null,
  object_key              text not null unique,
  size_bytes              bigint not null check (size_bytes >= 0),
  -- Not known before a client's one is stored.
  sha256                  text check (sha256 ~ '^[0-9a-f]{64}$'),
  -- Null: with its session.
  expire_time             timestamptz,
  check ((run_id is null) = (attempt_id is null)),
  check (state <> 'READY' or sha256 is not null),
  check ((kind = 'FILE') = (path <> ''))
);
-- An attempt keeps each of its files once.
create unique index artifact_of_attempt on artifact (attempt_id, md5(path)) where kind = 'FILE' and state <> 'DOOMED';
create index artifact_by_session on artifact (session_id, id);
create index artifact_by_run on artifact (run_id, id) where run_id is not null;
create index artifact_by_project on artifact (project_id, id);
create index artifact_unsettled on artifact (create_time) where state <> 'READY';
create index artifact_expiring on artifact (expire_time) where expire_time is not null and state = 'READY';
-- What they take, asked for by each scrape.
create index artifact_stored on artifact (project_id) include (size_bytes) where state = 'READY';

-- What a run's artifacts are: globs relative to the workspace, and how long they are kept; null: with the session.
alter table run add artifacts text[] not null default '{}';
alter table run add artifact_retention interval check (artifact_retention > interval '0');

-- Whether `payload` is a PayloadRef, and the payload an artifact.
alter table run_event add referenced boolean not null default false;
