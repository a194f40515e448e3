-- Runs that used up their attempts for reasons that are not their command's, until they are redriven: each as a new run.
alter table run
  add column redrive_of  uuid,
  add column redriven_as uuid,
  add check (redriven_as is null or dead_lettered_at is not null);
create index run_dead_letters on run (project_id, id) where dead_lettered_at is not null and redriven_as is null;
create index run_dead_letters_by_queue on run (queue_id, id) where dead_lettered_at is not null and redriven_as is null;
