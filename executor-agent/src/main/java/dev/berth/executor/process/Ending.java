package dev.berth.executor.process;

import dev.berth.executor.container.Await;
import dev.berth.executor.container.ContainerException;
import dev.berth.executor.container.ContainerException.Code;
import dev.berth.executor.container.ContainerInfo;
import dev.berth.executor.container.ContainerRuntime;
import dev.berth.executor.container.ExecSpec;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends everything of a provider's user in one container but its {@link Residents}: TERM, grace,
 * KILL, and the whole container where even that does not help. Where there are no residents, the
 * signals are sent from inside by a shell of the same user: {@code kill -1} reaches every process
 * of that user and no other, in one step no fork can slip through, and works at the process limit.
 * Used by one thread.
 */
final class Ending {

  private static final Logger LOG = LoggerFactory.getLogger(Ending.class);
  private static final Duration SIGNAL_LIMIT = Duration.ofSeconds(10);
  private static final int KILLS = 5;

  private final ContainerRuntime runtime;
  private final Freezer freezer;
  private final Residents residents;
  private final String container;
  private final int user;
  private boolean asked;
  private long killAt;
  private int kills;

  Ending(
      ContainerRuntime runtime, Freezer freezer, Residents residents, String container, int user) {
    this.runtime = runtime;
    this.freezer = freezer;
    this.residents = residents;
    this.container = container;
    this.user = user;
  }

  /**
   * One step; to be called again soon where the answer is false.
   *
   * @param wrapperGone whether the attempt's first process has ended
   * @param hurry whether grace is over already
   * @return whether nothing of the provider's is left
   */
  boolean step(boolean wrapperGone, Duration grace, boolean hurry) {
    try {
      if (gone(wrapperGone)) {
        return true;
      }
      if (freezer.holds(container, Freezer.Reason.FENCED)) {
        return false;
      }
      freezer.release(container, Freezer.Reason.OUTPUT);
      if (!asked) {
        asked = true;
        killAt = System.nanoTime() + grace.toNanos();
        if (!hurry && grace.isPositive()) {
          if (!residents.terminateOthers(container)) {
            signal("kill -TERM -1");
          }
          return false;
        }
      }
      return (hurry || System.nanoTime() - killAt >= 0) && kill();
    } catch (ContainerException e) {
      if (e.code() != Code.ENGINE_UNAVAILABLE && e.code() != Code.PAUSED) {
        LOG.info("ending a process: {}", e.getMessage());
      }
      return false;
    }
  }

  private boolean gone(boolean wrapperGone) {
    if (runtime.inspect(container).filter(ContainerInfo::alive).isEmpty()) {
      return true;
    }
    return wrapperGone && residents.others(container).filter(List::isEmpty).isPresent();
  }

  private boolean kill() {
    if (kills++ >= KILLS) {
      LOG.warn("processes in a container outlive SIGKILL; the container is stopped");
      runtime.stop(container);
      return true;
    }
    if (residents.any(container) && runtime.guests(container).isPresent()) {
      return residents.killOthers(container);
    }
    // Until there is nobody left to signal; bounded, since what sleeps in the kernel dies late.
    var exit =
        signal(
            "i=0; while kill -KILL -1; do i=$((i+1)); [ $i -lt 1000 ] || exit 1; done 2>/dev/null;"
                + " exit 0");
    return exit.filter(code -> code == 0).isPresent()
        && runtime.guests(container).filter(guests -> !guests.isEmpty()).isEmpty();
  }

  private Optional<Integer> signal(String script) {
    var exec =
        runtime.startExec(
            container, new ExecSpec(List.of("/bin/sh", "-c", script), Map.of(), user), id -> {});
    Await.until(SIGNAL_LIMIT, () -> runtime.inspectExec(exec).filter(e -> e.running()).isEmpty());
    return runtime
        .inspectExec(exec)
        .flatMap(e ->
            e.exitCode().isPresent() ? Optional.of(e.exitCode().getAsInt()) : Optional.empty());
  }
}
