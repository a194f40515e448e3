-- Executors name a copy anew each time they make it out of nothing: another name than the row's says that the copy the row
-- tells of is gone. Empty until the executor has said one, and again once the copy is removed or missing.
alter table copy add column instance text not null default '';
