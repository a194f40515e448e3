package dev.berth.executor.process;

import dev.berth.executor.container.ContainerInfo;
import dev.berth.executor.container.ResourceCounters;
import dev.berth.executor.process.AttemptEnd.Outcome;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Says why an attempt ended, from all that is known once nothing of it runs any more. */
final class Causes {

  private static final int SIGNALS = 64;

  private Causes() {}

  /**
   * @param stop why the agent ended it; null where it did not
   * @param exitCode of the wrapper as the engine knows it, else as the wrapper noted it
   * @param note what the wrapper wrote to {@code exit}; advice
   * @param used counters at the end less those at the start; empty where they could not be read
   * @param diskFull whether its disk was seen full
   * @param container as it is now; empty where it is gone
   */
  record Facts(
      @Nullable StopReason stop,
      OptionalInt exitCode,
      String note,
      Optional<ResourceCounters> used,
      boolean diskFull,
      Optional<ContainerInfo> container) {}

  static AttemptEnd of(Facts facts) {
    var code = facts.exitCode();
    var completed = code.isPresent() && code.getAsInt() == 0 && facts.note().contains("exit 0\n");
    if (facts.stop() != null) {
      return stopped(facts.stop(), code);
    }
    if (facts.container().filter(ContainerInfo::alive).isEmpty() && !completed) {
      return facts.container().filter(ContainerInfo::outOfMemory).isPresent()
          ? failed(
              EndReason.OUT_OF_MEMORY, "the worker reached its memory limit and was killed", code)
          : failed(
              EndReason.WORKER_LOST,
              "the worker's container was stopped or removed under it",
              code);
    }
    if (code.isEmpty()) {
      return AttemptEnd.failed(
          EndReason.SIGNAL, "its process is gone and nobody knows how it ended");
    }
    return code.getAsInt() == 0
        ? new AttemptEnd(Outcome.SUCCEEDED, EndReason.COMPLETED, "exit code 0", code, 0)
        : failedBy(facts, code.getAsInt());
  }

  private static AttemptEnd stopped(StopReason stop, OptionalInt code) {
    var outcome = stop == StopReason.CANCELED ? Outcome.CANCELED : Outcome.FAILED;
    var message = stop == StopReason.CANCELED ? "canceled" : "ended because " + stop.words();
    return new AttemptEnd(outcome, stop.end(), message, code, signal(code));
  }

  private static AttemptEnd failedBy(Facts facts, int exitCode) {
    var code = OptionalInt.of(exitCode);
    var note = facts.note().lines().findFirst().orElse("");
    switch (note) {
      case Wrapper.NO_DIRECTORY -> {
        return failed(EndReason.START_FAILED, "its working directory is not there", code);
      }
      case Wrapper.NO_PROGRAM -> {
        return failed(EndReason.START_FAILED, "no such program", code);
      }
      case Wrapper.NOT_EXECUTABLE -> {
        return failed(EndReason.START_FAILED, "the program is not executable", code);
      }
      case Wrapper.NO_SECRETS -> {
        return failed(EndReason.START_FAILED, "its secrets could not be made files of", code);
      }
      case Wrapper.NO_CAT -> {
        return failed(
            EndReason.START_FAILED, "its image has no cat, which an open input needs", code);
      }
      default -> {
        return failedWhileRunning(facts, code, exitCode);
      }
    }
  }

  private static AttemptEnd failedWhileRunning(Facts facts, OptionalInt code, int exitCode) {
    var used = facts.used().orElse(ResourceCounters.ZERO);
    if (used.oomKills() > 0) {
      return failed(
          EndReason.OUT_OF_MEMORY, "a process was killed at the worker's memory limit", code);
    }
    if (used.pidsRefused() > 0) {
      return failed(
          EndReason.PIDS_LIMIT, "it failed after reaching the worker's process limit", code);
    }
    if (facts.diskFull()) {
      return failed(EndReason.DISK_FULL, "it failed while the session's disk was full", code);
    }
    var signal = signal(code);
    return signal > 0
        ? failed(EndReason.SIGNAL, "ended by signal " + signal, code)
        : failed(EndReason.EXIT_CODE, "exit code " + exitCode, code);
  }

  private static AttemptEnd failed(EndReason reason, String message, OptionalInt code) {
    return new AttemptEnd(Outcome.FAILED, reason, message, code, signal(code));
  }

  /** A shell's 128 + n cannot be told from a program's own exit code of that value. */
  private static int signal(OptionalInt code) {
    var signal = code.orElse(0) - 128;
    return signal > 0 && signal <= SIGNALS ? signal : 0;
  }
}
