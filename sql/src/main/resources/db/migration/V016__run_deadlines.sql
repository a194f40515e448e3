-- How a run is retried, and by when it must have started and finished.
alter table run
  add column retry_delay     interval not null default interval '1 second' check (retry_delay > interval '0'),
  add column retry_max_delay interval not null default interval '5 minutes',
  add column retry_reasons   text[] not null default '{START_UNKNOWN,WORKER_LOST,EXECUTOR_LOST}',
  add column start_by        timestamptz,
  add column finish_by       timestamptz,
  -- `cancel_requested_at` was set because `finish_by` had passed.
  add column overdue         boolean not null default false check (not overdue or cancel_requested_at is not null),
  add check (retry_max_delay >= retry_delay);
create index run_start_by on run (start_by) where start_by is not null and state = 'QUEUED';
create index run_finish_by on run (finish_by) where finish_by is not null and end_time is null;
