package dev.berth.controlplane.platform.grpc;

import static dev.berth.controlplane.testsupport.Statuses.detail;
import static dev.berth.controlplane.testsupport.Statuses.refused;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.RetryInfo;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.v1.SystemServiceGrpc;
import dev.berth.v1.WhoAmIRequest;
import io.grpc.StatusRuntimeException;
import java.nio.file.Files;
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
