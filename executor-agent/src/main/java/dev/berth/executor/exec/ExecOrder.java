package dev.berth.executor.exec;

import dev.berth.common.Id.ExecId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.WorkerId;
import java.util.List;
import java.util.Map;

/**
 * One exec to start.
 *
 * @param command not passed through a shell
 * @param workingDirectory absolute
 */
public record ExecOrder(
    ExecId exec,
    SessionId session,
    WorkerId worker,
    long generation,
    List<String> command,
    Map<String, String> environment,
    String workingDirectory,
    boolean terminal,
    int rows,
    int columns) {

  public ExecOrder {
    command = List.copyOf(command);
    environment = Map.copyOf(environment);
  }

  /** Without command and environment: they may be secrets. */
  @Override
  public String toString() {
    return "ExecOrder[" + exec + ", " + worker + "]";
  }
}
