package dev.berth.executor.worker;

import dev.berth.executor.workspace.Copies;
import dev.berth.executor.workspace.CopyState;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings workers and copies to an end, never before what they hold is saved unless the order says
 * so. Every step may have been taken already.
 */
final class Ending {

  private static final Logger LOG = LoggerFactory.getLogger(Ending.class);

  private static final Failure WRITING =
      Failure.temporary("BUSY", "A client is writing files; it is stopped when that has ended.");

  private final Copies copies;
  private final Sandbox sandbox;
  private final Saving saving;

  Ending(Copies copies, Sandbox sandbox, Saving saving) {
    this.copies = copies;
    this.sandbox = sandbox;
    this.saving = saving;
  }

  /**
   * Save, live; stop the container; save the rest. Where a save fails the worker is READY again.
   */
  void stop(Slot slot, Order.Stop order) {
    var worker = slot.record();
    if (worker.isEmpty() || !slot.serves(order.worker())) {
      stopGone(slot, order);
      return;
    }
    var before = worker.get().state();
    if (before == WorkerState.STOPPED || before == WorkerState.GIVEN_UP) {
      finish(slot, order);
      return;
    }
    var wasUp = sandbox.alive(worker.get());
    slot.become(WorkerState.STOPPING, "", null);
    var saves = saves(slot, order);
    if (saves && (wasUp || slot.writing())) {
      var failure = slot.writing() ? WRITING : save(slot, order);
      if (failure != null) {
        saving.answer(slot, order.number(), failure);
        slot.become(WorkerState.READY, "", null);
        return;
      }
    }
    sandbox.stop(worker.get());
    if (saves) {
      var failure = save(slot, order);
      if (failure != null) {
        saving.answer(slot, order.number(), failure);
        restart(slot, worker.get(), wasUp);
        return;
      }
    }
    slot.become(WorkerState.STOPPED, "", null);
    finish(slot, order);
  }

  /** Not where all is known to be saved already, to the control plane and here. */
  private boolean saves(Slot slot, Order.Stop order) {
    return !order.skipSync()
        && !(order.clean() && saving.state(slot.session).filter(CopyState::dirty).isEmpty());
  }

  private @Nullable Failure save(Slot slot, Order.Stop order) {
    return saving.save(slot, order.generation(), "STOP", order.dirtyVersion(), false);
  }

  private void restart(Slot slot, WorkerRecord worker, boolean wasUp) {
    try {
      if (wasUp) {
        sandbox.again(worker);
        slot.become(WorkerState.READY, "", null);
        return;
      }
    } catch (RuntimeException e) {
      LOG.warn("{} could not be started again", worker.worker(), e);
    }
    slot.become(
        WorkerState.LOST,
        "",
        Failure.temporary(Failure.CONTAINER_GONE, "The container could not be started again."));
  }

  private void finish(Slot slot, Order.Stop order) {
    saving.answer(slot, order.number(), null);
    if (order.remove()) {
      slot.record().ifPresent(sandbox::remove);
      slot.end();
    } else {
      slot.report("", 0, 0);
    }
  }

  /** The worker is not here (any more): only its files may be left to save. */
  private void stopGone(Slot slot, Order.Stop order) {
    var newer = slot.record().filter(r -> r.generation() > order.generation()).isPresent();
    Failure failure = null;
    if (newer) {
      failure = Failure.stale("The executor has a newer worker of the session.");
    } else if (saves(slot, order) && saving.state(slot.session).isPresent()) {
      failure = save(slot, order);
    }
    saving.answer(slot, order.number(), failure);
    if (failure == null || newer) {
      saving.removed(order.session(), order.worker(), order.generation());
    }
  }

  /** End a given-up worker's processes; save its files as a rescue; remove its container. */
  void salvage(Slot slot, Order.Salvage order) {
    var worker = slot.record().filter(r -> r.generation() <= order.generation());
    if (worker.isEmpty() && slot.record().isPresent()) {
      // a newer worker took the copy over, and with it what was unsaved
      saving.answer(slot, order.number(), null);
      return;
    }
    worker.ifPresent(sandbox::silence);
    Failure failure = null;
    if (saving.state(slot.session).filter(s -> s.dirty()).isPresent()) {
      failure = saving.save(slot, order.generation(), "RESCUE", 0, true);
    }
    saving.answer(slot, order.number(), failure);
    if (failure == null) {
      worker.ifPresent(sandbox::remove);
      slot.end();
    }
  }

  void removeCopy(Slot slot, Order.RemoveCopy order) {
    var state = saving.state(slot.session);
    var worker = slot.record();
    if (state.filter(s -> s.generation() > order.generation()).isPresent()
        || worker.filter(w -> w.generation() > order.generation()).isPresent()) {
      saving.answer(slot, order.number(), Failure.stale("The copy serves a newer worker."));
      return;
    }
    slot.saving.lock();
    try {
      worker.ifPresent(sandbox::remove);
      slot.end();
      copies.remove(slot.session);
      saving.answer(slot, order.number(), null);
    } catch (IOException | RuntimeException e) {
      LOG.warn("the copy of {} could not be removed", slot.session, e);
      saving.answer(slot, order.number(), Failure.of(e));
    } finally {
      slot.saving.unlock();
    }
  }

  /** The control plane gave the worker up: nothing of it runs any more, its files stay. */
  void giveUp(Slot slot) {
    slot.record()
        .ifPresent(worker -> {
          sandbox.silence(worker);
          slot.become(WorkerState.GIVEN_UP, "", null);
        });
  }

  /** Nobody knows the worker any more. */
  void forget(Slot slot) {
    slot.record().ifPresent(sandbox::remove);
    slot.end();
  }
}
