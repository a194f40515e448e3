-- The life cycle of sessions and executors: defaults of a project, waking, syncs in between, hosts that are taken out of service.

-- What sessions made from now on get where their spec says nothing; null means what the installation has.
alter table project
  add column idle_timeout      interval check (idle_timeout >= interval '0'),
  add column retention_timeout interval check (retention_timeout >= interval '0'),
  add column sync_interval     interval check (sync_interval >= interval '0');

alter table session
  -- Whether a call that needs a worker wakes it.
  add column auto_resume   boolean not null default true,
  -- How often its files are saved while a run is under way. Zero: never.
  add column sync_interval interval not null default interval '5 minutes' check (sync_interval >= interval '0');

-- When the executor last answered that the copy is saved, or a worker was given it.
alter table copy add column saved_time timestamptz;
-- What no snapshot has; few, and asked for by each scrape.
create index copy_unsaved on copy (executor_id, session_id) where dirty;

alter table executor
  -- What operators wish of it; whether it is connected and ready stands beside it. DRAINED: nothing on it is still needed.
  add column state text not null default 'ACTIVE'
    check (state in ('ACTIVE', 'CORDONED', 'DRAINING', 'DRAINED', 'DELETED')),
  drop constraint executor_project_id_name_key;
create unique index executor_name on executor (project_id, name) where state <> 'DELETED';
create index executor_draining on executor (id) where state in ('DRAINING', 'DRAINED');
