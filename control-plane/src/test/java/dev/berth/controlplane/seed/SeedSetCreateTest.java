package dev.berth.controlplane.seed;

import static dev.berth.controlplane.testsupport.Statuses.refused;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.platform.store.ObjectStore;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.v1.CreateSeedSetRequest;
import dev.berth.v1.ListSeedSetsRequest;
import dev.berth.v1.SeedFile;
import dev.berth.v1.SeedSetServiceGrpc;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A seed set is made once, however often and however late it is asked for again. */
final class SeedSetCreateTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  @BeforeAll
  static void makeBucket() {
    berth.bean(ObjectStore.class).ensureBucket();
  }

  @Test
  void aCrashBehindTheUpload_leavesTheNameToTheRepetition_whichIsThenTheOutcome() {
    berth
        .bean(SeedSetService.class)
        .store(
            berth.project(),
            "cut-off",
            Map.of(),
            Actor.system("test"),
            List.of(new SeedContent("file", 0, "x".getBytes(StandardCharsets.UTF_8))));
    assertThat(listed("cut-off")).isZero();

    String made = create("cut-off", "first");
    assertThat(create("cut-off", "first")).isEqualTo(made);
    assertThat(listed("cut-off")).isEqualTo(1);
    refused(ErrorReason.NAME_TAKEN, () -> create("cut-off", "other"));
  }

  @Test
  void theSameRequestAtOnce_hasOneOutcome() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<String>> answers =
          IntStream.range(0, 6)
              .mapToObj(i -> threads.submit(() -> create("at-once", "the-same")))
              .toList();
      String first = answers.getFirst().get();
      for (Future<String> answer : answers) {
        assertThat(answer.get()).isEqualTo(first);
      }
    }
    assertThat(listed("at-once")).isEqualTo(1);
  }

  private static String create(String name, String requestId) {
    return SeedSetServiceGrpc.newBlockingStub(berth.channel())
        .createSeedSet(
            CreateSeedSetRequest.newBuilder()
                .setName(name)
                .setRequestId(requestId)
                .addFiles(
                    SeedFile.newBuilder()
                        .setPath("file")
                        .setContent(ByteString.copyFromUtf8("content")))
                .build())
        .getSeedSet()
        .getId();
  }

  private static long listed(String name) {
    return SeedSetServiceGrpc.newBlockingStub(berth.channel())
        .listSeedSets(ListSeedSetsRequest.newBuilder().setPageSize(100).build())
        .getSeedSetsList()
        .stream()
        .filter(set -> set.getName().equals(name))
        .count();
  }
}
