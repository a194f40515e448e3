package dev.berth.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.v1.GetSessionRequest;
import dev.berth.v1.GetSessionResponse;
import dev.berth.v1.Session;
import dev.berth.v1.SessionServiceGrpc;
import io.grpc.netty.shaded.io.netty.handler.ssl.util.SelfSignedCertificate;
import io.grpc.stub.StreamObserver;
import org.junit.jupiter.api.Test;

/** A control plane whose certificate only {@code --ca} makes trusted. */
class TlsTest {
  private static final String SESSION = "ses_00000000000000000000000000";

  @Test
  void ca_isTrusted_andAnotherOneIsNot() throws Exception {
    var certificate = new SelfSignedCertificate("localhost");
    var sessions =
        new SessionServiceGrpc.SessionServiceImplBase() {
          @Override
          public void getSession(
              GetSessionRequest request, StreamObserver<GetSessionResponse> answer) {
            answer.onNext(
                GetSessionResponse.newBuilder()
                    .setSession(Session.newBuilder().setId(request.getSessionId()))
                    .build());
            answer.onCompleted();
          }
        };
    try (var shell = new Shell(certificate, sessions)) {
      String own = certificate.certificate().toString();
      var result = shell.berth("--ca", own, "session", "get", SESSION);
      assertThat(result.exitCode()).as(result.err()).isZero();
      assertThat(result.out()).contains(SESSION);

      String other = new SelfSignedCertificate("localhost").certificate().toString();
      var refused = shell.berth("--ca", other, "session", "get", SESSION);
      assertThat(refused.exitCode()).isEqualTo(ExitCode.UNAVAILABLE.code());
      assertThat(refused.err()).doesNotContain("Exception");
    }
  }
}
