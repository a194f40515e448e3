package dev.berth.controlplane.run;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What happened to a run and why it stands where it does, in sentences. */
final class RunStory {
  private final List<Sentence> sentences = new ArrayList<>();

  private RunStory() {}

  /** {@code time} is null for what is so now. */
  record Sentence(@Nullable Instant time, String text) {}

  static List<Sentence> of(RunView view, List<RunAttempt> attempts) {
    var story = new RunStory();
    Run run = view.run();
    attempts.forEach(attempt -> story.tried(run, attempt));
    story.stopped(run);
    story.ended(run);
    story.sentences.sort(
        Comparator.comparing(sentence -> Objects.requireNonNullElse(sentence.time(), Instant.MAX)));
    story.sentences.addFirst(made(run));
    story.now(view);
    return List.copyOf(story.sentences);
  }

  private void say(@Nullable Instant time, String text, Object... words) {
    sentences.add(new Sentence(time, text.formatted(words)));
  }

  /** Always first: other replicas' clocks do not matter to it. */
  private static Sentence made(Run run) {
    String by = run.createdBy().kind().name().toLowerCase(Locale.ROOT) + " " + run.createdBy().id();
    String again =
        run.redrive().of() == null
            ? ""
            : ", to run the dead letter " + run.redrive().of() + " again";
    return new Sentence(
        run.createTime(),
        "Made by the %s %s in the queue %s%s."
            .formatted(
                by,
                run.sessionId() == null
                    ? "without a session"
                    : "for the session " + run.sessionId(),
                run.queueId(),
                again));
  }

  private void tried(Run run, RunAttempt attempt) {
    say(
        attempt.startTime(),
        "Attempt %d of %d was given to the executor %s%s.",
        attempt.number(),
        run.spec().maxAttempts(),
        attempt.executorId(),
        attempt.workerId() == null ? "" : ", in the worker " + attempt.workerId());
    RunEnd end = attempt.end();
    if (end != null) {
      say(
          attempt.endTime(),
          "Attempt %d ended with %s: %s",
          attempt.number(),
          end.reason(),
          end.message());
    }
  }

  private void stopped(Run run) {
    Instant time = run.times().cancelRequested();
    if (time != null) {
      say(
          time,
          run.times().overdue()
              ? "Its time to finish had passed: its executor was told to end it."
              : "It was cancelled while it was under way: its executor was told to end it.");
    }
  }

  private void ended(Run run) {
    RunEnd end = run.end();
    Instant time = run.times().end();
    if (end != null && time != null) {
      say(time, "It ended %s with %s: %s", run.state(), end.reason(), end.message());
      if (run.times().deadLettered() != null) {
        say(
            time,
            "Its attempts are used up for reasons that another attempt may not meet: it is a dead letter.");
      }
    }
  }

  private void now(RunView view) {
    Run run = view.run();
    if (view.pending() != null) {
      say(null, "It waits (%s): %s", view.pending().reason(), view.pending().message());
    }
    if (run.falseStarts() > 0) {
      say(
          null,
          "Its worker was lost before the process began %d times in a row; that is no attempt.",
          run.falseStarts());
    }
    if (run.state().active()) {
      say(null, run.state() == RunState.STARTING ? "It is starting." : "It is under way.");
    }
    if (run.redrive().as() != null) {
      say(null, "It was run again as %s.", run.redrive().as());
    }
  }
}
