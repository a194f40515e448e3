package dev.berth.common;

import io.grpc.Status;

/** What a failure means for whoever may try again. */
public enum ErrorClass {
  /** The same call may succeed later with nothing changed. */
  TEMPORARY,
  /** The same call fails the same way until something is changed. */
  PERMANENT,
  /**
   * Time ran out; whether it took effect is unknown, so only what is idempotent may be tried again.
   */
  TIMEOUT;

  /**
   * The one table of gRPC codes. ABORTED is permanent: who was fenced must decide anew, not repeat.
   */
  public static ErrorClass of(Status.Code code) {
    return switch (code) {
      case UNAVAILABLE, RESOURCE_EXHAUSTED, CANCELLED, UNKNOWN -> TEMPORARY;
      case DEADLINE_EXCEEDED -> TIMEOUT;
      case OK,
          INVALID_ARGUMENT,
          NOT_FOUND,
          ALREADY_EXISTS,
          PERMISSION_DENIED,
          UNAUTHENTICATED,
          FAILED_PRECONDITION,
          ABORTED,
          OUT_OF_RANGE,
          UNIMPLEMENTED,
          INTERNAL,
          DATA_LOSS ->
          PERMANENT;
    };
  }

  /** Whether an idempotent call is worth repeating. */
  public boolean retryable() {
    return this != PERMANENT;
  }
}
