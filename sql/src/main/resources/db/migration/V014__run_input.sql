-- What runs are given while they are under way. A row is the command to the executor, kept for a further attempt and so that
-- the same input again is known.
alter table run add column interactive boolean not null default false;

-- One row for each run that was given something: numbers it, and says how far the newest attempt to be given any has got.
create table run_input_cursor (
  run_id     uuid primary key references run on delete cascade,
  last_seq   bigint not null default 0 check (last_seq >= 0),
  -- The end of the standard input: the run's `input`, and what was added to it.
  position   bigint not null check (position >= 0),
  closed     boolean not null default false,
  attempt_id uuid,
  given_seq  bigint not null default 0,
  check (given_seq between 0 and last_seq)
);

create table run_input (
  run_id      uuid not null references run_input_cursor on delete cascade,
  seq         bigint not null check (seq > 0),
  input_id    text not null check (octet_length(input_id) between 1 and 256),
  kind        text not null check (kind in ('DATA', 'CLOSE', 'SIGNAL', 'CANCEL')),
  -- DATA: where it begins in the standard input.
  position    bigint,
  data        bytea not null default '' check (octet_length(data) <= 65536),
  signal      text not null default '',
  -- SIGNAL: for this attempt alone.
  attempt_id  uuid,
  -- Why it cannot be given.
  failure     text not null default '',
  create_time timestamptz not null default now(),
  actor_kind  text not null check (actor_kind in ('KEY', 'EXECUTOR', 'SYSTEM', 'RUN')),
  actor_id    text not null,
  primary key (run_id, seq),
  unique (run_id, input_id),
  check ((kind = 'DATA') = (position is not null)),
  check ((kind = 'DATA') = (octet_length(data) > 0)),
  check ((kind = 'SIGNAL') = (signal <> '')),
  check ((kind = 'SIGNAL') = (attempt_id is not null))
);
