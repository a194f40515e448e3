-- A session's tombstone is removed with all that refers to it. For each row that goes, PostgreSQL looks for rows that still
-- refer to it: without these indices it would read whole tables.
create index run_by_worker on run (worker_id) where worker_id is not null;
create index run_attempt_by_worker on run_attempt (worker_id);
create index command_by_worker on command (worker_id);
create index command_of_session on command (session_id);
create index pack_by_session on pack (session_id);
create index snapshot_by_parent on snapshot (parent_id) where parent_id is not null;
create index snapshot_by_manifest on snapshot (manifest_pack_id);
create index session_by_head on session (head_snapshot_id) where head_snapshot_id is not null;
create index worker_by_base on worker (base_snapshot_id) where base_snapshot_id is not null;
create index copy_by_base on copy (base_snapshot_id) where base_snapshot_id is not null;

-- Claims taken back because the worker was lost before the process began: they are no attempts, and are bounded themselves.
alter table run add column false_starts integer not null default 0 check (false_starts >= 0);
