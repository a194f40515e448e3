package dev.berth.controlplane.worker;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.common.Id.WorkerId;
import dev.berth.controlplane.executor.WorkerLink;
import dev.berth.controlplane.platform.grpc.Fields;
import dev.berth.executor.v1.CopyReport;
import dev.berth.executor.v1.Hello;
import dev.berth.executor.v1.WorkerOrder;
import dev.berth.executor.v1.WorkerReport;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the link's reports of workers and copies. */
@Singleton
final class WorkerReportLink implements WorkerLink {
  private final HelloReports hellos;
  private final WorkerReports workers;
  private final CopyReports copies;

  WorkerReportLink(HelloReports hellos, WorkerReports workers, CopyReports copies) {
    this.hellos = hellos;
    this.workers = workers;
    this.copies = copies;
  }

  @Override
  public List<WorkerOrder> greet(ExecutorId executor, Hello hello) {
    Map<WorkerId, HelloReports.Verdict> verdicts =
        hellos.apply(
            executor,
            hello.getWorkersList().stream().map(report -> status(executor, report)).toList(),
            hello.getCopiesList().stream().map(report -> status(executor, report)).toList());
    return verdicts.entrySet().stream()
        .map(verdict ->
            WorkerOrder.newBuilder()
                .setWorkerId(verdict.getKey().toString())
                .setVerdict(
                    switch (verdict.getValue()) {
                      case ADOPT -> WorkerOrder.Verdict.VERDICT_ADOPT;
                      case GIVEN_UP -> WorkerOrder.Verdict.VERDICT_GIVEN_UP;
                      case REMOVE -> WorkerOrder.Verdict.VERDICT_REMOVE;
                    })
                .build())
        .toList();
  }

  @Override
  public void worker(ExecutorId executor, WorkerReport report) {
    workers.apply(status(executor, report));
  }

  @Override
  public void copy(ExecutorId executor, CopyReport report) {
    copies.apply(status(executor, report));
  }

  private static WorkerStatus status(ExecutorId executor, WorkerReport report) {
    WorkerState state =
        switch (report.getState()) {
          case STATE_CREATING -> WorkerState.CREATING;
          case STATE_PREPARING -> WorkerState.PREPARING;
          case STATE_READY -> WorkerState.READY;
          case STATE_STOPPING -> WorkerState.STOPPING;
          case STATE_STOPPED -> WorkerState.STOPPED;
          case STATE_REMOVED -> WorkerState.REMOVED;
          case STATE_FAILED -> WorkerState.FAILED;
          case STATE_LOST -> WorkerState.LOST;
          case STATE_UNSPECIFIED, UNRECOGNIZED -> WorkerState.CREATING;
        };
    Failure failure = report.hasFailure() ? failure(report.getFailure()) : null;
    if (state == WorkerState.FAILED && failure == null) {
      failure = new Failure(Failure.Kind.TEMPORARY, "UNKNOWN", "The executor gave no reason");
    }
    return new WorkerStatus(
        executor,
        Fields.id("worker_id", report.getWorkerId(), WorkerId::parse),
        Fields.id("session_id", report.getSessionId(), SessionId::parse),
        report.getGeneration(),
        state,
        new Worker.Progress(report.getPhase(), report.getProgressBytes(), report.getTotalBytes()),
        report.getContainerRef(),
        report.getImageDigest(),
        failure,
        report.getUnsaved());
  }

  private static CopyStatus status(ExecutorId executor, CopyReport report) {
    return new CopyStatus(
        executor,
        Fields.id("session_id", report.getSessionId(), SessionId::parse),
        report.getGeneration(),
        snapshot(report.getBaseSnapshotId()),
        report.getPresent(),
        Math.max(0, report.getDiskBytes()),
        report.getInstance(),
        report.getSyncOrder(),
        report.hasFailure() ? failure(report.getFailure()) : null);
  }

  private static @Nullable SnapshotId snapshot(String id) {
    return id.isEmpty() ? null : Fields.id("base_snapshot_id", id, SnapshotId::parse);
  }

  private static Failure failure(dev.berth.executor.v1.Failure failure) {
    Failure.Kind kind =
        switch (failure.getClass_()) {
          case CLASS_PERMANENT, CLASS_UNSUPPORTED -> Failure.Kind.PERMANENT;
          case CLASS_STALE -> Failure.Kind.STALE;
          case CLASS_TEMPORARY, CLASS_TIMEOUT, CLASS_UNSPECIFIED, UNRECOGNIZED ->
              Failure.Kind.TEMPORARY;
        };
    return new Failure(kind, failure.getReason(), failure.getMessage());
  }
}
