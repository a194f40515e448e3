package dev.berth.executor.workspace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.common.IdSource;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that syncs and restores is killed with SIGKILL at seeded moments, {@code -Dberth.kills}
 * of them; the next one goes on with what is on the disk.
 */
class KilledAgentTest {
  private static final int KILLS = Integer.getInteger("berth.kills", 8);
  private static final long SEED = Long.getLong("berth.seed", 1);
  private static final int LONGEST_MICROS = 800_000;

  @TempDir Path temp;
  private final IdSource ids = new IdSource(Clock.systemUTC());
  private final SessionId session = new SessionId(ids.next());
  private final Random random = new Random(SEED);

  /** What the session's files were when a snapshot of them was recorded. */
  private final Map<SnapshotId, Map<String, String>> recorded = new ConcurrentHashMap<>();

  @AfterEach
  void removeDisks() throws Exception {
    for (String host : List.of("host", "elsewhere")) {
      try (Copies left = KilledAgent.open(temp.resolve(host), ids)) {
        for (CopyState state : left.list()) {
          left.remove(state.session());
        }
      }
    }
  }

  @Test
  void killedAtAnyMoment_nothingIsLost_andWhatItNotedIsTrue() throws Exception {
    try (S3 s3 = new S3(temp.resolve("s3"))) {
      Plane plane = new Plane(s3);
      for (int kill = 1; kill <= KILLS; kill++) {
        Process agent = start(1_000_000);
        serve(agent, plane, random.nextInt(LONGEST_MICROS));
        assertTrue(plane, "kill " + kill + " of seed " + SEED);
      }
      Process agent = start(1);
      serve(agent, plane, Integer.MAX_VALUE);
      assertThat(agent.exitValue()).isZero();
      assertTrue(plane, "the last, undisturbed");
      try (Copies host = KilledAgent.open(temp.resolve("host"), ids)) {
        CopyState last = host.find(session).orElseThrow().state();
        assertThat(last.dirty()).isFalse();
        assertThat(last.base()).isEqualTo(plane.head);
      }
    }
  }

  private Process start(int rounds) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            KilledAgent.class.getName(),
            temp.resolve("host").toString(),
            session.toString(),
            String.valueOf(random.nextLong()),
            String.valueOf(rounds))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  /** Answers its questions until it has ended, or so long after it began that it is killed. */
  private void serve(Process agent, Plane plane, int micros) throws Exception {
    var begun = new CountDownLatch(1);
    Thread answering =
        Thread.ofPlatform()
            .start(() -> {
              try (var in = new DataInputStream(new BufferedInputStream(agent.getInputStream()));
                  var out = new DataOutputStream(agent.getOutputStream())) {
                while (true) {
                  List<String> question = PlaneWire.read(in);
                  if (question.getFirst().equals("begin")) {
                    begun.countDown();
                    continue;
                  }
                  if (question.getFirst().equals("commit")) {
                    recorded.putIfAbsent(SnapshotId.parse(question.get(1)), files());
                  }
                  PlaneWire.write(out, PlaneWire.answer(plane, question));
                }
              } catch (IOException over) {
                begun.countDown();
              }
            });
    begun.await();
    agent.waitFor(micros, TimeUnit.MICROSECONDS);
    agent.destroyForcibly().waitFor();
    answering.join();
  }

  private Map<String, String> files() throws IOException {
    return Trees.describe(temp.resolve("host").resolve(session + "/fs/workspace"));
  }

  /** The head can be restored as it was recorded; a copy that says so holds what its base is. */
  private void assertTrue(Plane plane, String when) throws IOException {
    try (Copies host = KilledAgent.open(temp.resolve("host"), ids)) {
      for (CopyState state : host.list()) {
        Copy copy = host.find(state.session()).orElseThrow();
        Optional<SnapshotId> base = state.base().map(SnapshotRef::id);
        if (state.complete() && !state.dirty() && base.isPresent()) {
          assertThat(Trees.describe(copy.workspace()))
              .as("%s: %s", when, state)
              .isEqualTo(recorded.get(base.get()));
        }
        if (state.session().equals(session) && plane.head.isPresent()) {
          copy.recall(plane.head.map(SnapshotRef::id));
          assertThat(copy.state().fit(plane.head))
              .as("%s: %s", when, state)
              .isEqualTo(CopyState.Fit.AS_IS);
        }
      }
    }
    if (plane.head.isPresent()) {
      try (Copies elsewhere = KilledAgent.open(temp.resolve("elsewhere"), ids)) {
        Copy copy = elsewhere.open(new SessionId(ids.next()), CopyHarness.LIMITS);
        copy.restore(plane.head, plane, Progress.NONE);
        assertThat(Trees.describe(copy.workspace()))
            .as(when)
            .isEqualTo(recorded.get(plane.head.get().id()));
        elsewhere.remove(copy.session());
      }
    }
  }
}
