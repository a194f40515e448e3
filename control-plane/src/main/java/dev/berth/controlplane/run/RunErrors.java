package dev.berth.controlplane.run;

import dev.berth.common.Id.RunId;
import dev.berth.controlplane.platform.errors.BerthException;
import dev.berth.controlplane.platform.errors.CommonErrors;
import dev.berth.controlplane.platform.errors.ErrorReason;
import java.time.Duration;

/** Refusals of the run service. */
final class RunErrors {
  private RunErrors() {}

  static BerthException notFound(Object id) {
    return CommonErrors.notFound("run", id);
  }

  /** Says nothing of the run: the executor may never have had it. */
  static BerthException attemptStale(Run run) {
    return BerthException.of(
            ErrorReason.ATTEMPT_STALE, "that is not the attempt of " + run.id() + " under way")
        .with("id", run.id());
  }

  static BerthException noWorkspace(Run run) {
    return CommonErrors.fieldInvalid(
        "run_id", "names " + run.id() + ", which has no session and so nothing to keep files of");
  }

  static BerthException ended(Run run) {
    return BerthException.of(ErrorReason.RUN_STATE, run.id() + " has ended " + run.state())
        .with("id", run.id())
        .with("state", run.state());
  }

  static BerthException active(Run run) {
    return BerthException.of(
            ErrorReason.RUN_ACTIVE, "the session has the run " + run.id() + ", " + run.state())
        .with("run_id", run.id())
        .with("state", run.state());
  }

  static BerthException noDeadLetter(Run run) {
    return BerthException.of(
            ErrorReason.RUN_STATE, run.id() + " is " + run.state() + " and no dead letter")
        .with("id", run.id())
        .with("state", run.state());
  }

  static BerthException redriven(Run run, RunId newer) {
    return BerthException.of(ErrorReason.RUN_REDRIVEN, run.id() + " was run again as " + newer)
        .with("id", run.id())
        .with("run_id", newer);
  }

  static BerthException queueFull(String queue, int depth, int more) {
    return BerthException.of(
            ErrorReason.QUOTA_REACHED,
            "the queue %s holds %d runs at most, and has no room for %d more"
                .formatted(queue, depth, more))
        .with("queue", queue)
        .retryAfter(Duration.ofSeconds(5));
  }

  static BerthException providerUnknown(String provider) {
    return BerthException.of(
            ErrorReason.PROVIDER_UNKNOWN, "no executor of the project has the provider " + provider)
        .with("provider", provider);
  }

  static BerthException sessionNeeded(String provider, boolean needed) {
    return CommonErrors.fieldInvalid(
        "target",
        needed
            ? "the provider " + provider + " needs a worker: set session_id or session_spec"
            : "the provider " + provider + " needs no worker: set neither part");
  }

  static BerthException noFiles(String provider) {
    return CommonErrors.fieldInvalid(
        "spec.artifacts", "the provider " + provider + " needs no worker, so there are no files");
  }

  static BerthException noInput(String provider) {
    return CommonErrors.fieldInvalid(
        "spec.interactive", "the provider " + provider + " takes nothing while it is under way");
  }

  static BerthException cursorOutOfRange(long head) {
    return BerthException.of(
            ErrorReason.CURSOR_OUT_OF_RANGE,
            "after_seq lies behind the newest event, which is number " + head)
        .with("oldest_seq", head == 0 ? 0 : 1)
        .with("head_seq", head);
  }

  static BerthException tooSlow(long nextSeq) {
    return BerthException.of(
            ErrorReason.WATCH_TOO_SLOW, "the watcher reads too slowly; resume from its cursor")
        .with("next_seq", nextSeq)
        .retryAfter(Duration.ofMillis(100));
  }

  /** A signal needs a process. */
  static BerthException notUnderWay(Run run) {
    return BerthException.of(
            ErrorReason.RUN_STATE, run.id() + " is " + run.state() + ": it has no process")
        .with("id", run.id())
        .with("state", run.state());
  }

  static BerthException takesNoInput(Run run) {
    return BerthException.of(ErrorReason.RUN_TAKES_NO_INPUT, run.id() + " was not made interactive")
        .with("id", run.id());
  }

  static BerthException noAgent(Run run) {
    return BerthException.of(
            ErrorReason.RUN_TAKES_NO_INPUT, run.id() + " drives no agent, which asks nobody")
        .with("id", run.id());
  }

  static BerthException cannotBeGiven(Run run, Object executor) {
    return BerthException.of(
            ErrorReason.RUN_TAKES_NO_INPUT,
            "the agent of " + executor + " is of a version that gives runs no input")
        .with("id", run.id())
        .with("executor_id", executor);
  }

  static BerthException inputClosed(Run run) {
    return BerthException.of(
            ErrorReason.RUN_INPUT_CLOSED, "the standard input of " + run.id() + " was closed")
        .with("id", run.id());
  }

  static BerthException inputIdReused(Run run, String input) {
    return BerthException.of(
            ErrorReason.INPUT_ID_REUSED, "that id was used for another input of " + run.id())
        .with("id", run.id())
        .with("input_id", input);
  }

  static BerthException inputFull(Run run, long bytes, int count) {
    return BerthException.of(
            ErrorReason.RUN_INPUT_FULL,
            count + " inputs of " + bytes + " bytes wait for the process of " + run.id())
        .with("id", run.id())
        .with("waiting_bytes", bytes)
        .with("waiting_inputs", count)
        .retryAfter(Duration.ofSeconds(1));
  }

  static BerthException inputLimit(Run run, String limit) {
    return BerthException.of(
            ErrorReason.RUN_INPUT_LIMIT, run.id() + " was given " + limit + ", which is the most")
        .with("id", run.id());
  }
}
