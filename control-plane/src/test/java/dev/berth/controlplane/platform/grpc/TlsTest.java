package dev.berth.controlplane.platform.grpc;

import static dev.berth.controlplane.testsupport.Statuses.code;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.common.Channels;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.executor.v1.EnrollRequest;
import dev.berth.executor.v1.ExecutorLinkServiceGrpc;
import dev.berth.v1.CreateEnrolmentTokenRequest;
import dev.berth.v1.ExecutorServiceGrpc;
import dev.berth.v1.SystemServiceGrpc;
import dev.berth.v1.WhoAmIRequest;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.shaded.io.netty.handler.ssl.util.SelfSignedCertificate;
import java.security.cert.CertificateException;
import java.time.Instant;
import java.util.Date;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Listeners with a certificate, made for each test. */
final class TlsTest {

  /** Of a time that no clock leaves: the default's end can be a day that keytool refuses. */
  private static SelfSignedCertificate certificate() throws CertificateException {
    var from = Date.from(Instant.parse("2000-01-01T00:00:00Z"));
    return new SelfSignedCertificate(
        "localhost", from, Date.from(Instant.parse("2100-01-01T00:00:00Z")));
  }

  @Test
  void bothListeners_serveThoseWhoTrustTheirCertificate_andNobodyElse() throws Exception {
    var certificate = certificate();
    var tls = new Channels.Tls(true, certificate.certificate().toPath());
    var none = Channels.Tls.NONE;
    var strangers = new Channels.Tls(true, certificate().certificate().toPath());
    try (BerthServer berth = secured(certificate).start();
        Call trusted = new Call(berth.publicPort(), tls);
        Call executors = new Call(berth.executorPort(), tls);
        Call plain = new Call(berth.publicPort(), none);
        Call stranger = new Call(berth.publicPort(), strangers)) {
      assertThat(trusted.whoAmI(berth.key())).isEqualTo("admin");
      assertThat(code(() -> plain.whoAmI(berth.key()))).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(code(() -> stranger.whoAmI(berth.key()))).isEqualTo(Status.Code.UNAVAILABLE);
      String token =
          ExecutorServiceGrpc.newBlockingStub(trusted.channel)
              .withCallCredentials(Channels.bearer(berth.key()))
              .createEnrolmentToken(CreateEnrolmentTokenRequest.getDefaultInstance())
              .getToken();
      assertThat(
              ExecutorLinkServiceGrpc.newBlockingStub(executors.channel)
                  .withCallCredentials(Channels.bearer(token))
                  .enroll(
                      EnrollRequest.newBuilder()
                          .setEnrolmentId("a".repeat(32))
                          .setName("host")
                          .build())
                  .getExecutorId())
          .startsWith("exr_");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"public", "executor"})
  void aListenerBeyondLoopback_isRefusedWithoutTls(String listener) {
    try (BerthServer open =
        BerthServer.create().with("berth.listeners." + listener + ".host", "0.0.0.0")) {
      assertThatThrownBy(open::start)
          .rootCause()
          .hasMessageContaining("berth.listeners." + listener + ".tls-certificate");
    }
  }

  @Test
  void aListenerBeyondLoopback_isServedWithTls() throws Exception {
    var certificate = certificate();
    try (BerthServer berth =
            secured(certificate).with("berth.listeners.public.host", "0.0.0.0").start();
        Call trusted =
            new Call(
                berth.publicPort(), new Channels.Tls(true, certificate.certificate().toPath()))) {
      assertThat(trusted.whoAmI(berth.key())).isEqualTo("admin");
    }
  }

  private static BerthServer secured(SelfSignedCertificate certificate) {
    BerthServer berth = BerthServer.create().withoutReconcilers();
    for (String listener : new String[] {"public", "executor"}) {
      berth =
          berth
              .with(
                  "berth.listeners." + listener + ".tls-certificate",
                  certificate.certificate().toString())
              .with(
                  "berth.listeners." + listener + ".tls-key", certificate.privateKey().toString());
    }
    return berth;
  }

  private static final class Call implements AutoCloseable {
    private final ManagedChannel channel;

    Call(int port, Channels.Tls tls) {
      this.channel = Channels.open("localhost:" + port, tls);
    }

    String whoAmI(String key) {
      return SystemServiceGrpc.newBlockingStub(channel)
          .withCallCredentials(Channels.bearer(key))
          .whoAmI(WhoAmIRequest.getDefaultInstance())
          .getRole();
    }

    @Override
    public void close() {
      channel.shutdownNow();
    }
  }
}
