package dev.berth.executor.link;

import dev.berth.executor.exec.ExecRecord;
import dev.berth.executor.journal.Position;
import dev.berth.executor.process.InputOrder;
import dev.berth.executor.process.ProcessInfo;
import dev.berth.executor.sessionless.SessionlessReport;
import dev.berth.executor.v1.CommandResult;
import dev.berth.executor.v1.ConnectRequest;
import dev.berth.executor.v1.ExecReport;
import dev.berth.executor.v1.RunInputReport;
import dev.berth.executor.v1.RunInventory;
import dev.berth.executor.worker.CopyReport;
import dev.berth.executor.worker.Failure;
import dev.berth.executor.worker.PooledReport;
import dev.berth.executor.worker.WorkerReport;
import dev.berth.executor.worker.WorkerState;
import org.jspecify.annotations.Nullable;

/** Reports to the wire. */
final class ReportMapper {

  private static final int MESSAGE_CHARS = 1024;

  private ReportMapper() {}

  static dev.berth.executor.v1.WorkerReport message(WorkerReport report) {
    var message =
        dev.berth.executor.v1.WorkerReport.newBuilder()
            .setWorkerId(report.worker().toString())
            .setSessionId(report.session().toString())
            .setGeneration(report.generation())
            .setState(state(report.state()))
            .setPhase(report.phase())
            .setProgressBytes(report.progressBytes())
            .setTotalBytes(report.totalBytes())
            .setContainerRef(report.containerId())
            .setImageDigest(report.imageDigest())
            .setUnsaved(report.unsaved());
    if (report.failure() != null) {
      message.setFailure(message(report.failure()));
    }
    return message.build();
  }

  static RunInputReport message(InputOrder order, String failure) {
    return RunInputReport.newBuilder()
        .setRunId(order.run().toString())
        .setAttemptId(order.attempt().toString())
        .setSeq(order.seq())
        .setFailure(failure)
        .build();
  }

  static dev.berth.executor.v1.CopyReport message(CopyReport report) {
    var message =
        dev.berth.executor.v1.CopyReport.newBuilder()
            .setSessionId(report.session().toString())
            .setGeneration(report.generation())
            .setBaseSnapshotId(Ids.text(report.base()))
            .setPresent(report.present())
            .setDiskBytes(report.diskBytes())
            .setInstance(report.instance())
            .setSyncOrder(report.order());
    if (report.failure() != null) {
      message.setFailure(message(report.failure()));
    }
    return message.build();
  }

  static RunInventory message(ProcessInfo info) {
    return RunInventory.newBuilder()
        .setRunId(info.run().toString())
        .setAttemptId(info.attempt().toString())
        .setAcked(EventMapper.message(info.acked()))
        .build();
  }

  static RunInventory inventory(SessionlessReport attempt) {
    return RunInventory.newBuilder()
        .setRunId(attempt.run().toString())
        .setAttemptId(attempt.attempt().toString())
        .setAcked(EventMapper.message(Position.START))
        .build();
  }

  static ExecReport message(ExecRecord exec) {
    var message = ExecReport.newBuilder().setExecId(exec.exec()).setExitCode(exec.exitCode());
    if (exec.state() == ExecRecord.State.LOST) {
      message.setFailure(message(Failure.temporary(exec.reason(), exec.message())));
    }
    return message
        .setState(
            switch (exec.state()) {
              case STARTING -> ExecReport.State.STATE_STARTING;
              case RUNNING -> ExecReport.State.STATE_RUNNING;
              case EXITED -> ExecReport.State.STATE_EXITED;
              case LOST -> ExecReport.State.STATE_LOST;
            })
        .build();
  }

  static dev.berth.executor.v1.PooledReport message(PooledReport report) {
    var message =
        dev.berth.executor.v1.PooledReport.newBuilder()
            .setPooledId(report.pooled().toString())
            .setState(
                switch (report.state()) {
                  case CREATING -> dev.berth.executor.v1.PooledReport.State.STATE_CREATING;
                  case READY -> dev.berth.executor.v1.PooledReport.State.STATE_READY;
                  case FAILED -> dev.berth.executor.v1.PooledReport.State.STATE_FAILED;
                  case REMOVED -> dev.berth.executor.v1.PooledReport.State.STATE_REMOVED;
                });
    if (report.failure() != null) {
      message.setFailure(message(report.failure()));
    }
    return message.build();
  }

  static ConnectRequest commandResult(String command, @Nullable Failure failure) {
    var result = CommandResult.newBuilder().setCommandId(command);
    if (failure != null) {
      result.setFailure(message(failure));
    }
    return ConnectRequest.newBuilder().setCommand(result).build();
  }

  static dev.berth.executor.v1.Failure message(Failure failure) {
    var text = failure.message();
    return dev.berth.executor.v1.Failure.newBuilder()
        .setClass_(
            switch (failure.kind()) {
              case TEMPORARY -> dev.berth.executor.v1.Failure.Class.CLASS_TEMPORARY;
              case PERMANENT -> dev.berth.executor.v1.Failure.Class.CLASS_PERMANENT;
              case TIMEOUT -> dev.berth.executor.v1.Failure.Class.CLASS_TIMEOUT;
              case UNSUPPORTED -> dev.berth.executor.v1.Failure.Class.CLASS_UNSUPPORTED;
              case STALE -> dev.berth.executor.v1.Failure.Class.CLASS_STALE;
            })
        .setReason(failure.reason())
        .setMessage(text.length() > MESSAGE_CHARS ? text.substring(0, MESSAGE_CHARS) : text)
        .build();
  }

  private static dev.berth.executor.v1.WorkerReport.State state(@Nullable WorkerState state) {
    if (state == null) {
      return dev.berth.executor.v1.WorkerReport.State.STATE_REMOVED;
    }
    return switch (state) {
      case CREATING -> dev.berth.executor.v1.WorkerReport.State.STATE_CREATING;
      case PREPARING -> dev.berth.executor.v1.WorkerReport.State.STATE_PREPARING;
      case READY -> dev.berth.executor.v1.WorkerReport.State.STATE_READY;
      case STOPPING -> dev.berth.executor.v1.WorkerReport.State.STATE_STOPPING;
      case STOPPED -> dev.berth.executor.v1.WorkerReport.State.STATE_STOPPED;
      case FAILED -> dev.berth.executor.v1.WorkerReport.State.STATE_FAILED;
      case LOST, GIVEN_UP -> dev.berth.executor.v1.WorkerReport.State.STATE_LOST;
    };
  }
}
