package dev.berth.executor.process;

import dev.berth.executor.container.Await;
import dev.berth.executor.container.ContainerException;
import dev.berth.executor.container.ContainerRuntime;
import dev.berth.executor.linux.ErrnoException;
import dev.berth.executor.linux.Signals;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongPredicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who lives in a container beside its attempts, and is spared when an attempt's processes are swept
 * out. A resident's processes are told by a mark in their environment. One that shed it is taken
 * for an attempt's; one that took another's is spared with it: they are the same user, who could as
 * well write into one another's memory.
 */
public final class Residents {

  private static final Logger LOG = LoggerFactory.getLogger(Residents.class);

  private static final Duration DEATH_LIMIT = Duration.ofSeconds(5);

  private final ContainerRuntime runtime;
  private final Freezer freezer;
  private final HostProcesses processes;
  private final Map<String, Set<String>> marks = new ConcurrentHashMap<>();

  public Residents(ContainerRuntime runtime, Freezer freezer, HostProcesses processes) {
    this.runtime = runtime;
    this.freezer = freezer;
    this.processes = processes;
  }

  /**
   * @param mark an entry of the environment, {@code NAME=value}
   */
  public void enter(String container, String mark) {
    marks.computeIfAbsent(container, c -> ConcurrentHashMap.newKeySet()).add(mark);
  }

  public void leave(String container, String mark) {
    marks.computeIfPresent(
        container,
        (c, all) -> {
          all.remove(mark);
          return all.isEmpty() ? null : all;
        });
  }

  public boolean any(String container) {
    return marks.containsKey(container);
  }

  /** Processes in the container that are no resident's; empty where nobody can see them. */
  Optional<List<Long>> others(String container) {
    return runtime
        .guests(container)
        .map(guests -> guests.stream().filter(pid -> !resident(container, pid)).toList());
  }

  private boolean resident(String container, long pid) {
    return marks.getOrDefault(container, Set.of()).stream()
        .anyMatch(mark -> processes.hasEnvironment(pid, mark));
  }

  /** TERM to all but residents. False where there are none, or processes cannot be seen. */
  boolean terminateOthers(String container) {
    var others = any(container) ? others(container) : Optional.<List<Long>>empty();
    others.ifPresent(all -> all.forEach(pid -> signal(pid, Signals.TERM)));
    return others.isPresent();
  }

  /** KILL to all but residents. False where that cannot be seen to have ended them. */
  boolean killOthers(String container) {
    return kill(container, pid -> !resident(container, pid));
  }

  /** KILL to everything that carries the mark. False where that cannot be seen to have ended. */
  public boolean kill(String container, String mark) {
    return kill(container, pid -> processes.hasEnvironment(pid, mark));
  }

  /** KILL to everything but the keep-alive. False where that cannot be seen to have ended. */
  public boolean killAll(String container) {
    return kill(container, pid -> true);
  }

  /** The container is frozen meanwhile, so that no fork slips through. */
  private boolean kill(String container, LongPredicate victims) {
    if (none(container, victims)) {
      return true;
    }
    if (runtime.guests(container).isEmpty()) {
      return false;
    }
    try {
      freezer.hold(container, Freezer.Reason.SWEEP);
    } catch (ContainerException e) {
      LOG.debug("a container is swept without being frozen: {}", e.getMessage());
    }
    try {
      runtime
          .guests(container)
          .ifPresent(
              all -> all.stream().filter(victims::test).forEach(pid -> signal(pid, Signals.KILL)));
    } finally {
      freezer.release(container, Freezer.Reason.SWEEP);
    }
    return Await.until(DEATH_LIMIT, () -> none(container, victims));
  }

  private boolean none(String container, LongPredicate victims) {
    return runtime
        .guests(container)
        .filter(guests -> guests.stream().noneMatch(victims::test))
        .isPresent();
  }

  private static void signal(long pid, int signal) {
    try {
      Signals.send(pid, signal);
    } catch (ErrnoException e) {
      LOG.debug("process {} got no signal {}: {}", pid, signal, e.getMessage());
    }
  }
}
