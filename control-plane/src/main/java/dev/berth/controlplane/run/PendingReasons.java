package dev.berth.controlplane.run;

import dev.berth.controlplane.run.PendingRepository.Bound;
import dev.berth.controlplane.run.PendingRepository.Facts;
import dev.berth.controlplane.run.PendingRepository.InQueue;
import dev.berth.controlplane.run.PendingRepository.InSession;
import dev.berth.controlplane.run.RunView.Pending;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * Why a queued run does not start: the first of its hindrances in the order in which they would
 * have to go. It is worked out when it is asked for, from rows alone, so it is true then.
 */
final class PendingReasons {
  private PendingReasons() {}

  static Pending of(Facts facts) {
    InQueue queue = facts.queue();
    if (queue.paused()) {
      return new Pending(PendingReason.PAUSED, "The queue " + queue.name() + " is paused.");
    }
    if (facts.notBefore() != null) {
      return new Pending(PendingReason.NOT_BEFORE, early(facts));
    }
    if (facts.active() != null) {
      return busy("The run " + facts.active() + " of the session is under way.");
    }
    if (facts.ahead() != null) {
      return busy("The run " + facts.ahead() + " of the session comes first.");
    }
    if (facts.session().asleep()) {
      return new Pending(
          PendingReason.PAUSED,
          "The session is stopped and does not resume by itself; activate it.");
    }
    return limited(queue).orElseGet(() -> toStart(facts.session()));
  }

  private static String early(Facts facts) {
    if (facts.falseStarts() > 0) {
      return "Its worker was lost before it began, %d times in a row; it is tried again at %s."
          .formatted(facts.falseStarts(), facts.notBefore());
    }
    return facts.attempts() > 0
        ? "Its next attempt begins at " + facts.notBefore() + "."
        : "It is not to start before " + facts.notBefore() + ".";
  }

  private static Optional<Pending> limited(InQueue queue) {
    String ofQueue = "the queue " + queue.name();
    return limited(
            PendingReason.KEY_LIMIT, queue.ofKey(), "the key '" + queue.key() + "' in " + ofQueue)
        .or(() -> limited(PendingReason.QUEUE_LIMIT, queue.queue(), ofQueue))
        .or(() ->
            queue.admits()
                ? Optional.empty()
                : Optional.of(
                    new Pending(
                        PendingReason.QUEUE_LIMIT,
                        "Other runs of %s are about to start first.".formatted(ofQueue))));
  }

  private static Optional<Pending> limited(PendingReason reason, Bound bound, String of) {
    if (bound.full()) {
      return Optional.of(
          new Pending(
              reason,
              "%d of the %d runs that may be under way of %s are."
                  .formatted(bound.busy(), bound.concurrency(), of)));
    }
    if (bound.spent()) {
      return Optional.of(
          new Pending(
              reason,
              "%d of the %d runs that may start of %s within %s have started."
                  .formatted(bound.started(), bound.rate(), of, words(bound.period()))));
    }
    return Optional.empty();
  }

  private static String words(Duration period) {
    return period.toString().substring(2).toLowerCase(Locale.ROOT);
  }

  private static Pending toStart(InSession session) {
    return session.executor() == null ? unplaced(session) : placed(session, session.executor());
  }

  /**
   * The one who places sessions says on the session why it could not; without one, who could take
   * it.
   */
  private static Pending unplaced(InSession session) {
    String sentence =
        session.message().isEmpty()
            ? "A worker for the session is about to be placed."
            : session.message();
    return switch (session.reason()) {
      case "NO_EXECUTOR" -> new Pending(PendingReason.NO_EXECUTOR, sentence);
      case "NO_CAPACITY" -> new Pending(PendingReason.NO_CAPACITY, sentence);
      default -> busy(sentence);
    };
  }

  private static Pending placed(InSession session, String executor) {
    if (!session.connected()) {
      return new Pending(
          PendingReason.NO_EXECUTOR,
          "The executor " + executor + ", which holds the session's worker, is not connected.");
    }
    if (!session.ready()) {
      return new Pending(
          PendingReason.NO_CAPACITY,
          "The executor " + executor + " takes no work now: " + session.notReadyReason());
    }
    return busy(
        switch (String.valueOf(session.workerState())) {
          case "READY" -> "The session's worker is ready; the run is about to start.";
          case "STOPPING" -> "The session is being saved and stopped, and will be woken again.";
          default -> "The session's worker is being prepared on the executor " + executor + ".";
        });
  }

  private static Pending busy(String sentence) {
    return new Pending(PendingReason.SESSION_BUSY, sentence);
  }
}
