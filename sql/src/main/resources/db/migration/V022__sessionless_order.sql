-- By an expression, so that the planner cannot take the order of a lane for that of the run's key, and walk along that
-- through the runs of all other queues.
drop index run_sessionless;
create index run_sessionless on run (queue_id, provider, (-priority), id)
  where state = 'QUEUED' and next and session_id is null;
