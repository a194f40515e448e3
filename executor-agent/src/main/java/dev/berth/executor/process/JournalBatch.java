package dev.berth.executor.process;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.RunId;
import dev.berth.executor.journal.Position;
import dev.berth.executor.provider.AgentEvent;
import java.util.List;
import java.util.Optional;

/**
 * Events of one attempt between two positions. Batches of an attempt follow each other without gap:
 * each begins where the one before ended, until {@link Processes#adopt} goes back to a position.
 * The last one carries the end.
 */
public record JournalBatch(
    RunId run,
    AttemptId attempt,
    Position from,
    Position to,
    List<AgentEvent> events,
    Optional<AttemptEnd> end) {

  public JournalBatch {
    events = List.copyOf(events);
  }
}
