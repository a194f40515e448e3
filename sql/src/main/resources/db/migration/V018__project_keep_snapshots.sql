-- Null: what the installation has, as for the others.
alter table project add column keep_snapshots integer check (keep_snapshots between 1 and 10000);
