-- The truth of an installation. Conventions: ids are UUIDv7 (their order is the order of creation), times are timestamptz,
-- states are text held by CHECKs that repeat the enums of the control plane, `version` is the etag and rises with each
-- update of what users see. Lock order everywhere: session, run, cursor, counters, each sorted by id.

-- Installation ---------------------------------------------------------------------------------------------------------

create table installation (
  singleton      boolean primary key default true check (singleton),
  id             uuid not null,
  -- What control planes show one another on the replica relay.
  replica_secret text not null,
  create_time    timestamptz not null default now()
);

create table replica (
  id              uuid primary key,
  -- host:port of the executor listener, as other replicas reach it.
  private_address text not null,
  heartbeat_time  timestamptz not null default clock_timestamp(),
  -- Since when executors could have reported without a gap; null while the executor listener is closed.
  listening_since timestamptz,
  start_time      timestamptz not null default clock_timestamp()
);

-- Access ---------------------------------------------------------------------------------------------------------------

create table project (
  id                      uuid primary key,
  name                    text not null unique check (name ~ '^[a-z0-9][a-z0-9_.-]{0,62}$'),
  labels                  jsonb not null default '{}',
  version                 bigint not null default 1,
  create_time             timestamptz not null default now(),
  update_time             timestamptz not null default now(),
  created_by_kind         text not null check (created_by_kind in ('KEY', 'EXECUTOR', 'SYSTEM', 'RUN')),
  created_by_id           text not null,
  created_by_on_behalf_of text
);

create table api_key (
  id          uuid primary key,
  project_id  uuid not null references project,
  name        text not null,
  role        text not null check (role in ('VIEWER', 'EDITOR', 'ADMIN')),
  -- SHA-256 of the whole key; the key itself is 256 random bits, so no salt is needed.
  key_hash    bytea not null unique check (octet_length(key_hash) = 32),
  create_time timestamptz not null default now(),
  expire_time timestamptz,
  revoke_time timestamptz
);

-- Outcomes of mutations by request id, kept for 24 hours.
create table request (
  project_id  uuid not null references project,
  principal   text not null,
  method      text not null,
  request_id  text not null check (octet_length(request_id) between 1 and 128),
  body_hash   bytea not null check (octet_length(body_hash) = 32),
  response    bytea not null,
  create_time timestamptz not null default now(),
  primary key (project_id, principal, method, request_id)
);
create index request_by_age on request (create_time);

-- Executors ------------------------------------------------------------------------------------------------------------

create table executor (
  id                      uuid primary key,
  project_id              uuid not null references project,
  name                    text not null check (length(name) between 1 and 63),
  labels                  jsonb not null default '{}',
  version                 bigint not null default 1,
  create_time             timestamptz not null default now(),
  update_time             timestamptz not null default now(),
  created_by_kind         text not null check (created_by_kind in ('KEY', 'EXECUTOR', 'SYSTEM', 'RUN')),
  created_by_id           text not null,
  created_by_on_behalf_of text,
  credential_hash         bytea not null unique check (octet_length(credential_hash) = 32),
  -- Labels of the enrolment token; they win over those the agent says.
  token_labels            jsonb not null default '{}',
  protocol_version        integer not null default 0,
  build_version           text not null default '',
  capacity_workers        integer not null default 0 check (capacity_workers >= 0),
  capacity_cpu_millis     integer not null default 0 check (capacity_cpu_millis >= 0),
  capacity_memory_bytes   bigint not null default 0 check (capacity_memory_bytes >= 0),
  capacity_disk_bytes     bigint not null default 0 check (capacity_disk_bytes >= 0),
  disk_free_bytes         bigint not null default 0,
  hardening               jsonb not null default '{}',
  providers               text[] not null default '{}',
  boot_id                 text not null default '',
  -- Rises with each Connect; every write on behalf of a link is conditional on it.
  link_epoch              bigint not null default 0,
  -- The replica that holds the link; null when it was closed in order.
  link_replica_id         uuid,
  last_seen               timestamptz,
  -- The executor is expired: its attempts are given to others. Reset by the next Connect.
  expired                 boolean not null default false,
  ready                   boolean not null default false,
  not_ready_reason        text not null default '',
  unique (project_id, name)
);
create index executor_by_link on executor (link_replica_id) where link_replica_id is not null;

