-- What people decide of what an agent asks, and that its turn is to end, are inputs of the attempt that asked.

alter table run_input
  -- ANSWER: the request, whether it is allowed, why not, and the answers to its questions.
  add column told jsonb,
  drop constraint run_input_kind_check,
  drop constraint run_input_check3,
  add constraint run_input_kind_check check (kind in ('DATA', 'CLOSE', 'SIGNAL', 'CANCEL', 'ANSWER', 'INTERRUPT')),
  add constraint run_input_of_attempt check ((kind in ('SIGNAL', 'ANSWER', 'INTERRUPT')) = (attempt_id is not null)),
  add constraint run_input_told check ((kind = 'ANSWER') = (told is not null));
