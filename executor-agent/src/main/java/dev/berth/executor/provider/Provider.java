package dev.berth.executor.provider;

import dev.berth.executor.journal.JournalStream;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;

/** Drives one kind of agent program. Instances hold no state of a run: it is all in the journal. */
public interface Provider {

  /** As runs name it. */
  String key();

  /** Directories in the home, relative to it, that hold what its program must find again. */
  default List<String> stateDirectories() {
    return List.of();
  }

  /**
   * Turns the beginning of some bytes into events. Depends on nothing but its arguments, so that an
   * agent that reads again from a position loses nothing and doubles nothing; how many pieces share
   * one event may differ, since it depends on how many bytes were there, but the bytes consumed are
   * always whole pieces.
   *
   * @param from where an earlier call stopped
   * @param to end of what is known so far
   * @param complete whether nothing will ever follow {@code to}; then everything is consumed
   * @return how many bytes the events stand for; 0 where more must be known first
   */
  int translate(
      JournalStream stream,
      byte[] bytes,
      int from,
      int to,
      boolean complete,
      Instant now,
      Consumer<AgentEvent> events);
}
