package dev.berth.controlplane.pool;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.PooledContainerId;
import dev.berth.common.RetryPolicy;
import dev.berth.controlplane.executor.PoolLink;
import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.platform.grpc.Fields;
import dev.berth.executor.v1.PooledReport;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/** Writes down what executors say of pooled containers. Joins the caller's transaction. */
@Singleton
final class PoolReportLink implements PoolLink {
  private static final RetryPolicy BACKOFF =
      new RetryPolicy(Duration.ofSeconds(1), Duration.ofMinutes(1));

  private final PooledContainerRepository containers;
  private final Notifications notifications;
  private final Clock clock;

  PoolReportLink(PooledContainerRepository containers, Notifications notifications, Clock clock) {
    this.containers = containers;
    this.notifications = notifications;
    this.clock = clock;
  }

  @Override
  public List<String> greet(ExecutorId executor, List<PooledReport> there) {
    Set<PooledContainerId> seen = new HashSet<>();
    for (PooledReport report : there) {
      pooled(executor, report);
      find(executor, report).map(PooledContainer::id).ifPresent(seen::add);
    }
    for (PooledContainer row : containers.ofExecutor(executor)) {
      if (!seen.contains(row.id())) {
        gone(row);
      }
    }
    return seen.stream().map(PooledContainerId::toString).toList();
  }

  @Override
  public void pooled(ExecutorId executor, PooledReport report) {
    find(executor, report)
        .ifPresent(row -> {
          switch (report.getState()) {
            case STATE_READY -> containers.ready(row.id(), clock.instant());
            case STATE_FAILED -> failed(row, report);
            case STATE_REMOVED -> gone(row);
            case STATE_CREATING, STATE_UNSPECIFIED, UNRECOGNIZED -> {}
          }
          notifications.publish(PoolReconciler.TOPIC);
        });
  }

  private Optional<PooledContainer> find(ExecutorId executor, PooledReport report) {
    return containers
        .find(Fields.id("pooled_id", report.getPooledId(), PooledContainerId::parse))
        .filter(row -> row.executorId().equals(executor));
  }

  private void failed(PooledContainer row, PooledReport report) {
    var pause = BACKOFF.delay(row.failures() + 1, ThreadLocalRandom.current());
    containers.failed(
        row.id(),
        report.getFailure().getReason(),
        report.getFailure().getMessage(),
        clock.instant().plus(pause),
        clock.instant());
  }

  /** The executor has nothing of it; what a worker claimed is the worker's, made with it or not. */
  private void gone(PooledContainer row) {
    if (!row.wanted()) {
      containers.delete(row.id());
    } else if (row.state() == PooledState.READY) {
      containers.again(row.id(), clock.instant());
      notifications.publish("executor:" + row.executorId());
    }
  }
}
