package dev.berth.executor.link;

import dev.berth.common.ErrorClass;
import dev.berth.common.RetryPolicy;
import dev.berth.executor.v1.ExecutorLinkServiceGrpc.ExecutorLinkServiceBlockingStub;
import dev.berth.executor.workspace.WorkspaceException;
import dev.berth.executor.workspace.WorkspaceException.Reason;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/** Calls of the control plane that may be repeated, for a few seconds. */
final class RepeatedCalls {

  private static final Duration CALL_LIMIT = Duration.ofSeconds(30);
  private static final RetryPolicy RETRY =
      new RetryPolicy(Duration.ofMillis(200), Duration.ofSeconds(2));
  private static final int TRIES = 4;

  private final ExecutorLinkServiceBlockingStub stub;
  private final RandomGenerator random;

  RepeatedCalls(ExecutorLinkServiceBlockingStub stub, RandomGenerator random) {
    this.stub = stub;
    this.random = random;
  }

  /**
   * @param permanent what a refusal means that repeating does not help
   * @throws WorkspaceException UNAVAILABLE, with the last refusal as its cause
   */
  <T> T call(
      Function<ExecutorLinkServiceBlockingStub, T> call,
      Function<StatusRuntimeException, IOException> permanent)
      throws IOException {
    for (int failures = 0; ; ) {
      try {
        return call.apply(stub.withDeadlineAfter(CALL_LIMIT.toSeconds(), TimeUnit.SECONDS));
      } catch (StatusRuntimeException e) {
        if (!ErrorClass.of(e.getStatus().getCode()).retryable()) {
          throw permanent.apply(e);
        }
        failures++;
        if (failures == TRIES) {
          throw new WorkspaceException(
              Reason.UNAVAILABLE, "The control plane or its store does not answer.", e);
        }
        LockSupport.parkNanos(RETRY.delay(failures, random).toNanos());
      }
    }
  }
}
