-- Runs of providers that need no worker: they have no session, and are leased to an executor with room for them.

alter table executor
  -- Attempts at runs without a session it takes at once, and providers of such runs it has, by its newest Hello.
  add column sessionless_runs      integer not null default 0 check (sessionless_runs >= 0),
  add column sessionless_providers text[] not null default '{}';

alter table run
  alter column session_id drop not null,
  drop constraint run_check2,
  add constraint run_attempt_place check (state not in ('STARTING', 'RUNNING', 'WAITING') or
    (attempt_id is not null and executor_id is not null
     and (session_id is null) = (worker_id is null) and (session_id is null) = (worker_generation is null))),
  add constraint run_throwaway check (session_id is not null or not throwaway_session);
alter table run_attempt alter column worker_id drop not null;

-- What follows holds runs with a session alone, so that any number of others costs them nothing.
drop index run_active;
create unique index run_active on run (session_id)
  where state in ('STARTING', 'RUNNING', 'WAITING') and session_id is not null;
drop index run_next;
create unique index run_next on run (session_id) where state = 'QUEUED' and next and session_id is not null;
drop index run_by_session;
create index run_by_session on run (session_id, id) where session_id is not null;
drop index run_queued_by_session;
create index run_queued_by_session on run (session_id, priority desc, id) where state = 'QUEUED' and session_id is not null;
drop index run_by_executor;
create index run_by_executor on run (executor_id)
  where state in ('STARTING', 'RUNNING', 'WAITING') and session_id is not null;

-- Those without one, in the order of claims, and those under way; by attempt, so that what ended long ago is not passed again.
create index run_sessionless on run (queue_id, provider, priority desc, id)
  where state = 'QUEUED' and next and session_id is null;
create index run_sessionless_active on run (executor_id, attempt_id)
  where state in ('STARTING', 'RUNNING', 'WAITING') and session_id is null;
create index run_canceling on run (executor_id)
  where state in ('STARTING', 'RUNNING', 'WAITING') and cancel_requested_at is not null;
