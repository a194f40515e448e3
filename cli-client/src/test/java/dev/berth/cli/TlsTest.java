package dev.berth.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.v1.GetSessionRequest;
import dev.berth.v1.GetSessionResponse;
import dev.berth.v1.Session;
import dev.berth.v1.SessionServiceGrpc;
import io.grpc.netty.shaded.io.netty.handler.ssl.util.SelfSignedCertificate;
import io.grpc.stub.StreamObserver;
import java.security.cert.CertificateException;
import java.time.Instant;
import java.util.Date;
import org.junit.jupiter.api.Test;

/** A control plane whose certificate only {@code --ca} makes trusted. */
class TlsTest {
  private static final String SESSION = "ses_00000000000000000000000000";

  /** Of a time that no clock leaves: the default's end can be a day that keytool refuses. */
  private static SelfSignedCertificate certificate() throws CertificateException {
    var from = Date.from(Instant.parse("2000-01-01T00:00:00Z"));
    return new SelfSignedCertificate(
        "localhost", from, Date.from(Instant.parse("2100-01-01T00:00:00Z")));
  }

  @Test
  void ca_isTrusted_andAnotherOneIsNot() throws Exception {
    var certificate = certificate();
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

      String other = certificate().certificate().toString();
      var refused = shell.berth("--ca", other, "session", "get", SESSION);
      assertThat(refused.exitCode()).isEqualTo(ExitCode.UNAVAILABLE.code());
      assertThat(refused.err()).doesNotContain("Exception");
    }
  }
}
