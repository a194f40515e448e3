package dev.berth.controlplane.exec;

import dev.berth.common.Id.ExecId;
import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.WorkerId;
import dev.berth.controlplane.platform.auth.Actor;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A command or terminal in a session's sandbox, as its row has it. */
record Exec(
    ExecId id,
    ProjectId projectId,
    Place place,
    Spec spec,
    Status status,
    Instant createTime,
    Actor createdBy) {

  /** The worker it runs in, and where that is. */
  record Place(SessionId session, WorkerId worker, ExecutorId executor, long generation) {}

  /**
   * What it runs.
   *
   * @param environment empty once it has begun: nobody needs it any more
   * @param rows of its terminal at first
   */
  record Spec(
      List<String> command,
      Map<String, String> environment,
      String workingDirectory,
      boolean tty,
      int rows,
      int columns) {}

  /**
   * How far it is.
   *
   * @param reason of a LOST one
   * @param exitCode of an EXITED one
   */
  record Status(
      ExecState state,
      String reason,
      String message,
      @Nullable Integer exitCode,
      @Nullable Instant startTime,
      @Nullable Instant endTime) {

    /** What an executor says of it, without times. */
    static Status of(ExecState state, String reason, String message, @Nullable Integer exitCode) {
      return new Status(state, reason, message, exitCode, null, null);
    }

    static Status lost(String reason, String message) {
      return of(ExecState.LOST, reason, message, null);
    }
  }
}
