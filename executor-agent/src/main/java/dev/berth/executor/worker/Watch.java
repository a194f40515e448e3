package dev.berth.executor.worker;

import dev.berth.executor.container.ContainerException;
import dev.berth.executor.container.ContainerInfo;
import dev.berth.executor.container.ContainerRuntime;
import dev.berth.executor.container.ListedContainer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at what others may do behind our back: containers that vanished, stopped or stand about
 * without a worker, and copies that are gone from the disk. By list and inspect only. One call of
 * {@link #look} at a time.
 */
final class Watch {

  private static final Logger LOG = LoggerFactory.getLogger(Watch.class);

  static final Failure GONE =
      Failure.temporary(
          Failure.CONTAINER_GONE, "The container was stopped or removed behind Berth's back.");

  private final ContainerRuntime runtime;
  private final Slots slots;
  private final PooledContainers pool;
  private final Saving saving;
  private volatile String problem = "";

  /**
   * Containers without a worker when last looked at: one may just be made, so they are removed at
   * the second look.
   */
  private HashSet<String> strays = new HashSet<>();

  Watch(ContainerRuntime runtime, Slots slots, PooledContainers pool, Saving saving) {
    this.runtime = runtime;
    this.slots = slots;
    this.pool = pool;
    this.saving = saving;
  }

  /** Why no work can be taken; empty where it can. */
  String problem() {
    return problem;
  }

  void look() {
    var containers = new HashMap<String, ListedContainer>();
    try {
      runtime.list().forEach(container -> containers.put(container.name(), container));
    } catch (ContainerException e) {
      if (problem.isEmpty()) {
        LOG.error("no work is taken until this is mended: {}", e.sentence());
      }
      problem = "The container engine does not answer.";
      return;
    }
    if (!problem.isEmpty()) {
      LOG.info("the container engine answers again");
      problem = "";
    }
    for (var slot : slots.all()) {
      lookAt(slot, containers);
    }
    pool.look(containers);
    removeStrays(containers);
  }

  private void lookAt(Slot slot, HashMap<String, ListedContainer> containers) {
    if (!slot.gate.tryLock()) {
      return;
    }
    try {
      var worker = slot.record();
      if (worker.isEmpty() || worker.get().state() != WorkerState.READY) {
        return;
      }
      var listed = Optional.ofNullable(containers.get(worker.get().containerName()));
      if (listed.filter(ListedContainer::alive).isEmpty()
          && runtime.inspect(worker.get().containerId()).filter(ContainerInfo::alive).isEmpty()) {
        LOG.warn("the container of {} is gone", worker.get().worker());
        saving.lose(slot, GONE);
      } else if (saving.held(slot.session).isEmpty()) {
        saving.lose(slot, GONE);
      }
    } finally {
      slot.gate.unlock();
    }
  }

  private void removeStrays(HashMap<String, ListedContainer> containers) {
    var owned = new HashSet<>(pool.names());
    for (var slot : slots.all()) {
      slot.record().ifPresent(worker -> owned.add(worker.containerName()));
    }
    var unowned = new HashSet<String>();
    for (var container : containers.values()) {
      if (!owned.contains(container.name())) {
        unowned.add(container.name());
        if (strays.contains(container.name())) {
          LOG.info("removing container {}: it serves no worker", container.name());
          runtime.remove(container.id());
        }
      }
    }
    strays = unowned;
  }
}
