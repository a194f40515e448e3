-- What each new run is checked against, made cheap enough for many at once.

-- One key says that the queue is there and that it is of the run's project, which the two before did not say together.
alter table queue add unique (id, project_id);
alter table run
  drop constraint run_project_id_fkey,
  drop constraint run_queue_id_fkey,
  add foreign key (queue_id, project_id) references queue (id, project_id);

-- A cursor is made by the statement that makes its run, and removed by the one place that removes runs.
alter table run_cursor drop constraint run_cursor_run_id_fkey;
