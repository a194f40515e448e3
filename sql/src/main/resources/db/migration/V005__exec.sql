-- Commands and terminals beside the runs. The row is the truth of an exec's state; its output stays with its executor.
create table exec (
  id                      uuid primary key,
  project_id              uuid not null references project,
  session_id              uuid not null references session,
  worker_id               uuid not null references worker,
  executor_id             uuid not null references executor,
  worker_generation       bigint not null,
  create_time             timestamptz not null default now(),
  created_by_kind         text not null check (created_by_kind in ('KEY', 'EXECUTOR', 'SYSTEM', 'RUN')),
  created_by_id           text not null,
  created_by_on_behalf_of text,
  command                 text[] not null check (cardinality(command) > 0),
  environment             jsonb not null default '{}',
  working_directory       text not null,
  tty                     boolean not null,
  rows                    integer not null check (rows > 0),
  columns                 integer not null check (columns > 0),
  state                   text not null check (state in ('STARTING', 'RUNNING', 'EXITED', 'LOST')),
  reason                  text not null default '',
  message                 text not null default '',
  exit_code               integer,
  start_time              timestamptz,
  end_time                timestamptz,
  check ((state in ('EXITED', 'LOST')) = (end_time is not null)),
  check ((state = 'EXITED') = (exit_code is not null))
);
create index exec_by_session on exec (session_id, id);
create index exec_by_project on exec (project_id, id);
create index exec_by_worker on exec (worker_id);
-- What keeps its session awake and its copy dirty, and what an executor is told to start.
create index exec_active_by_session on exec (session_id) where state in ('STARTING', 'RUNNING');
create index exec_active_by_executor on exec (executor_id, id) where state in ('STARTING', 'RUNNING');
create index exec_ended on exec (end_time) where end_time is not null;
