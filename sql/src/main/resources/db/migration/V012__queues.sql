-- Queues as resources: what bounds them, and the order in which their runs may start.

alter table queue
  -- No run of it starts while it is paused.
  add column paused                  boolean not null default false,
  -- What tells its runs apart for the limits of each key and for fairness: NONE has all of them share one key.
  add column key_field               text not null default 'NONE' check (key_field in ('NONE', 'SESSION', 'CREATOR', 'LABEL')),
  add column key_label               text not null default '',
  add column max_concurrency_per_key integer not null default 0 check (max_concurrency_per_key >= 0),
  -- At most so many starts within any period; zero: no bound.
  add column rate_tokens             integer not null default 0 check (rate_tokens >= 0),
  add column rate_period             interval not null default interval '1 minute' check (rate_period > interval '0'),
  add column key_rate_tokens         integer not null default 0 check (key_rate_tokens >= 0),
  add column key_rate_period         interval not null default interval '1 minute' check (key_rate_period > interval '0'),
  -- Its runs start only as they are admitted: in turn, and within its bounds.
  add column bounded                 boolean not null generated always as
    (max_concurrency > 0 or max_concurrency_per_key > 0 or rate_tokens > 0 or key_rate_tokens > 0 or key_field <> 'NONE') stored,
  -- The row stays for the runs that were in it.
  add column delete_time             timestamptz,
  add check ((key_field = 'LABEL') = (key_label <> '')),
  add check (key_field <> 'NONE' or (max_concurrency_per_key = 0 and key_rate_tokens = 0)),
  drop constraint queue_project_id_name_key;
create unique index queue_name on queue (project_id, name) where delete_time is null;

-- Whoever admits or claims runs of a bounded queue holds its row until the end of the transaction: so two never count the same
-- room. Not the queue's own row, which those who make runs lock.
create table queue_turn (
  queue_id uuid primary key references queue,
  -- The key served last: the next turn begins behind it.
  last_key text not null default ''
);
insert into queue_turn (queue_id) select id from queue;

-- Starts of runs in queues with a rate, as long as they count.
create table queue_start (
  queue_id  uuid not null references queue,
  queue_key text not null,
  time      timestamptz not null
);
create index queue_start_by_time on queue_start (queue_id, time);
create index queue_start_by_key on queue_start (queue_id, queue_key, time);

alter table run
  -- What the key of its queue was for it when it was made.
  add column queue_key         text not null default '',
  -- As asked for; `not_before` is moved by retries.
  add column wanted_not_before timestamptz,
  -- Its `wanted_not_before` has not come; until then its session goes on without it.
  add column delayed           boolean not null default false,
  -- It comes next in its session; set while no run of that is under way, and stays with the run once it is claimed.
  add column next              boolean not null default false,
  -- Its session is woken for it, in a bounded queue as soon as that has room for it. Only the next of a session is.
  add column admitted          boolean not null default false;

update run set next = true
where id in (select distinct on (session_id) id from run where state = 'QUEUED' order by session_id, id)
  and session_id not in (select session_id from run where state in ('STARTING', 'RUNNING', 'WAITING'));

drop index run_queued;
drop index run_queued_by_session;
drop index run_active_by_queue;
-- How many wait, and since when.
create index run_queued on run (queue_id, id) where state = 'QUEUED';
create index run_queued_by_session on run (session_id, priority desc, id) where state = 'QUEUED';
create unique index run_next on run (session_id) where state = 'QUEUED' and next;
-- The order of admission, from key to key without what lies between.
create index run_to_admit on run (queue_id, priority desc, queue_key, id) where state = 'QUEUED' and next and not admitted;
create index run_admitted on run (queue_id, queue_key) where state = 'QUEUED' and admitted;
create index run_active_by_queue on run (queue_id, queue_key) where state in ('STARTING', 'RUNNING', 'WAITING');
create index run_delayed on run (not_before) where state = 'QUEUED' and delayed;
create index run_ended_by_queue on run (queue_id, end_time) where end_time is not null;