create table enrolment_token (
  token_hash      bytea primary key check (octet_length(token_hash) = 32),
  project_id      uuid not null references project,
  labels          jsonb not null default '{}',
  create_time     timestamptz not null default now(),
  expire_time     timestamptz not null,
  created_by_kind text not null check (created_by_kind in ('KEY', 'EXECUTOR', 'SYSTEM', 'RUN')),
  created_by_id   text not null,
  -- Both set by the enrolment that used it.
  executor_id     uuid references executor,
  enrolment_id    text,
  check ((executor_id is null) = (enrolment_id is null))
);

-- Snapshots ------------------------------------------------------------------------------------------------------------

create table pack (
  id          uuid primary key,
  project_id  uuid not null references project,
  session_id  uuid not null,
  object_key  text not null unique,
  sha256      text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  size_bytes  bigint not null check (size_bytes > 0),
  state       text not null check (state in ('UPLOADING', 'LIVE', 'DOOMED')),
  create_time timestamptz not null default now()
);
create index pack_to_collect on pack (create_time) where state <> 'LIVE';

create table snapshot (
  id                      uuid primary key,
  project_id              uuid not null references project,
  session_id              uuid not null,
  labels                  jsonb not null default '{}',
  create_time             timestamptz not null default now(),
  created_by_kind         text not null check (created_by_kind in ('KEY', 'EXECUTOR', 'SYSTEM', 'RUN')),
  created_by_id           text not null,
  created_by_on_behalf_of text,
  kind                    text not null check (kind in ('NORMAL', 'RESCUED')),
  parent_id               uuid references snapshot,
  reason                  text not null,
  run_id                  uuid,
  run_seq                 bigint not null default 0,
  worker_generation       bigint not null,
  manifest_pack_id        uuid not null references pack,
  manifest_sha256         text not null check (manifest_sha256 ~ '^[0-9a-f]{64}$'),
  manifest_bytes          bigint not null check (manifest_bytes > 0),
  file_count              bigint not null check (file_count >= 0),
  logical_bytes           bigint not null check (logical_bytes >= 0),
  stored_bytes            bigint not null check (stored_bytes >= 0),
  changed_during_sync     text[] not null default '{}',
  pinned                  boolean not null default false
);
create index snapshot_by_session on snapshot (session_id, id);
create index snapshot_by_project on snapshot (project_id, id);

create table snapshot_pack (
  snapshot_id uuid not null references snapshot,
  pack_id     uuid not null references pack,
  primary key (snapshot_id, pack_id)
);
create index snapshot_pack_by_pack on snapshot_pack (pack_id);

-- Sessions -------------------------------------------------------------------------------------------------------------

create table session (
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
  parent_id               uuid,
  root_id                 uuid not null,
  depth                   integer not null default 0 check (depth >= 0),
  origin_kind             text not null default 'api',
  origin_id               text not null default '',
  correlation_id          text not null default '',
  trace_id                text not null default '',
  -- Spec, defaults applied.
  image                   text not null,
  cpu_millis              integer not null check (cpu_millis > 0),
  memory_bytes            bigint not null check (memory_bytes > 0),
  disk_bytes              bigint not null check (disk_bytes > 0),
  pids                    integer not null check (pids > 0),
  network                 text not null check (network in ('NONE')),
  placement_labels        jsonb not null default '{}',
  required_hardening      jsonb not null default '{}',
  -- Zero: never.
  idle_timeout            interval not null,
  retention_timeout       interval not null,
  -- The wish: written by users, and by the idle rule only where activity_version is the one it saw.
  desired                 text not null check (desired in ('ACTIVE', 'STOPPED', 'DELETED')),
  -- With the wish STOPPED: remove the copy once clean, not only after the retention. With DELETED: even when not clean.
  desired_remove_copy     boolean not null default false,
  desired_force           boolean not null default false,
  generation              bigint not null default 1,
  activity_version        bigint not null default 0,
  last_activity_time      timestamptz not null default now(),
  throwaway               boolean not null default false,
  -- What is: written by the worker reconciler alone.
  state                   text not null check (state in ('STOPPED', 'ACTIVATING', 'ACTIVE', 'STOPPING', 'DELETING', 'DELETED')),
  state_time              timestamptz not null default now(),
  state_reason            text not null default '',
  state_message           text not null default '',
  observed_generation     bigint not null default 0,
  worker_generation       bigint not null default 0,
  -- Failed activations in a row, and when the next may be tried.
  activation_failures     integer not null default 0,
  next_activation_time    timestamptz,
  -- Written by the commit of a snapshot alone.
  head_snapshot_id        uuid references snapshot,
  check (state <> 'DELETED' or desired = 'DELETED'),
  check (observed_generation <= generation)
);
create unique index session_name on session (project_id, name) where name is not null and state <> 'DELETED';
create index session_by_project on session (project_id, id);
-- What a reconciler has to look at: wish and state differ, or time will pass a rule's bound.
create index session_unsettled on session (id)
  where observed_generation < generation or state in ('ACTIVATING', 'STOPPING', 'DELETING');
