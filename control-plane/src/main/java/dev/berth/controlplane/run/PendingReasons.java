package dev.berth.controlplane.run;

import dev.berth.controlplane.run.PendingRepository.Facts;
import dev.berth.controlplane.run.RunView.Pending;

/**
 * Why a queued run does not start: the first of its hindrances in the order in which they would
 * have to go. It is worked out when it is asked for, from rows alone, so it is true then.
 */
final class PendingReasons {
  private PendingReasons() {}

  static Pending of(Facts facts) {
    if (facts.active() != null) {
      return busy("The run " + facts.active() + " of the session is under way.");
    }
    if (facts.ahead() != null) {
      return busy("The run " + facts.ahead() + " of the session comes first.");
    }
    if (facts.asleep()) {
      return new Pending(
          PendingReason.PAUSED,
          "The session is stopped and does not resume by itself; activate it.");
    }
    if (facts.notBefore() != null) {
      return new Pending(PendingReason.NOT_BEFORE, early(facts));
    }
    if (facts.maxConcurrency() > 0 && facts.busy() >= facts.maxConcurrency()) {
      return new Pending(
          PendingReason.QUEUE_LIMIT,
          "%d of the %d runs that the queue %s allows are under way."
              .formatted(facts.busy(), facts.maxConcurrency(), facts.queue()));
    }
    return facts.executor() == null ? unplaced(facts) : placed(facts, facts.executor());
  }

  private static String early(Facts facts) {
    return facts.falseStarts() == 0
        ? "Its next attempt begins at " + facts.notBefore() + "."
        : "Its worker was lost before it began, %d times in a row; it is tried again at %s."
            .formatted(facts.falseStarts(), facts.notBefore());
  }

  /** The one who places sessions says on the session why it could not. */
  private static Pending unplaced(Facts facts) {
    String sentence =
        facts.sessionMessage().isEmpty()
            ? "A worker for the session is about to be placed."
            : facts.sessionMessage();
    return switch (facts.sessionReason()) {
      case "NO_EXECUTOR" -> new Pending(PendingReason.NO_EXECUTOR, sentence);
      case "NO_CAPACITY" -> new Pending(PendingReason.NO_CAPACITY, sentence);
      default -> busy(sentence);
    };
  }

  private static Pending placed(Facts facts, String executor) {
    if (!facts.connected()) {
      return new Pending(
          PendingReason.NO_EXECUTOR,
          "The executor " + executor + ", which holds the session's worker, is not connected.");
    }
    if (!facts.ready()) {
      return new Pending(
          PendingReason.NO_CAPACITY,
          "The executor " + executor + " takes no work now: " + facts.notReadyReason());
    }
    return busy(
        switch (String.valueOf(facts.workerState())) {
          case "READY" -> "The session's worker is ready; the run is about to start.";
          case "STOPPING" -> "The session is being saved and stopped, and will be woken again.";
          default -> "The session's worker is being prepared on the executor " + executor + ".";
        });
  }

  private static Pending busy(String sentence) {
    return new Pending(PendingReason.SESSION_BUSY, sentence);
  }
}
