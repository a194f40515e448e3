package dev.berth.executor.provider;

import dev.berth.executor.journal.JournalStream;
import java.time.Instant;

/**
 * One fact of an attempt, as the agent saw it. {@code time} is the agent's clock: no order is
 * promised by it.
 */
public sealed interface AgentEvent {

  Instant time();

  /** The attempt's process was started. */
  record Started(Instant time) implements AgentEvent {}

  /**
   * Bytes that the process printed, in order within their stream; whole lines unless one is longer
   * than {@link dev.berth.executor.journal.LineCutter#LONGEST}. The array is not copied: nobody
   * changes it.
   *
   * @param droppedBytes left out before {@code data}; 0 for none
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Log(Instant time, JournalStream stream, byte[] data, long droppedBytes)
      implements AgentEvent {}

  /** Something went otherwise than asked, and the run goes on. */
  record Warning(Instant time, String code, String message) implements AgentEvent {}
}
