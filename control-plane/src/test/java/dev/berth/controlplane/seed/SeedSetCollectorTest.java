package dev.berth.controlplane.seed;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.berth.common.Id.SeedSetId;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.store.ObjectStore;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.v1.CreateSessionRequest;
import dev.berth.v1.RuntimeManifest;
import dev.berth.v1.Seed;
import dev.berth.v1.SessionServiceGrpc;
import dev.berth.v1.SessionSpec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class SeedSetCollectorTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  @BeforeAll
  static void makeBucket() {
    berth.bean(ObjectStore.class).ensureBucket();
  }

  @Test
  void setsOfManifestsNobodyHas_go_withTheirObjects_andOthersStay() {
    SeedSet abandoned = create(null);
    SeedSet named = create("named");
    var session =
        SessionServiceGrpc.newBlockingStub(berth.channel())
            .createSession(
                CreateSessionRequest.newBuilder()
                    .setSpec(
                        SessionSpec.newBuilder()
                            .setManifest(
                                RuntimeManifest.newBuilder()
                                    .addSeeds(
                                        Seed.newBuilder()
                                            .setPath("/workspace/x")
                                            .setContent(ByteString.copyFromUtf8("held")))))
                    .build())
            .getSession();
    assertThat(session.getId()).isNotEmpty();

    collector().collect(SeedSetCollector.AGE);
    assertThat(store().size(abandoned.objectKey())).isPresent();

    collector().collect(Duration.ZERO);
    assertThat(store().size(abandoned.objectKey())).isEmpty();
    assertThat(sets().all(List.of(abandoned.id(), named.id())).keySet())
        .containsExactly(named.id());
    assertThat(store().size(named.objectKey())).isPresent();
    SeedSetId held =
        berth
            .bean(dev.berth.controlplane.session.SessionService.class)
            .find(berth.project(), dev.berth.common.Id.SessionId.parse(session.getId()))
            .spec()
            .manifest()
            .seedSets()
            .iterator()
            .next();
    assertThat(sets().all(List.of(held))).hasSize(1);
  }

  private static SeedSet create(@Nullable String name) {
    byte[] content = "content".getBytes(StandardCharsets.UTF_8);
    List<SeedContent> files = List.of(new SeedContent("file", 0, content));
    return sets()
        .publish(sets().store(berth.project(), name, Map.of(), Actor.system("test"), files));
  }

  private static SeedSetService sets() {
    return berth.bean(SeedSetService.class);
  }

  private static SeedSetCollector collector() {
    return berth.bean(SeedSetCollector.class);
  }

  private static ObjectStore store() {
    return berth.bean(ObjectStore.class);
  }
}
