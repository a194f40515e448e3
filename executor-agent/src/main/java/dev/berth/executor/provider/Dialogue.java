package dev.berth.executor.provider;

import dev.berth.executor.journal.JournalStream;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What one process of an agent program says and is told. All it knows comes from how it was begun
 * and what the process printed, and stands in {@link #state}: so one made from that goes on as this
 * one would have, and an agent that reads again from there loses nothing and doubles nothing. Not
 * safe by itself.
 */
public interface Dialogue {

  /** Of what a process may say before any of it is understood. */
  int LONGEST = 4 << 20;

  /**
   * Turns the beginning of some bytes into events. Depends on nothing but its arguments and the
   * state; how many pieces share one event may differ, since it depends on how many bytes were
   * there, but the bytes consumed are always whole pieces.
   *
   * @param from where an earlier call stopped
   * @param to end of what is known so far
   * @param complete whether nothing will ever follow {@code to}; then everything is consumed, as is
   *     something of {@link #LONGEST} bytes
   * @return how many bytes the events stand for; 0 where more must be known first
   */
  int read(
      JournalStream stream,
      byte[] bytes,
      int from,
      int to,
      boolean complete,
      Instant now,
      Consumer<AgentEvent> events);

  /** What is known behind all that was read. The array is not changed by anybody. */
  byte[] state();

  /**
   * Whole lines for its standard input.
   *
   * @return empty where it cannot be told that, or not now
   */
  Optional<byte[]> words(Utterance utterance);

  /** What the agent itself has to say by now, if it has not yet: the newest such words alone. */
  default Optional<Own> own() {
    return Optional.empty();
  }

  /**
   * Words that nobody asked for, such as the next step of a greeting.
   *
   * @param number 1, 2, 3 …: each is said once
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Own(int number, byte[] bytes) {}

  /** How its turn ended by its own account; empty while it has not. */
  Optional<TurnEnd> end();

  /** Whether its turn ends by its own account; else with the process, whatever it printed. */
  boolean judges();
}
