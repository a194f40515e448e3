package dev.berth.testing.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.berth.testing.stack.FaultProxy.Mode;
import dev.berth.testing.stack.FaultyStore;
import dev.berth.testing.stack.Stack;
import dev.berth.v1.SessionSpec;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * The collector takes what is 0.7 s old and part of nothing, five times a second, while saves take
 * about as long; and of each session one snapshot alone is kept.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CollectionRaceTest {
  private static final int SESSIONS = 2;
  private static final int ROUNDS = 6;
  private static final int MOST_ROUNDS = 60;

  private final FaultyStore store = new FaultyStore();
  private final Stack stack = Stack.startWithoutExecutor(settings(store));

  private static Map<String, String> settings(FaultyStore store) {
    Map<String, String> settings = new java.util.HashMap<>(store.settings());
    settings.put("BERTH_COLLECTION_INTERVAL", "200ms");
    settings.put("BERTH_COLLECTION_UPLOADING_AGE", "700ms");
    return settings;
  }

  @AfterAll
  void stop() throws Exception {
    stack.close();
    store.close();
  }

  @Test
  void savesUnderTheCollectorsHands_loseNoPack_andTheHeadsComeBackByteForByte() throws Exception {
    stack.startExecutor("local");
    List<TestSession> sessions = new ArrayList<>();
    for (int i = 0; i < SESSIONS; i++) {
      var spec = SessionSpec.newBuilder().setKeepSnapshots(1).build();
      TestSession session = TestSession.create(stack, "race-" + i, spec);
      session.run("for i in $(seq 40); do head -c 300000 /dev/urandom > $i; done");
      sessions.add(session);
    }
    store.proxy().mode(Mode.DELAY_WRITES);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> saving = new ArrayList<>();
      for (TestSession session : sessions) {
        saving.add(threads.submit(() -> saves(session, new Random(saving.size()))));
      }
      for (Future<?> each : saving) {
        each.get();
      }
    }
    store.proxy().mode(Mode.PASS);
    assertThat(raced()).isTrue();

    for (TestSession session : sessions) {
      ByteString files = session.files();
      session.stop(true);
      session.awaitFact("copy.removed");
      session.verifySnapshots();
      assertThat(session.files()).isEqualTo(files);
    }
    await("only what is named is left")
        .atMost(TestSession.PATIENCE)
        .untilAsserted(() -> {
          Packs packs = Packs.of(stack, store).assertNoneIsMissing();
          assertThat(packs.stored()).containsExactlyInAnyOrderEntriesOf(packs.live());
        });
  }

  /**
   * Changes some files, and saves; one that the collector was faster than is tried again. Goes on
   * until the collector was faster once.
   */
  private void saves(TestSession session, Random random) {
    for (int round = 0; round < ROUNDS || (round < MOST_ROUNDS && !raced()); round++) {
      for (int change = 0; change < 3; change++) {
        byte[] noise = new byte[200_000];
        random.nextBytes(noise);
        session.write(String.valueOf(1 + random.nextInt(40)), ByteString.copyFrom(noise));
      }
      await("a save")
          .atMost(Duration.ofMinutes(1))
          .ignoreExceptionsMatching(e ->
              e instanceof StatusRuntimeException s
                  && s.getStatus().getCode() == Status.Code.UNAVAILABLE)
          .until(() -> session.sync(), any -> true);
    }
  }

  private boolean raced() {
    try {
      return Files.readString(stack.home().resolve("control-plane.log"))
          .contains("packs that no snapshot names are collected");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
