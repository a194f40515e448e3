-- Runs that are turns of a conversation with an agent program.

create table conversation (
  id                       uuid primary key,
  project_id               uuid not null references project,
  -- Whose agent data holds what the program remembers.
  session_id               uuid not null references session on delete cascade,
  provider                 text not null,
  -- Programs find what they remember by it, so it stays.
  working_directory        text not null,
  -- What the program calls it; empty until it has begun it.
  provider_conversation_id text not null default '' check (octet_length(provider_conversation_id) <= 1024),
  create_time              timestamptz not null default now(),
  update_time              timestamptz not null default now()
);
create index conversation_by_session on conversation (session_id);

alter table run
  -- What the program is asked, as it was said with defaults applied.
  add column agent           jsonb,
  add column conversation_id uuid references conversation,
  add constraint run_agent check ((agent is null) = (conversation_id is null)),
  add constraint run_agent_place check (agent is null or session_id is not null);
create index run_by_conversation on run (conversation_id, id) where conversation_id is not null;

alter table executor
  -- What its providers of agent programs take, by its newest Hello.
  add column agent_providers jsonb not null default '[]';
