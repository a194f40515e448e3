package dev.berth.executor.provider;

import java.util.List;
import java.util.Optional;

/** Drives one kind of agent program. Instances hold no state of a run: it is all in the journal. */
public interface Provider {

  /** As runs name it. */
  String key();

  /** Directories in the home, relative to it, that hold what its program must find again. */
  default List<String> stateDirectories() {
    return List.of();
  }

  Capabilities capabilities();

  /** Empty where it drives a plain program, which has no turns. */
  default Optional<Takes> takes() {
    return Optional.empty();
  }

  /** What to start for a turn that begins its conversation. */
  Program start(Turn turn);

  /**
   * What to start for a turn that goes on with a conversation whose state directories are there.
   * Only where it is capable of that.
   */
  Program resume(Turn turn);

  /**
   * What a process of its says and is told.
   *
   * @param opening of the program it was started as
   * @param state what {@link Dialogue#state} once answered, or empty at the begin of the output
   */
  Dialogue dialogue(String opening, byte[] state);
}
