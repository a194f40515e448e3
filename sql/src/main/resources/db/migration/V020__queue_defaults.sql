-- What runs of a queue get where they say nothing themselves: copied onto each as it is made.

alter table queue
  -- Zero: one attempt.
  add column default_max_attempts    integer not null default 0 check (default_max_attempts >= 0),
  -- Null, all three: the usual policy.
  add column default_retry_delay     interval check (default_retry_delay > interval '0'),
  add column default_retry_max_delay interval check (default_retry_max_delay >= default_retry_delay),
  add column default_retry_reasons   text[],
  -- Null: as long as the installation keeps runs.
  add column run_retention           interval check (run_retention > interval '0'),
  add check (num_nulls(default_retry_delay, default_retry_max_delay, default_retry_reasons) in (0, 3));
-- Those that stay for their runs alone.
create index queue_deleted on queue (id) where delete_time is not null;

alter table run
  -- How long it is kept once it has ended; null: as long as the installation keeps runs.
  add column retention interval check (retention > interval '0');
create index run_to_remove on run (retention, end_time) where end_time is not null;
