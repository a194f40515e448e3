package dev.berth.controlplane.platform.grpc;

import static dev.berth.controlplane.testsupport.SessionClient.WAIT;
import static dev.berth.controlplane.testsupport.Statuses.detail;
import static dev.berth.controlplane.testsupport.Statuses.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.rpc.RetryInfo;
import dev.berth.common.Channels;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.v1.ActivateSessionRequest;
import dev.berth.v1.CreateSessionRequest;
import dev.berth.v1.SessionServiceGrpc;
import dev.berth.v1.SystemServiceGrpc;
import dev.berth.v1.WatchSessionRequest;
import dev.berth.v1.WhoAmIRequest;
import io.grpc.StatusRuntimeException;
import java.nio.file.Files;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class DrainingTest {

  @Test
  void begin_refusesNewCallsWithRetryInfo_andTellsStreamsOnce() {
    try (BerthServer berth = BerthServer.create().start()) {
      var system = SystemServiceGrpc.newBlockingStub(berth.channel());
      assertThat(system.whoAmI(WhoAmIRequest.getDefaultInstance()).getRole()).isEqualTo("admin");
      Draining draining = berth.bean(Draining.class);
      AtomicInteger told = new AtomicInteger();
      draining.onDrain(told::incrementAndGet);
      draining.onDrain(() -> told.addAndGet(100)).run();
      draining.begin();
      draining.begin();
      assertThat(told).hasValue(1);
      StatusRuntimeException status =
          refused(ErrorReason.DRAINING, () -> system.whoAmI(WhoAmIRequest.getDefaultInstance()));
      assertThat(detail(status, RetryInfo.class)).isPresent();
    }
  }

  @Test
  void stop_tellsWatchesAndCallsUnderWay_toComeAgain() throws Exception {
    try (BerthServer berth = BerthServer.create().withoutReconcilers().start()) {
      var channel = Channels.open("127.0.0.1:" + berth.publicPort(), Channels.Tls.NONE);
      var key = Channels.bearer(berth.key());
      String session =
          SessionServiceGrpc.newBlockingStub(channel)
              .withCallCredentials(key)
              .createSession(CreateSessionRequest.newBuilder().setActivate(true).build())
              .getSession()
              .getId();
      var watching = new CompletableFuture<Void>();
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        Future<StatusRuntimeException> watch =
            threads.submit(() ->
                catchThrowableOfType(
                    StatusRuntimeException.class,
                    () ->
                        SessionServiceGrpc.newBlockingStub(channel)
                            .withCallCredentials(key)
                            .watchSession(
                                WatchSessionRequest.newBuilder().setSessionId(session).build())
                            .forEachRemaining(answer -> watching.complete(null))));
        Future<StatusRuntimeException> waiting =
            threads.submit(() ->
                catchThrowableOfType(
                    StatusRuntimeException.class,
                    () ->
                        SessionServiceGrpc.newBlockingStub(channel)
                            .withCallCredentials(key)
                            .activateSession(
                                ActivateSessionRequest.newBuilder()
                                    .setSessionId(session)
                                    .setWait(WAIT)
                                    .build())));
        watching.get(20, TimeUnit.SECONDS);
        berth.bean(Listeners.class).stop();
        refused(
            ErrorReason.DRAINING,
            () -> {
              throw watch.get(20, TimeUnit.SECONDS);
            });
        refused(
            ErrorReason.DRAINING,
            () -> {
              throw waiting.get(20, TimeUnit.SECONDS);
            });
      } finally {
        channel.shutdownNow();
      }
    }
  }

  @Test
  void readyFile_isThereWhileServing_only() {
    BerthServer berth = BerthServer.create().start();
    var file = berth.home().resolve("control-plane.json");
    assertThat(file).exists();
    berth.restart();
    assertThat(file).exists();
    berth.close();
    assertThat(Files.exists(file)).isFalse();
  }
}
