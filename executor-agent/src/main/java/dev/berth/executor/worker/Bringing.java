package dev.berth.executor.worker;

import dev.berth.common.Id.PooledContainerId;
import dev.berth.executor.container.ContainerException;
import dev.berth.executor.container.ContainerSpec;
import dev.berth.executor.workspace.Copies;
import dev.berth.executor.workspace.Copy;
import dev.berth.executor.workspace.CopyLimits;
import dev.berth.executor.workspace.CopyState;
import dev.berth.executor.workspace.Progress;
import dev.berth.executor.workspace.RestoreManifest;
import dev.berth.executor.workspace.SnapshotRef;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a worker to READY, whatever of it is there already: the copy, restored where it does not
 * hold the base, with the layers of its manifest; the container; a look at both. What a worker
 * before held and did not save is saved as a rescue first.
 */
final class Bringing {

  private static final Logger LOG = LoggerFactory.getLogger(Bringing.class);

  private final Path workers;
  private final Copies copies;
  private final Sandbox sandbox;
  private final PooledContainers pool;
  private final Layering layering;
  private final Saving saving;
  private final TransfersFactory transfers;
  private final Reports reports;
  private final LongSupplier nanos;

  Bringing(
      Path workers,
      Copies copies,
      Sandbox sandbox,
      PooledContainers pool,
      Layering layering,
      Saving saving,
      TransfersFactory transfers,
      Reports reports,
      LongSupplier nanos) {
    this.workers = workers;
    this.copies = copies;
    this.sandbox = sandbox;
    this.pool = pool;
    this.layering = layering;
    this.saving = saving;
    this.transfers = transfers;
    this.reports = reports;
    this.nanos = nanos;
  }

  void ensure(Slot slot, Order.Ensure order) {
    var before = slot.record();
    if (before.filter(worker -> worker.generation() > order.generation()).isPresent()) {
      refuse(order, Failure.stale("The executor has a newer worker of the session."));
      return;
    }
    if (slot.serves(order.worker())) {
      switch (before.orElseThrow().state()) {
        case FAILED, LOST, GIVEN_UP -> {
          slot.report("", 0, 0);
          return;
        }
        case READY -> {
          if (sandbox.alive(before.orElseThrow()) && saving.held(slot.session).isPresent()) {
            slot.report("", 0, 0);
            return;
          }
        }
        case CREATING, PREPARING, STOPPING, STOPPED ->
            LOG.debug("going on with {}", order.worker());
      }
    }
    try {
      if (!slot.serves(order.worker())) {
        replace(slot, order);
      }
      bring(slot, order);
    } catch (IOException | RuntimeException e) {
      LOG.warn("{} could not be made ready", order.worker(), e);
      if (slot.serves(order.worker())) {
        slot.become(WorkerState.FAILED, "", Failure.of(e));
      } else {
        refuse(order, Failure.of(e));
      }
    }
  }

  /** The old worker's container is stopped, and taken over with its directory. */
  private void replace(Slot slot, Order.Ensure order) throws IOException {
    var before = slot.record();
    var home = slot.home();
    if (before.isPresent() && home.isPresent()) {
      if (before.get().state() != WorkerState.STOPPED) {
        sandbox.silence(before.get());
      }
      slot.begin(
          home.get(),
          WorkerRecord.of(order, before.get().containerName(), before.get().containerId()));
      order.pooled().ifPresent(pool::refuse);
      return;
    }
    var taken =
        copies.find(slot.session).isEmpty()
            ? order.pooled().flatMap(pool::take)
            : Optional.<PooledContainers.Taken>empty();
    if (taken.isPresent()) {
      var made = taken.get().record();
      slot.begin(
          taken.get().home(), WorkerRecord.of(order, made.containerName(), made.containerId()));
    } else {
      order.pooled().ifPresent(pool::refuse);
      slot.begin(
          WorkerHome.create(workers, order.worker().toString()),
          WorkerRecord.of(order, "berth-" + UUID.randomUUID(), ""));
    }
  }

