package dev.berth.controlplane.exec;

import dev.berth.controlplane.platform.loop.Reconciler;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends execs with their workers, where no executor is left to say so, and forgets those that ended
 * long ago.
 */
@Singleton
final class ExecReconciler implements Reconciler {

  private static final int BATCH = 500;
  private static final Duration KEPT = Duration.ofDays(1);
  private static final Logger log = LoggerFactory.getLogger(ExecReconciler.class);

  private final ExecRepository execs;
  private final ExecReports reports;

  ExecReconciler(ExecRepository execs, ExecReports reports) {
    this.execs = execs;
    this.reports = reports;
  }

  @Override
  public String name() {
    return "execs";
  }

  @Override
  public Duration interval() {
    return Duration.ofSeconds(2);
  }

  @Override
  public Duration rest() {
    return Duration.ofMillis(200);
  }

  @Override
  public List<String> topics() {
    return List.of("work");
  }

  @Override
  public void runOnce() {
    for (ExecRepository.Orphan orphan : execs.orphans(BATCH)) {
      boolean stopped =
          orphan.workerState().equals("STOPPED") || orphan.workerState().equals("REMOVED");
      reports.become(
          orphan.exec(),
          Exec.Status.lost(
              stopped ? "WORKER_STOPPED" : "WORKER_LOST",
              "The worker it ran in is " + orphan.workerState()));
    }
    int forgotten = execs.deleteEnded(KEPT, BATCH);
    log.trace("{} execs are forgotten", forgotten);
  }
}
