package dev.berth.executor.worker;

import dev.berth.executor.exec.ExecOrder;
import dev.berth.executor.exec.ExecRecord;
import dev.berth.executor.exec.Execs;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts execs in workers that are ready; others are told as lost. */
final class ExecStarts {

  private static final Logger LOG = LoggerFactory.getLogger(ExecStarts.class);

  private final Execs execs;
  private final Saving saving;
  private final Sandbox sandbox;
  private final Reports reports;

  ExecStarts(Execs execs, Saving saving, Sandbox sandbox, Reports reports) {
    this.execs = execs;
    this.saving = saving;
    this.sandbox = sandbox;
    this.reports = reports;
  }

  /** The copy is dirty before anything runs. */
  void start(Slot slot, ExecOrder order) {
    slot.gate.lock();
    try {
      var worker = slot.record();
      var copy = saving.held(slot.session);
      if (worker.isEmpty()
          || copy.isEmpty()
          || !worker.get().workerId().equals(order.worker())
          || worker.get().generation() != order.generation()
          || worker.get().state() != WorkerState.READY
          || !sandbox.alive(worker.get())) {
        refuse(order, ExecRecord.WORKER_LOST, "The session's worker is not ready any more.");
        return;
      }
      slot.touch();
      copy.get().markDirty(0);
      execs.start(
          order, slot.home().orElseThrow().directory(), worker.get().containerId(), slot.gate);
    } catch (IOException | RuntimeException e) {
      LOG.warn("{} could not be started", order.exec(), e);
      refuse(order, ExecRecord.START_FAILED, Failure.of(e).message());
    } finally {
      slot.gate.unlock();
    }
  }

  void refuse(ExecOrder order, String reason, String message) {
    reports.exec(ExecRecord.never(order.exec(), reason, message));
  }
}
