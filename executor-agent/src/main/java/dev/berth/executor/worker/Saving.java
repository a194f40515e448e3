package dev.berth.executor.worker;

import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.WorkerId;
import dev.berth.executor.workspace.Copies;
import dev.berth.executor.workspace.Copy;
import dev.berth.executor.workspace.CopyState;
import dev.berth.executor.workspace.SyncRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Saves copies, one save of a session at a time, and answers the orders that asked for it. A save
 * is quiescent only where nothing could write from its begin to the moment its commit is sent.
 */
final class Saving {

  private static final Logger LOG = LoggerFactory.getLogger(Saving.class);

  static final Failure COPY_GONE =
      Failure.temporary(Failure.COPY_GONE, "The session's disk was removed behind Berth's back.");

  private final Copies copies;
  private final Sandbox sandbox;
  private final TransfersFactory transfers;
  private final Reports reports;
  private final LongSupplier nanos;

  Saving(
      Copies copies,
      Sandbox sandbox,
      TransfersFactory transfers,
      Reports reports,
      LongSupplier nanos) {
    this.copies = copies;
    this.sandbox = sandbox;
    this.transfers = transfers;
    this.reports = reports;
    this.nanos = nanos;
  }

  /** Answers a SyncCopy. */
  void sync(Slot slot, Order.Sync order) {
    var failure = save(slot, order.generation(), order.reason(), order.dirtyVersion(), false);
    answer(slot, order.number(), failure);
  }

  /**
   * Saves the slot's copy and says why it could not. Takes {@link Slot#saving}.
   *
   * @param rescued beside the session's line of snapshots
   */
  @Nullable Failure save(
      Slot slot, long generation, String reason, long dirtyVersion, boolean rescued) {
    slot.saving.lock();
    try {
      var copy = copies.find(slot.session);
      if (copy.isEmpty()) {
        return Failure.permanent(Failure.COPY_GONE, "The executor has no copy of the session.");
      }
      var state = copy.get().state();
      if (!rescued && state.generation() > generation) {
        return Failure.stale("The copy serves a newer worker.");
      }
      if (!state.complete()) {
        return null;
      }
      var touches = slot.touches();
      var quiet = quiet(slot);
      copy.get()
          .sync(
              new SyncRequest(generation, reason, dirtyVersion, quiet, rescued),
              transfers.of(
                  slot.session,
                  slot.record().map(WorkerRecord::worker).orElse(""),
                  generation,
                  slot.record().map(Saving::trace).orElse(""),
                  slot.closed(),
                  () -> slot.touches() == touches && quiet(slot)),
              new SlotProgress(slot, "sync", nanos));
      return null;
    } catch (IOException | RuntimeException e) {
      LOG.warn("{} could not be saved", slot.session, e);
      return Failure.of(e);
    } finally {
      slot.saving.unlock();
    }
  }

  /**
   * The slot's worker cannot go on. Where its copy is gone too, that is told first: what follows a
   * lost worker may be a new copy.
   */
  void lose(Slot slot, Failure why) {
    if (held(slot.session).isPresent()) {
      slot.become(WorkerState.LOST, "", why);
      return;
    }
    LOG.warn("the copy of {} is gone", slot.session);
    answer(slot, 0, null);
    slot.become(WorkerState.LOST, "", COPY_GONE);
  }

  private static String trace(WorkerRecord worker) {
    return Objects.requireNonNullElse(worker.trace(), "");
  }

  private boolean quiet(Slot slot) {
    return !slot.writing()
        && slot.record().filter(worker -> sandbox.inUse(worker) && sandbox.alive(worker)).isEmpty();
  }

  /** Tells what the copy is now, as answer to an order or, with number 0, of itself. */
  void answer(Slot slot, long number, @Nullable Failure failure) {
    reports.copy(report(slot.session, number, failure));
  }

  /** Tells that nothing is left of a worker. */
  void removed(SessionId session, WorkerId worker, long generation) {
    reports.worker(
        new WorkerReport(worker, session, generation, null, "", 0, 0, "", "", null, false));
  }

  CopyReport report(SessionId session, long number, @Nullable Failure failure) {
    try {
      var copy = copies.find(session);
      var state = copy.map(Copy::state);
      return new CopyReport(
          session,
          state.map(CopyState::generation).orElse(0L),
          state.flatMap(CopyState::base).map(base -> base.id()),
          state.isPresent(),
          copy.map(Copy::diskBytes).orElse(0L),
          state.map(CopyState::instance).orElse(""),
          number,
          failure);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the state of " + session, e);
    }
  }

  /**
   * The session's copy where it is whole: one whose files are gone, though the host's notes about
   * it are not, is found made anew and incomplete.
   */
  Optional<Copy> held(SessionId session) {
    try {
      return copies.find(session).filter(copy -> copy.state().complete());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the state of " + session, e);
    }
  }

  Optional<CopyState> state(SessionId session) {
    try {
      return copies.find(session).map(Copy::state);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the state of " + session, e);
    }
  }
}
