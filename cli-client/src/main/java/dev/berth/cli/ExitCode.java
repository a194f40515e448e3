package dev.berth.cli;

import io.grpc.Status;

/**
 * The exit codes of {@code berth}. {@code berth run} alone answers with the program's own code, and
 * with {@link #RUN_FAILURE} for every failure that is not the program's.
 */
public enum ExitCode {
  OK(0),
  /** Anything without a code of its own; a defect of Berth among them. */
  FAILURE(1),
  /** The command line or an argument is wrong. */
  USAGE(2),
  NOT_FOUND(3),
  /** No credential, a bad one, or one that may not do this. */
  ACCESS(4),
  /** The state of things does not allow it: a name taken, a stale etag, a wrong state. */
  CONFLICT(5),
  /** The control plane or an executor does not answer, or time was up: try again. */
  UNAVAILABLE(6),
  /** A limit is reached. */
  EXHAUSTED(7),
  /** Stored data is damaged. */
  DATA_LOSS(8),
  RUN_FAILURE(125),
  /** Detached by Ctrl-C; the run goes on. */
  DETACHED(130);

  private final int code;

  ExitCode(int code) {
    this.code = code;
  }

  public int code() {
    return code;
  }

  static ExitCode of(Status.Code status) {
    return switch (status) {
      case OK -> OK;
      case NOT_FOUND -> NOT_FOUND;
      case INVALID_ARGUMENT, OUT_OF_RANGE -> USAGE;
      case UNAUTHENTICATED, PERMISSION_DENIED -> ACCESS;
      case ALREADY_EXISTS, ABORTED, FAILED_PRECONDITION -> CONFLICT;
      case UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED -> UNAVAILABLE;
      case RESOURCE_EXHAUSTED -> EXHAUSTED;
      case DATA_LOSS -> DATA_LOSS;
      case UNKNOWN, INTERNAL, UNIMPLEMENTED -> FAILURE;
    };
  }
}
