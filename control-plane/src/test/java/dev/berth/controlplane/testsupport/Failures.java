package dev.berth.controlplane.testsupport;

import dev.berth.executor.v1.Failure;

/** What a scripted agent answers where it is told to fail. */
public final class Failures {
  private Failures() {}

  public static Failure temporary(String reason) {
    return of(Failure.Class.CLASS_TEMPORARY, reason);
  }

  public static Failure permanent(String reason) {
    return of(Failure.Class.CLASS_PERMANENT, reason);
  }

  private static Failure of(Failure.Class kind, String reason) {
    return Failure.newBuilder()
        .setClass_(kind)
        .setReason(reason)
        .setMessage("as the test wants")
        .build();
  }
}
