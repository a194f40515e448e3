-- Snapshots that users label, pin and remove; how many of a session are kept.
alter table snapshot
  add column version     bigint not null default 1,
  add column update_time timestamptz not null default now();

alter table session
  -- So many of its newest snapshots are kept, beside those that are pinned, rescued or in use.
  add column keep_snapshots integer not null default 20 check (keep_snapshots between 1 and 10000);
