package dev.berth.executor.link;

import dev.berth.common.Channels;
import dev.berth.common.ErrorClass;
import dev.berth.common.RetryPolicy;
import dev.berth.executor.state.Identity;
import dev.berth.executor.state.PendingEnrolment;
import dev.berth.executor.state.StateDirectory;
import dev.berth.executor.v1.EnrollRequest;
import dev.berth.executor.v1.EnrollResponse;
import dev.berth.executor.v1.ExecutorLinkServiceGrpc;
import io.grpc.Channel;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Exchanges an enrolment token for an identity, once. The enrolment's id is on disk before the
 * call, so that after a lost answer or a kill the same token gets the same executor.
 */
public final class Enrolment {

  private static final Logger LOG = LoggerFactory.getLogger(Enrolment.class);
  private static final Duration CALL_LIMIT = Duration.ofSeconds(10);
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int ID_BYTES = 16;

  private final StateDirectory state;
  private final RandomGenerator random;

  public Enrolment(StateDirectory state, RandomGenerator random) {
    this.state = state;
    this.random = random;
  }

  /**
   * Who this executor is; enrols it where nobody is yet. Waits two minutes for a control plane that
   * does not answer.
   */
  public Identity identity(Channel channel, String token, String name) throws EnrolmentException {
    var known = state.identity().read();
    if (known.isPresent()) {
      return known.get();
    }
    if (token.isEmpty()) {
      throw new EnrolmentException(
          "This executor is not enrolled. Make a token with `berth executor create-token` and"
              + " start the agent with --enrolment-token.");
    }
    var pending = pending();
    var answer = enrol(channel, token, pending, name);
    var identity =
        new Identity(
            answer.getExecutorId(),
            answer.getProjectId(),
            answer.getInstallationId(),
            answer.getCredential());
    state.identity().write(identity);
    state.pendingEnrolment().delete();
    LOG.info("enrolled as {}", identity.executorId());
    return identity;
  }

  private PendingEnrolment pending() {
    var kept = state.pendingEnrolment().read();
    if (kept.isPresent()) {
      return kept.get();
    }
    var bytes = new byte[ID_BYTES];
    random.nextBytes(bytes);
    var fresh = new PendingEnrolment(HexFormat.of().formatHex(bytes));
    state.pendingEnrolment().write(fresh);
    return fresh;
  }

  private EnrollResponse enrol(Channel channel, String token, PendingEnrolment pending, String name)
      throws EnrolmentException {
    var stub =
        ExecutorLinkServiceGrpc.newBlockingStub(channel)
            .withCallCredentials(Channels.bearer(token));
    var request =
        EnrollRequest.newBuilder().setEnrolmentId(pending.enrolmentId()).setName(name).build();
    var end = System.nanoTime() + PATIENCE.toNanos();
    for (int failures = 0; ; ) {
      try {
        return stub.withDeadlineAfter(CALL_LIMIT.toSeconds(), TimeUnit.SECONDS).enroll(request);
      } catch (StatusRuntimeException e) {
        if (!ErrorClass.of(e.getStatus().getCode()).retryable()) {
          throw refused(e);
        }
        if (System.nanoTime() - end >= 0) {
          throw new EnrolmentException(
              "The control plane at " + channel.authority() + " does not answer.", e);
        }
        failures++;
        LockSupport.parkNanos(RetryPolicy.RECONNECT.delay(failures, random).toNanos());
      }
    }
  }

  private static EnrolmentException refused(StatusRuntimeException e) {
    return new EnrolmentException(
        switch (e.getStatus().getCode()) {
          case UNAUTHENTICATED ->
              "The control plane does not take this enrolment token: it is wrong, expired or used."
                  + " Make a new one with `berth executor create-token`.";
          case FAILED_PRECONDITION ->
              "The control plane refuses this executor: " + e.getStatus().getDescription();
          default -> "The control plane refuses to enrol this executor: " + e.getStatus();
        },
        e);
  }
}
