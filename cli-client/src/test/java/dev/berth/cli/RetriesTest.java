package dev.berth.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.CreateRunResponse;
import dev.berth.v1.GetSessionRequest;
import dev.berth.v1.GetSessionResponse;
import dev.berth.v1.RunServiceGrpc;
import dev.berth.v1.Session;
import dev.berth.v1.SessionServiceGrpc;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A client that is given the published service config, as the CLI is. */
class RetriesTest {
  private static final String SESSION = "ses_00000000000000000000000000";
  private final AtomicInteger calls = new AtomicInteger();

  @Test
  void whatIsSafe_isSentAgainWhileTheServerIsUnavailable() throws Exception {
    var twiceAway =
        new SessionServiceGrpc.SessionServiceImplBase() {
          @Override
          public void getSession(
              GetSessionRequest request, StreamObserver<GetSessionResponse> answer) {
            if (calls.incrementAndGet() <= 2) {
              answer.onError(Status.UNAVAILABLE.asRuntimeException());
              return;
            }
            answer.onNext(
                GetSessionResponse.newBuilder()
                    .setSession(Session.newBuilder().setId(SESSION))
                    .build());
            answer.onCompleted();
          }
        };
    try (var shell = new Shell(twiceAway)) {
      var result = shell.berth("session", "get", SESSION);

      assertThat(result.exitCode()).as(result.err()).isZero();
      assertThat(result.out()).contains(SESSION);
      assertThat(calls).hasValue(3);
    }
  }

  @Test
  void whatCouldTakeEffectTwice_isSentOnce() throws Exception {
    var away =
        new RunServiceGrpc.RunServiceImplBase() {
          @Override
          public void createRun(
              CreateRunRequest request, StreamObserver<CreateRunResponse> answer) {
            calls.incrementAndGet();
            answer.onError(Status.UNAVAILABLE.asRuntimeException());
          }
        };
    try (var shell = new Shell(away)) {
      assertThat(shell.berth("run", "-s", SESSION, "--", "true").exitCode()).isEqualTo(125);
      assertThat(calls).hasValue(1);
    }
  }
}
