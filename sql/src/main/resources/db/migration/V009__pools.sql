-- Containers made and started ahead of the sessions that claim them.

create table pool (
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
  -- What its containers are made with and where, defaults applied.
  image                   text not null,
  cpu_millis              integer not null check (cpu_millis > 0),
  memory_bytes            bigint not null check (memory_bytes > 0),
  disk_bytes              bigint not null check (disk_bytes > 0),
  pids                    integer not null check (pids > 0),
  network                 text not null check (network in ('NONE')),
  placement_labels        jsonb not null default '{}',
  required_hardening      jsonb not null default '{}',
  -- Hash of what cannot change after create: a session with the same may claim.
  fit_key                 text not null check (fit_key ~ '^[0-9a-f]{64}$'),
  size                    integer not null check (size between 0 and 1000),
  -- Zero: no bound but the executor's capacity.
  max_per_executor        integer not null default 0 check (max_per_executor >= 0),
  -- Sessions that found one ready, and that did not.
  hits                    bigint not null default 0,
  misses                  bigint not null default 0,
  unique (project_id, name)
);
create index pool_by_key on pool (project_id, fit_key);

-- A pooled container's row is the order to make or to remove it, as a worker's is.
create table pooled_container (
  id              uuid primary key,
  project_id      uuid not null references project,
  -- Null once the pool is deleted.
  pool_id         uuid references pool on delete set null,
  executor_id     uuid not null references executor on delete cascade,
  create_time     timestamptz not null default now(),
  update_time     timestamptz not null default now(),
  image           text not null,
  cpu_millis      integer not null check (cpu_millis > 0),
  memory_bytes    bigint not null check (memory_bytes > 0),
  disk_bytes      bigint not null check (disk_bytes > 0),
  pids            integer not null check (pids > 0),
  fit_key         text not null,
  desired         text not null default 'READY' check (desired in ('READY', 'REMOVED')),
  state           text not null default 'CREATING' check (state in ('CREATING', 'READY', 'CLAIMED', 'FAILED')),
  -- The worker that claimed it; the executor was or will be told in the order for that worker.
  worker_id       uuid unique references worker on delete cascade,
  -- Rises with each order to make it anew.
  order_number    bigint not null default 0,
  -- Failed makings in a row, the last one's reason, and when the next may be tried.
  failures        integer not null default 0,
  reason          text not null default '',
  message         text not null default '',
  next_try_time   timestamptz,
  check ((state = 'CLAIMED') = (worker_id is not null))
);
create index pooled_container_ready on pooled_container (project_id, fit_key, executor_id, id)
  where state = 'READY' and desired = 'READY';
create index pooled_container_by_executor on pooled_container (executor_id, id);
create index pooled_container_by_pool on pooled_container (pool_id);
