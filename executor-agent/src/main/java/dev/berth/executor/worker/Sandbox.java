package dev.berth.executor.worker;

import dev.berth.executor.container.ContainerException;
import dev.berth.executor.container.ContainerInfo;
import dev.berth.executor.container.ContainerRuntime;
import dev.berth.executor.container.ContainerSpec;
import dev.berth.executor.container.ImageInfo;
import dev.berth.executor.container.SandboxUsers;
import dev.berth.executor.exec.Execs;
import dev.berth.executor.process.Freezer;
import dev.berth.executor.process.ProcessInfo;
import dev.berth.executor.process.Processes;
import dev.berth.executor.process.StopReason;
import dev.berth.executor.process.Wrapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A worker's container and what runs in it, as the steps need them. Every method may be repeated.
 */
final class Sandbox {

  private static final Logger LOG = LoggerFactory.getLogger(Sandbox.class);
  private static final String WORKSPACE = "/workspace";

  private final ContainerRuntime runtime;
  private final Freezer freezer;
  private final Processes processes;
  private final Execs execs;
  private final SandboxUsers users;

  /** More at a time only take the processors from each other, and none is ready any sooner. */
  private final Semaphore making =
      new Semaphore(Math.max(4, 2 * Runtime.getRuntime().availableProcessors()), true);

  Sandbox(
      ContainerRuntime runtime,
      Freezer freezer,
      Processes processes,
      Execs execs,
      SandboxUsers users) {
    this.runtime = runtime;
    this.freezer = freezer;
    this.processes = processes;
    this.execs = execs;
    this.users = users;
  }

  SandboxUsers users() {
    return users;
  }

  ImageInfo image(String reference) {
    return runtime.resolveImage(reference);
  }

  /**
   * Starts a container on those files, made anew unless the one there is still fits.
   *
   * @param more what is mounted beside them
   * @param made told its id before it is started
   * @return whether it runs
   */
  boolean up(
      Box box,
      ImageInfo image,
      WorkerHome home,
      Path workspace,
      List<ContainerSpec.Mount> more,
      Consumer<String> made) {
    var spec =
        new ContainerSpec(
            box.name(),
            image.id(),
            new ContainerSpec.Limits(
                box.limits().memoryBytes(), box.limits().cpuMillis(), box.limits().pids()),
            mounts(home, workspace, more),
            ContainerSpec.Network.NONE,
            users,
            "");
    var kept =
        box.id().isEmpty() ? Optional.<ContainerInfo>empty() : runtime.fitting(box.id(), spec);
    if (kept.filter(ContainerInfo::alive).isPresent()) {
      made.accept(kept.get().id());
      return thawed(kept.get());
    }
    making.acquireUninterruptibly();
    try {
      return start(kept.map(ContainerInfo::id), spec, box, made);
    } finally {
      making.release();
    }
  }

  /** One that is there and cannot be started, or vanished just now, is made anew. */
  private boolean start(Optional<String> kept, ContainerSpec spec, Box box, Consumer<String> made) {
    if (kept.isPresent()) {
      try {
        return started(kept.get(), made);
      } catch (ContainerException e) {
        if (e.code().temporary()) {
          throw e;
        }
        LOG.warn("{} cannot be started again; another is made", box.name(), e);
        remove(kept.get());
      }
    }
    return started(create(spec, box), made);
  }

  private boolean started(String container, Consumer<String> made) {
    made.accept(container);
    return thawed(runtime.start(container));
  }

  private void remove(String container) {
    runtime.remove(container);
    execs.forget(container);
  }

  private boolean thawed(ContainerInfo container) {
    if (container.state() == ContainerInfo.State.PAUSED) {
      freezer.settle(container.id());
    }
    return container.alive();
  }