create index session_active_idle on session (last_activity_time) where state = 'ACTIVE' and desired = 'ACTIVE';
create index session_stopped_since on session (state_time) where state in ('STOPPED', 'DELETED');

alter table snapshot add foreign key (session_id) references session deferrable initially deferred;
alter table pack add foreign key (session_id) references session;

create table worker (
  id                uuid primary key,
  project_id        uuid not null references project,
  session_id        uuid not null references session,
  executor_id       uuid not null references executor,
  generation        bigint not null check (generation > 0),
  create_time       timestamptz not null default now(),
  update_time       timestamptz not null default now(),
  -- The order: what the executor is told to bring about.
  desired           text not null check (desired in ('READY', 'STOPPED', 'REMOVED')),
  -- With STOPPED or REMOVED: do not save first.
  skip_sync         boolean not null default false,
  state             text not null check (state in
                      ('CREATING', 'PREPARING', 'READY', 'STOPPING', 'STOPPED', 'REMOVED', 'LOST', 'SALVAGING', 'FAILED')),
  phase             text not null default '',
  progress_bytes    bigint not null default 0,
  total_bytes       bigint not null default 0,
  reason            text not null default '',
  message           text not null default '',
  container_ref     text not null default '',
  -- What it was ordered with; the session's spec may change afterwards.
  image             text not null,
  cpu_millis        integer not null check (cpu_millis > 0),
  memory_bytes      bigint not null check (memory_bytes > 0),
  disk_bytes        bigint not null check (disk_bytes > 0),
  pids              integer not null check (pids > 0),
  network           text not null check (network in ('NONE')),
  image_digest      text not null default '',
  base_snapshot_id  uuid references snapshot,
  ready_time        timestamptz,
  unique (session_id, generation)
);
-- At most one worker of a session that can run anything.
create unique index worker_live on worker (session_id) where state in ('CREATING', 'PREPARING', 'READY', 'STOPPING');
create index worker_by_executor on worker (executor_id, id) where state <> 'REMOVED';
create index worker_by_session on worker (session_id, id);
create index worker_by_project on worker (project_id, id);

-- A session's files on one executor's disk. The copy, not the worker, is what must not be lost.
create table copy (
  session_id       uuid not null references session,
  executor_id      uuid not null references executor,
  -- The worker generation that last could write it.
  generation       bigint not null,
  base_snapshot_id uuid references snapshot,
  state            text not null check (state in ('PRESENT', 'REMOVING', 'REMOVED', 'ABANDONED', 'MISSING')),
  -- Committed before any process starts or any file is written; cleared only by the commit of a quiescent sync that knows
  -- the newest dirty_version.
  dirty            boolean not null default false,
  dirty_version    bigint not null default 0,
  -- Rises with each order to sync, stop, salvage or remove; `synced_order` is the last that was answered.
  sync_order       bigint not null default 0,
  synced_order     bigint not null default 0,
  sync_reason      text not null default '',
  sync_failures    integer not null default 0,
  sync_error       text not null default '',
  next_sync_time   timestamptz,
  -- A worker that was given up wrote it, and it is to be saved as RESCUED when its executor is back.
  salvage          boolean not null default false,
  disk_bytes       bigint not null default 0,
  update_time      timestamptz not null default now(),
  primary key (session_id, executor_id),
  check (synced_order <= sync_order)
);
create index copy_by_executor on copy (executor_id) where state in ('PRESENT', 'REMOVING');
create index copy_to_sync on copy (executor_id, next_sync_time) where synced_order < sync_order;

