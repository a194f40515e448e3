package dev.berth.executor.process;

import dev.berth.common.Id.AttemptId;
import dev.berth.executor.container.Await;
import dev.berth.executor.container.ContainerException;
import dev.berth.executor.container.ContainerException.Code;
import dev.berth.executor.container.ContainerRuntime;
import dev.berth.executor.container.ExecInfo;
import dev.berth.executor.container.ExecSpec;
import dev.berth.executor.container.ResourceCounters;
import dev.berth.executor.process.AttemptStore.Launch;
import dev.berth.executor.process.HostProcesses.Identity;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts an attempt's wrapper, finds it again after a restart of the agent, and tells whether it
 * has ended.
 */
final class Launcher {

  private static final Logger LOG = LoggerFactory.getLogger(Launcher.class);
  private static final Duration DOUBT_LIMIT = Duration.ofSeconds(10);

  private final ContainerRuntime runtime;
  private final HostProcesses processes;

  Launcher(ContainerRuntime runtime, HostProcesses processes) {
    this.runtime = runtime;
    this.processes = processes;
  }

  /** Where a process may be, or why there is none; neither where that is in doubt. */
  record Outcome(Optional<Launch> launch, Optional<AttemptEnd> end) {

    /** It was started, or may yet be by the engine: {@link #find} tells. */
    static final Outcome IN_DOUBT = new Outcome(Optional.empty(), Optional.empty());

    static Outcome running(Launch launch) {
      return new Outcome(Optional.of(launch), Optional.empty());
    }

    static Outcome ended(EndReason reason, String message) {
      return new Outcome(Optional.empty(), Optional.of(AttemptEnd.failed(reason, message)));
    }
  }

  /**
   * Starts it once. What is thrown was thrown before anything was started.
   *
   * @throws ContainerException PAUSED where the container is paused
   */
  Outcome start(StartRequest request, AttemptStore store) throws IOException {
    var before = runtime.counters(request.container()).orElse(ResourceCounters.ZERO);
    var prepared = new ArrayList<String>(1);
    try {
      runtime.startExec(
          request.container(),
          new ExecSpec(Wrapper.argv(request), request.allEnvironment(), request.user()),
          prepared::add);
    } catch (ContainerException e) {
      if (e.code() == Code.PAUSED) {
        throw e;
      }
      if (prepared.isEmpty() || e.code() != Code.ENGINE_UNAVAILABLE) {
        return e.code() == Code.NOT_RUNNING || e.code() == Code.NOT_FOUND
            ? Outcome.ended(EndReason.WORKER_LOST, "the worker's container does not run")
            : Outcome.ended(EndReason.START_FAILED, e.sentence());
      }
      if (!Await.until(DOUBT_LIMIT, () -> begun(prepared.getFirst()))) {
        return Outcome.IN_DOUBT;
      }
    }
    try {
      var launch = launch(prepared.getFirst(), request.attempt(), before);
      store.launch(launch);
      return Outcome.running(launch);
    } catch (ContainerException | IOException e) {
      LOG.warn("{} was started, and is looked for: {}", request.attempt(), e.getMessage());
      return Outcome.IN_DOUBT;
    }
  }

  private boolean begun(String exec) {
    try {
      return runtime
          .inspectExec(exec)
          .filter(e -> e.running() || e.exitCode().isPresent())
          .isPresent();
    } catch (ContainerException e) {
      return false;
    }
  }

  private Launch launch(String exec, AttemptId attempt, ResourceCounters before) {
    var pid = runtime.inspectExec(exec).map(ExecInfo::pid).orElse(0L);
    var identity = processes.identify(pid, Wrapper.name(attempt)).orElse(new Identity(0, 0));
    return new Launch(
        exec, identity.pid(), identity.startTicks(), before.oomKills(), before.pidsRefused());
  }

  /**
   * For an intent without a launch: the agent fell in between, or the engine did. Found by the
   * attempt's id in an argument list; bytes in the journal prove that it ran, and that it has ended
   * where it is not found; else nobody can know.
   */
  Outcome find(AttemptId attempt, String container, boolean bytes) {
    var guests = runtime.guests(container).orElse(List.of());
    var found = processes.find(guests, Wrapper.name(attempt));
    if (found.isPresent() || bytes) {
      var identity = found.orElse(new Identity(0, 0));
      var counters = runtime.counters(container).orElse(ResourceCounters.ZERO);
      return Outcome.running(
          new Launch(
              "",
              identity.pid(),
              identity.startTicks(),
              counters.oomKills(),
              counters.pidsRefused()));
    }
    return Outcome.ended(
        EndReason.START_UNKNOWN, "whether the process was started before a failure is not known");
  }

  /** Whether the wrapper has ended; false also where nobody can tell at the moment. */
  boolean gone(Launch launch) {
    if (launch.pid() > 0) {
      return !processes.alive(new Identity(launch.pid(), launch.startTicks()));
    }
    if (launch.exec().isEmpty()) {
      return true;
    }
    return runtime.inspectExec(launch.exec()).filter(ExecInfo::running).isEmpty();
  }

  /** The process groups that are the attempt's, as signals are sent to them. */
  Set<Long> groups(Launch launch) {
    return launch.pid() > 0
        ? processes.groups(new Identity(launch.pid(), launch.startTicks()))
        : Set.of();
  }

  /**
   * The wrapper's exit code as the engine knows it, which may lag the process's end by a moment.
   */
  Optional<Integer> exitCode(Launch launch) {
    if (launch.exec().isEmpty()) {
      return Optional.empty();
    }
    Await.until(
        DOUBT_LIMIT, () -> runtime.inspectExec(launch.exec()).filter(ExecInfo::running).isEmpty());
    return runtime
        .inspectExec(launch.exec())
        .flatMap(e ->
            e.exitCode().isPresent() ? Optional.of(e.exitCode().getAsInt()) : Optional.empty());
  }
}
