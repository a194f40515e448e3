package dev.berth.executor.process;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.RunId;
import dev.berth.executor.provider.Utterance;

/**
 * Something to give an attempt's process while it runs. Those of one attempt come in the order of
 * {@code seq}, and again until they are answered.
 */
public record InputOrder(RunId run, AttemptId attempt, long seq, Input input) {

  /** What to give. */
  public sealed interface Input {}

  /**
   * Bytes of its standard input.
   *
   * @param position of the first, counted from the begin of the input it was started with
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Data(long position, byte[] bytes) implements Input {}

  /** The end of its standard input. */
  public record Close() implements Input {}

  /**
   * A signal to its group.
   *
   * @param name without SIG
   */
  public record Signal(String name) implements Input {}

  /** What its program is to be told, in the words of its provider. */
  public record Told(Utterance utterance) implements Input {}

  /** What only a later version of the agent can give. */
  public record Unknown() implements Input {}

  /** Told once an input is given for good, or cannot be. Must not block. */
  public interface Answer {

    /**
     * @param failure why this one cannot be given; empty where it and all before it were
     */
    void given(InputOrder order, String failure);
  }
}
