-- A session's network may be its loopback with the executor's way to models on it.
alter table session drop constraint session_network_check;
alter table session add constraint session_network_check check (network in ('NONE', 'GATEWAY'));
alter table worker drop constraint worker_network_check;
alter table worker add constraint worker_network_check check (network in ('NONE', 'GATEWAY'));
alter table pool drop constraint pool_network_check;
alter table pool add constraint pool_network_check check (network in ('NONE', 'GATEWAY'));
