package dev.berth.executor.container;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Consumer;

/**
 * The engine that runs workers' containers. All calls block (use virtual threads), may be repeated,
 * and are safe from many threads. Every failure is a {@link ContainerException} whose {@link
 * ContainerException.Code} says what may be done about it. Nothing is decided from an engine's
 * event stream: callers list and inspect.
 */
public interface ContainerRuntime {

  /**
   * Finds an image that is on this host; IMAGE_NOT_FOUND where it is not. Nothing is downloaded.
   */
  ImageInfo resolveImage(String reference);

  /**
   * Makes a container with the whole sandbox baseline, not yet running, and returns its id. A
   * container of that name which is ours and was made from an equal specification is returned
   * instead of a new one. NAME_TAKEN where it is not ours or differs; BASELINE_UNAVAILABLE where
   * this host cannot hold a part of the baseline.
   */
  String create(ContainerSpec spec);

  /**
   * The container as it is now; empty where it is unknown, not ours, or was made from a
   * specification that differs.
   */
  Optional<ContainerInfo> fitting(String containerId, ContainerSpec spec);

  /**
   * Starts it and answers how it then is; already running is success. Its baseline is checked
   * before this returns; a breach kills it.
   */
  ContainerInfo start(String containerId);

  /**
   * Ends everything in it at once, paused or not, and returns when it has ended; not running or
   * unknown is success. Processes of providers are given their grace before this, by {@link
   * #startExec}.
   */
  void stop(String containerId);

  /**
   * Stops and removes it; unknown is success. Directories of the host that it mounted stay.
   *
   * @param container its id or its name
   */
  void remove(String container);

  /**
   * Freezes every process in it; already paused is success. While paused no process can be started
   * in it.
   */
  void pause(String containerId);

  /** Thaws it; not paused or unknown is success. */
  void unpause(String containerId);

  /** Empty for an unknown container. */
  Optional<ContainerInfo> inspect(String containerId);

  /** All containers of this installation and executor, in any state, by name. */
  List<ListedContainer> list();

  /**
   * Starts a process in a running container, detached from us: it lives on when the agent dies.
   * {@code prepared} is told its id before it begins. NOT_RUNNING or PAUSED where it cannot be
   * started.
   */
  String startExec(String containerId, ExecSpec spec, Consumer<String> prepared);

  /**
   * Starts a process in a running container with a connection to us, and a terminal if asked.
   * {@code prepared} is told its id before it begins. NOT_RUNNING or PAUSED where it cannot be
   * started.
   */
  ExecStreams attachExec(
      String containerId, ExecSpec spec, boolean terminal, Consumer<String> prepared);

  /** Sets the size of a process's terminal; does nothing where it has none or has ended. */
  void resizeExec(String execId, int rows, int columns);

  /**
   * Empty where the engine does not know it (any more), which does not mean that the process has
   * ended.
   */
  Optional<ExecInfo> inspectExec(String execId);

  /**
   * Kernel counters of a container's group; empty where they cannot be read (it is gone, or not on
   * this host).
   */
  Optional<ResourceCounters> counters(String containerId);

  /**
   * Host ids of every living process in the container but the keep-alive's, by user, which a
   * process cannot choose. Empty where the agent cannot see them, which does not mean that there
   * are none.
   */
  Optional<List<Long>> guests(String containerId);

  /** Where on this host a volume of the engine is; empty where there is none, or it is nowhere. */
  Optional<Path> volume(String name);

  /** What this host really provides, as fact and value, sorted by fact. */
  SortedMap<String, String> hardening();
}