-- Instructions to executors that are not a state. The row comes first; any replica may write it, the one that holds the
-- link sends it.
create table command (
  id               uuid primary key,
  executor_id      uuid not null references executor,
  session_id       uuid not null references session,
  worker_id        uuid not null references worker,
  kind             text not null check (kind in ('OPEN_RELAY')),
  -- Whether it may write files: while one is open a sync is not quiescent.
  writes           boolean not null,
  payload          bytea not null,
  -- The replica whose client waits.
  replica_id       uuid not null,
  create_time      timestamptz not null default now(),
  expire_time      timestamptz not null,
  -- The link it was last sent on; null: not yet.
  sent_epoch       bigint,
  done_time        timestamptz,
  failure_reason   text
);
create index command_to_send on command (executor_id, id) where done_time is null;
create index command_by_session on command (session_id) where done_time is null;
create index command_by_age on command (create_time);

-- Runs -----------------------------------------------------------------------------------------------------------------

create table queue (
  id                      uuid primary key,
  project_id              uuid not null references project,
  name                    text not null check (name ~ '^[a-z0-9][a-z0-9_.-]{0,62}$'),
  labels                  jsonb not null default '{}',
  version                 bigint not null default 1,
  create_time             timestamptz not null default now(),
  update_time             timestamptz not null default now(),
  created_by_kind         text not null check (created_by_kind in ('KEY', 'EXECUTOR', 'SYSTEM', 'RUN')),
  created_by_id           text not null,
  created_by_on_behalf_of text,
  -- Zero: no bound.
  max_concurrency         integer not null default 0 check (max_concurrency >= 0),
  max_depth               integer not null default 0 check (max_depth >= 0),
  unique (project_id, name)
);

create table run (
  id                      uuid primary key,
  project_id              uuid not null references project,
  name                    text,
  labels                  jsonb not null default '{}',
  version                 bigint not null default 1,
  create_time             timestamptz not null default now(),
  update_time             timestamptz not null default now(),
  created_by_kind         text not null check (created_by_kind in ('KEY', 'EXECUTOR', 'SYSTEM', 'RUN')),
  created_by_id           text not null,
  created_by_on_behalf_of text,
  parent_id               uuid,
  root_id                 uuid not null,
  depth                   integer not null default 0 check (depth >= 0),
  origin_kind             text not null default 'api',
  origin_id               text not null default '',
  correlation_id          text not null default '',
  trace_id                text not null default '',
  session_id              uuid not null references session,
  queue_id                uuid not null references queue,
  throwaway_session       boolean not null default false,
  -- Spec, resolved, immutable.
  provider                text not null,
  command                 text[] not null,
  environment             jsonb not null default '{}',
  working_directory       text not null,
  input                   bytea not null default '',
  timeout                 interval not null,
  grace                   interval not null,
  max_attempts            integer not null check (max_attempts > 0),
  priority                integer not null default 0,
  not_before              timestamptz,
  -- State.
  state                   text not null check (state in ('BLOCKED', 'QUEUED', 'STARTING', 'RUNNING', 'WAITING',
                            'SUCCEEDED', 'FAILED', 'CANCELED', 'SKIPPED', 'EXPIRED')),
  pending_reason          text check (pending_reason in ('NO_EXECUTOR', 'NO_CAPACITY', 'QUEUE_LIMIT', 'KEY_LIMIT', 'SESSION_BUSY',
                            'NOT_BEFORE', 'PAUSED', 'QUOTA')),
  pending_message         text,
  -- Attempts claimed; the attempt under way or last stands here, ended ones in run_attempt.
  attempt                 integer not null default 0,
  attempt_id              uuid,
  attempt_start_time      timestamptz,
  worker_id               uuid references worker,
  executor_id             uuid references executor,
  worker_generation       bigint,
  image_digest            text not null default '',
  start_time              timestamptz,
  end_time                timestamptz,
  cancel_requested_at     timestamptz,
  dead_lettered_at        timestamptz,
  end_reason              text,
  end_message             text,
  exit_code               integer,
  signal                  integer,
  check ((state in ('SUCCEEDED', 'FAILED', 'CANCELED', 'SKIPPED', 'EXPIRED')) = (end_time is not null)),
  check ((end_time is null) = (end_reason is null)),
  check (state not in ('STARTING', 'RUNNING', 'WAITING') or
         (attempt_id is not null and executor_id is not null and worker_id is not null and worker_generation is not null)),
  check (attempt <= max_attempts)
);
-- At most one active run a session.
create unique index run_active on run (session_id) where state in ('STARTING', 'RUNNING', 'WAITING');
-- The queue, in the order of claims.
create index run_queued on run (queue_id, priority desc, id) where state = 'QUEUED';
create index run_queued_by_session on run (session_id, id) where state = 'QUEUED';
create index run_by_executor on run (executor_id) where state in ('STARTING', 'RUNNING', 'WAITING');
create index run_by_project on run (project_id, id);
create index run_by_session on run (session_id, id);
create index run_active_by_queue on run (queue_id) where state in ('STARTING', 'RUNNING', 'WAITING');

