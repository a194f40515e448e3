package dev.berth.executor.exec;

import dev.berth.common.Id.ExecId;

/**
 * What is on disk of an exec: an intent before it starts, so that it never starts twice.
 *
 * @param exec its id
 * @param container in which it runs
 * @param exitCode of an EXITED one
 * @param reason of a LOST one
 */
public record ExecRecord(
    String exec, String container, State state, int exitCode, String reason, String message) {

  /** How far it has come. */
  public enum State {
    STARTING,
    RUNNING,
    EXITED,
    LOST;

    public boolean ended() {
      return this == EXITED || this == LOST;
    }
  }

  /** The worker's container was stopped under it. */
  public static final String WORKER_STOPPED = "WORKER_STOPPED";

  /** Its worker is not here, or not ready. */
  public static final String WORKER_LOST = "WORKER_LOST";

  /** The agent that held its streams is gone. */
  public static final String EXECUTOR_RESTARTED = "EXECUTOR_RESTARTED";

  public static final String START_FAILED = "START_FAILED";

  static ExecRecord starting(ExecId exec, String container) {
    return new ExecRecord(exec.toString(), container, State.STARTING, 0, "", "");
  }

  /** One that never came to be here. */
  public static ExecRecord never(ExecId exec, String reason, String message) {
    return starting(exec, "").lost(reason, message);
  }

  public ExecId id() {
    return ExecId.parse(exec);
  }

  ExecRecord running() {
    return new ExecRecord(exec, container, State.RUNNING, 0, "", "");
  }

  ExecRecord exited(int code) {
    return new ExecRecord(exec, container, State.EXITED, code, "", "");
  }

  ExecRecord lost(String why, String sentence) {
    return new ExecRecord(exec, container, State.LOST, 0, why, sentence);
  }
}