  private static List<ContainerSpec.Mount> mounts(
      WorkerHome home, Path workspace, List<ContainerSpec.Mount> more) {
    try {
      var mounts = new ArrayList<ContainerSpec.Mount>();
      mounts.add(new ContainerSpec.Mount(workspace, WORKSPACE, false));
      mounts.add(
          new ContainerSpec.Mount(Processes.journalRoot(home.directory()), Wrapper.MOUNT, false));
      mounts.addAll(more);
      return mounts;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make the journal directory", e);
    }
  }

  private String create(ContainerSpec spec, Box before) {
    try {
      return runtime.create(spec);
    } catch (ContainerException e) {
      if (e.code() != ContainerException.Code.NAME_TAKEN || before.id().isEmpty()) {
        throw e;
      }
      // the container of the worker before does not fit any more
      remove(before.id());
      return runtime.create(spec);
    }
  }

  Optional<ContainerInfo> look(WorkerRecord worker) {
    return worker.containerId().isEmpty()
        ? Optional.empty()
        : runtime.inspect(worker.containerId());
  }

  boolean alive(WorkerRecord worker) {
    return look(worker).filter(ContainerInfo::alive).isPresent();
  }

  boolean alive(Box box) {
    return !box.id().isEmpty()
        && runtime.inspect(box.id()).filter(ContainerInfo::alive).isPresent();
  }

  /** Ends the container; attempts that still were in it end as of a stopped worker. */
  void stop(WorkerRecord worker) {
    for (var attempt : attempts(worker)) {
      if (!attempt.ended()) {
        processes.stop(attempt.attempt(), Duration.ZERO, StopReason.WORKER_STOPPED);
      }
    }
    kill(worker);
  }

  /** Ends the container and forgets its attempts: nobody wants to hear of them. */
  void silence(WorkerRecord worker) {
    // first, so that none says that its container ended
    attempts(worker).forEach(attempt -> processes.discard(attempt.attempt()));
    kill(worker);
  }

  /** Ends the container, and lets whoever looks after what was in it find out. */
  void kill(WorkerRecord worker) {
    if (!worker.containerId().isEmpty()) {
      execs.stopping(worker.containerId());
      runtime.stop(worker.containerId());
      freezer.forget(worker.containerId());
    }
  }

  /** Starts the container that was stopped. */
  void again(WorkerRecord worker) {
    runtime.start(worker.containerId());
    freezer.settle(worker.containerId());
  }

  /** Removes the container; also one of its name that was made but not recorded. */
  void remove(WorkerRecord worker) {
    silence(worker);
    remove(worker.box());
  }

  void remove(Box box) {
    runtime.remove(box.name());
    if (!box.id().isEmpty()) {
      runtime.remove(box.id());
      execs.forget(box.id());
    }
  }

  /** Whether a provider's process may be in it. */
  boolean busy(WorkerRecord worker) {
    return processes.busy(worker.containerId());
  }

  /** Whether anything may be in it that writes: a provider's process, or an exec's. */
  boolean inUse(WorkerRecord worker) {
    return busy(worker) || execs.busy(worker.containerId());
  }

  void fence(WorkerRecord worker) {
    try {
      freezer.hold(worker.containerId(), Freezer.Reason.FENCED);
    } catch (ContainerException e) {
      LOG.warn("container {} could not be paused: {}", worker.containerId(), e.getMessage());
    }
  }

  void thaw(WorkerRecord worker) {
    try {
      freezer.release(worker.containerId(), Freezer.Reason.FENCED);
      freezer.settle(worker.containerId());
    } catch (ContainerException e) {
      LOG.warn("container {} could not be thawed: {}", worker.containerId(), e.getMessage());
    }
  }

  private List<ProcessInfo> attempts(WorkerRecord worker) {
    try {
      var found = new ArrayList<ProcessInfo>();
      for (var attempt : processes.list()) {
        if (attempt.container().equals(worker.containerId())) {
          found.add(attempt);
        }
      }
      return found;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list attempts", e);
    }
  }
}