-- Attempts that ended; written once, at their end.
create table run_attempt (
  id            uuid primary key,
  run_id        uuid not null references run,
  number        integer not null check (number > 0),
  executor_id   uuid not null references executor,
  worker_id     uuid not null references worker,
  start_time    timestamptz not null,
  end_time      timestamptz not null,
  end_reason    text not null,
  end_message   text not null default '',
  exit_code     integer,
  signal        integer,
  -- Its executor said so, with the last of its events; otherwise the control plane gave it up, and it may still talk.
  reported      boolean not null,
  unique (run_id, number)
);

-- One row a run: numbers its events, fences and de-duplicates their writers.
create table run_cursor (
  run_id     uuid primary key references run,
  last_seq   bigint not null default 0 check (last_seq >= 0),
  -- The attempt that may write; null between attempts and after the end.
  attempt_id uuid,
  out_offset bigint not null default 0,
  err_offset bigint not null default 0,
  sub        bigint not null default 0
) with (fillfactor = 50);

-- Events of runs. Run ids sort by time, so partitions are months of runs.
create table run_event (
  run_id     uuid not null,
  seq        bigint not null check (seq > 0),
  time       timestamptz not null,
  type       text not null,
  attempt_id uuid,
  actor_kind text not null check (actor_kind in ('KEY', 'EXECUTOR', 'SYSTEM', 'RUN')),
  actor_id   text not null,
  trace_id   text not null default '',
  -- The serialised payload message of `type`.
  payload    bytea not null check (octet_length(payload) <= 65536),
  primary key (run_id, seq)
) partition by range (run_id);

create table run_event_default partition of run_event default;

-- The smallest UUIDv7 of a moment.
create function uuid7_floor(moment timestamptz) returns uuid
  language sql immutable strict parallel safe
  return (lpad(to_hex((extract(epoch from moment) * 1000)::bigint), 12, '0') || '70008000000000000000')::uuid;

-- Makes the partition of the month that `moment` is in, in UTC. Does nothing where it exists.
create function ensure_run_event_partition(moment timestamptz) returns void
  language plpgsql as $$
declare
  month_start timestamptz := date_trunc('month', moment, 'UTC');
  partition   text := 'run_event_' || to_char(month_start at time zone 'UTC', 'YYYY_MM');
begin
  if to_regclass(partition) is null then
    execute format('create table %I partition of run_event for values from (%L) to (%L)',
      partition, uuid7_floor(month_start), uuid7_floor(month_start + interval '1 month'));
  end if;
end $$;

-- Facts of every other resource, one feed a project. Read in the order (xid, id), and only below the oldest transaction still
-- under way, so that a late commit is never skipped.
create table event (
  xid           xid8 not null default pg_current_xact_id(),
  id            bigint generated always as identity,
  project_id    uuid not null references project,
  time          timestamptz not null default clock_timestamp(),
  type          text not null,
  resource_kind text not null,
  resource_id   text not null,
  session_id    uuid,
  message       text not null default '',
  attributes    jsonb not null default '{}',
  actor_kind    text not null check (actor_kind in ('KEY', 'EXECUTOR', 'SYSTEM', 'RUN')),
  actor_id      text not null,
  trace_id      text not null default '',
  primary key (project_id, xid, id)
);
create index event_by_session on event (session_id, xid, id) where session_id is not null;