  private void bring(Slot slot, Order.Ensure order) throws IOException {
    slot.become(WorkerState.PREPARING, "restore", null);
    var image = sandbox.image(order.image());
    var manifest = layering.completed(order.manifest(), image);
    layering.check(manifest, order.image(), image.runtimeVersion());
    try (var start = new ContainerStart(sandbox, copies, slot, image)) {
      Copy copy;
      slot.saving.lock();
      try {
        copy = restore(slot, order, manifest.isNone() ? start::begin : mountable -> {});
        layer(slot, order, copy, manifest);
      } finally {
        slot.saving.unlock();
      }
      start.begin(copy, links(slot, copy, manifest));
      finish(slot, copy, start);
    }
  }

  private void finish(Slot slot, Copy copy, ContainerStart start) throws IOException {
    boolean up;
    try {
      up = start.end();
    } catch (ContainerException e) {
      if (saving.held(slot.session).isPresent()) {
        throw e;
      }
      LOG.warn("the copy of {} is gone before its container was started", slot.session, e);
      slot.become(WorkerState.FAILED, "", Saving.COPY_GONE);
      return;
    }
    if (!up) {
      slot.become(
          WorkerState.FAILED,
          "",
          Failure.temporary(
              Failure.CONTAINER_GONE, "The container ended as soon as it was started."));
      return;
    }
    slot.ready(copy.state().dirty());
  }

  private void layer(Slot slot, Order.Ensure order, Copy copy, RestoreManifest manifest)
      throws IOException {
    if (manifest.isNone()
        || (sandbox.alive(slot.record().orElseThrow()) && !fromPool(slot, order))) {
      // alive, its layers are there already: the container is started behind them, unless it is of
      // a pool, where nothing runs in it yet
      return;
    }
    layering.apply(copy, manifest, progress(slot));
  }

  private static boolean fromPool(Slot slot, Order.Ensure order) {
    var home = slot.home().orElseThrow();
    return order.pooled().map(PooledContainerId::toString).filter(home::isNamed).isPresent();
  }

  private List<ContainerSpec.Mount> links(Slot slot, Copy copy, RestoreManifest manifest)
      throws IOException {
    if (manifest.isNone()) {
      return List.of();
    }
    slot.report("link", 0, 0);
    var links = layering.link(copy, manifest);
    slot.report("validate", 0, 0);
    layering.validate(copy, manifest);
    return links;
  }

  /**
   * @param mountable told once the copy can be mounted, perhaps before its files are there
   */
  private Copy restore(Slot slot, Order.Ensure order, Consumer<Copy> mountable) throws IOException {
    var limits = CopyLimits.ofDisk(order.limits().diskBytes());
    if (copies.find(slot.session).isEmpty()) {
      // what may be left of one that was removed behind our back
      copies.remove(slot.session);
      if (fromPool(slot, order)) {
        copies.adopt(order.pooled().orElseThrow().toString(), slot.session);
      }
    }
    var copy = copies.open(slot.session, limits);
    copy.recall(order.base().map(SnapshotRef::id));
    var state = copy.state();
    var fit = state.fit(order.base());
    if (fit == CopyState.Fit.SALVAGE_FIRST) {
      var failure = saving.save(slot, state.generation(), "RESCUE", state.dirtyVersion(), true);
      if (failure != null) {
        throw new IOException("the copy of the worker before could not be saved: " + failure);
      }
    }
    var path =
        transfers.of(
            slot.session,
            order.worker().toString(),
            order.generation(),
            order.trace(),
            false,
            () -> false);
    if (fit == CopyState.Fit.AS_IS) {
      mountable.accept(copy);
    } else {
      if (!fromPool(slot, order)) {
        // one that an agent started before it fell mounts a directory that goes now
        sandbox.kill(slot.record().orElseThrow());
      }
      copy.restore(order.base(), path, progress(slot), () -> mountable.accept(copy));
    }
    copy.serve(order.generation());
    // before READY: one made anew tells that the copy before is gone
    saving.answer(slot, 0, null);
    return copy;
  }

  private Progress progress(Slot slot) {
    return new SlotProgress(slot, "restore", nanos);
  }

  private void refuse(Order.Ensure order, Failure failure) {
    reports.worker(
        new WorkerReport(
            order.worker(),
            order.session(),
            order.generation(),
            WorkerState.FAILED,
            "",
            0,
            0,
            "",
            "",
            failure,
            false));
  }
}
