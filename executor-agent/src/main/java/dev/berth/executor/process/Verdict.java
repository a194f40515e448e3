package dev.berth.executor.process;

import dev.berth.executor.process.AttemptEnd.Outcome;
import dev.berth.executor.provider.Dialogue;
import dev.berth.executor.provider.TurnEnd;
import java.util.EnumSet;
import java.util.Set;

/** How an attempt ended, by the end of its process and by what its program said of its turn. */
final class Verdict {

  /** Ends that say nothing of the turn: the process went by itself, or was told to go. */
  private static final Set<EndReason> OF_ITSELF =
      EnumSet.of(EndReason.COMPLETED, EndReason.EXIT_CODE, EndReason.SIGNAL);

  private Verdict() {}

  /**
   * @param dialogue behind the last that the process printed
   */
  static AttemptEnd of(AttemptEnd process, Dialogue dialogue) {
    if (!dialogue.judges() || !OF_ITSELF.contains(process.reason())) {
      return process;
    }
    return dialogue
        .end()
        .map(turn -> of(process, turn))
        .orElseGet(() ->
            new AttemptEnd(
                Outcome.FAILED,
                EndReason.PROVIDER_FAILED,
                "its program ended in the middle of its turn: " + process.message(),
                process.exitCode(),
                process.signal()));
  }

  private static AttemptEnd of(AttemptEnd process, TurnEnd turn) {
    var outcome =
        switch (turn.result()) {
          case COMPLETED -> Outcome.SUCCEEDED;
          case INTERRUPTED -> Outcome.CANCELED;
          default -> Outcome.FAILED;
        };
    return new AttemptEnd(
        outcome,
        EndReason.valueOf(turn.result().name()),
        turn.message(),
        process.exitCode(),
        process.signal());
  }
}
