package dev.berth.testing.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.berth.testing.stack.FaultProxy.Mode;
import dev.berth.testing.stack.FaultyStore;
import dev.berth.testing.stack.Stack;
import dev.berth.v1.Session;
import dev.berth.v1.SessionState;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** While the object store takes nothing, nothing unsaved is discarded. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StoreOutageTest {
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final FaultyStore store = new FaultyStore();
  private final Stack stack = Stack.startWithoutExecutor(store.settings());

  StoreOutageTest() {
    stack.startExecutor("local", Map.of("BERTH_EXECUTOR_STORE_PATIENCE", "2"));
  }

  @AfterAll
  void stop() throws Exception {
    stack.close();
    store.close();
  }

  @ParameterizedTest
  @EnumSource(
      value = Mode.class,
      names = {"REFUSE_WRITES", "CUT"})
  void aStopWaitsForTheStoreAndThenCompletesByItself(Mode outage) {
    TestSession session = TestSession.create(stack, "outage-" + outage.ordinal());
    session.run("echo first > kept");
    session.sync();
    byte[] random = new byte[1 << 20];
    new Random(outage.ordinal()).nextBytes(random);
    ByteString unsaved = ByteString.copyFrom(random);

    store.proxy().mode(outage);
    session.write("unsaved", unsaved);
    String worker = session.get().getWorkerId();
    session.stop(true);

    await("the failures are counted")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(500))
        .until(() -> session.get().getSyncFailures() >= 2);
    Session kept = session.get();
    assertThat(kept.getUnsavedWork()).isTrue();
    assertThat(kept.getSyncError()).isNotEmpty();
    assertThat(kept.getState()).isNotEqualTo(SessionState.SESSION_STATE_STOPPED);
    assertThat(kept.getWorkerId()).isEqualTo(worker);
    assertThat(Files.exists(session.copy("local"))).isTrue();
    assertThat(session.history()).contains("copy.sync_failed").doesNotContain("copy.removing");
    assertThat(store.proxy().refused()).isPositive();

    store.proxy().mode(Mode.PASS);
    await("the stop completes")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(500))
        .until(() -> session.get().getState() == SessionState.SESSION_STATE_STOPPED);
    session.awaitFact("copy.removed");
    assertThat(Files.exists(session.copy("local"))).isFalse();
    assertThat(session.get().getUnsavedWork()).isFalse();
    assertThat(session.get().getSyncFailures()).isZero();

    assertThat(session.run("cat kept")).isEqualTo("first\n");
    assertThat(session.read("unsaved")).isEqualTo(unsaved);
  }

  @Test
  void writesThatAreAppliedAndAnsweredWithAnError_areNeitherLostNorDoubled() {
    TestSession session = TestSession.create(stack, "applied");
    long before = store.proxy().refused();
    Set<String> others = store.objects().keySet();
    store.proxy().mode(Mode.APPLY_AND_REFUSE);
    session.run("head -c 20000000 /dev/urandom > noise; echo first > kept");
    session.sync();
    session.run("echo second > kept");
    session.sync();
    ByteString files = session.files();
    session.stop(true);
    session.awaitFact("copy.removed");
    store.proxy().mode(Mode.PASS);

    assertThat(store.proxy().refused() - before).as("writes were refused").isGreaterThan(3);
    assertThat(session.history()).doesNotContain("copy.sync_failed");
    session.verifySnapshots();
    Packs packs = Packs.of(stack, store).assertNoneIsMissing();
    assertThat(packs.live().keySet())
        .as("nothing was stored twice")
        .containsAll(
            packs.stored().keySet().stream().filter(key -> !others.contains(key)).toList());
    assertThat(session.files()).isEqualTo(files);
  }

  @Test
  void aStoppedSessionIsExportedFromTheDiskWhileTheStoreIsDown_andIsSavedOnceItIsBack()
      throws Exception {
    TestSession session = TestSession.create(stack, "export");
    session.run("mkdir -p deep; echo saved > deep/saved");
    session.sync();
    store.proxy().mode(Mode.REFUSE_WRITES);
    ByteString unsaved = ByteString.copyFromUtf8("in no snapshot");
    session.write("unsaved", unsaved);
    session.stopByForce();
    await("stopped, unsaved")
        .atMost(PATIENCE)
        .until(() -> session.get().getState() == SessionState.SESSION_STATE_STOPPED);
    assertThat(session.get().getUnsavedWork()).isTrue();
    long generation = session.get().getWorkerGeneration();

    store.proxy().mode(Mode.CUT);
    Map<String, String> files = session.export();
    assertThat(files)
        .containsEntry("deep/saved", "saved\n")
        .containsEntry("unsaved", "in no snapshot");
    assertThat(session.get().getState()).isEqualTo(SessionState.SESSION_STATE_STOPPED);
    assertThat(session.get().getWorkerGeneration()).isEqualTo(generation);

    store.proxy().mode(Mode.PASS);
    assertThat(session.read("unsaved")).isEqualTo(unsaved);
    session.sync();
    assertThat(session.get().getUnsavedWork()).isFalse();
  }
}
