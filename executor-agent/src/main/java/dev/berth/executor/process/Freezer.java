package dev.berth.executor.process;

import dev.berth.executor.container.ContainerException;
import dev.berth.executor.container.ContainerRuntime;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * The one place that pauses and thaws containers, for several reasons at once: a container is
 * paused while there is any. Reasons live in memory; after a restart of the agent whoever had one
 * says so again, and {@link #settle} thaws what nobody wants paused.
 */
public final class Freezer {

  /** Why a container is paused. */
  public enum Reason {
    /** Too much output is not acknowledged. */
    OUTPUT,
    /** The control plane was not heard of for so long that it may have given the worker up. */
    FENCED,
    /** Some of its processes are being killed, and no new ones may be born meanwhile. */
    SWEEP
  }

  private final ContainerRuntime runtime;
  private final Map<String, Set<Reason>> reasons = new HashMap<>();

  public Freezer(ContainerRuntime runtime) {
    this.runtime = runtime;
  }

  /**
   * @throws ContainerException if the engine refuses; then the reason is not held
   */
  public synchronized void hold(String container, Reason reason) {
    var held = reasons.computeIfAbsent(container, c -> EnumSet.noneOf(Reason.class));
    if (held.isEmpty()) {
      runtime.pause(container);
    }
    held.add(reason);
  }

  /**
   * Not holding the reason is success.
   *
   * @throws ContainerException if the engine refuses; then the reason is still held
   */
  public synchronized void release(String container, Reason reason) {
    var held = reasons.get(container);
    if (held == null || !held.contains(reason)) {
      return;
    }
    if (held.size() == 1) {
      runtime.unpause(container);
      reasons.remove(container);
    } else {
      held.remove(reason);
    }
  }

  /** Thaws the container unless there is a reason not to. */
  public synchronized void settle(String container) {
    if (!reasons.containsKey(container)) {
      runtime.unpause(container);
    }
  }

  public synchronized boolean holds(String container, Reason reason) {
    return reasons.getOrDefault(container, Set.of()).contains(reason);
  }

  /** Forgets a container that is gone. */
  public synchronized void forget(String container) {
    reasons.remove(container);
  }
}
