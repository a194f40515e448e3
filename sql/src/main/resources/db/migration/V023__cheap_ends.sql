-- What claims and settles write is looked at by the very statements that write it: a claim reads the executor it is for, an
-- attempt is made of the run whose lock is held. Executors are never removed, and runs by the one place that removes their
-- attempts first. So none of it is looked up again, row by row.
alter table run drop constraint run_executor_id_fkey;
alter table run_attempt
  drop constraint run_attempt_run_id_fkey,
  drop constraint run_attempt_executor_id_fkey;

-- Attempts without a worker are most where there are many.
drop index run_attempt_by_worker;
create index run_attempt_by_worker on run_attempt (worker_id) where worker_id is not null;
