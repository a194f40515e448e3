-- Only a set that is there has its name: one that is on its way, or never came, keeps it from nobody.
drop index seed_set_name;
create unique index seed_set_name on seed_set (project_id, name) where name is not null and state = 'READY';
