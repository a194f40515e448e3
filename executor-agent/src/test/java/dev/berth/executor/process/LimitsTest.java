package dev.berth.executor.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.berth.executor.container.ContainerInfo;
import dev.berth.executor.container.docker.EngineFixture;
import dev.berth.executor.linux.Directory;
import dev.berth.executor.process.AttemptEnd.Outcome;
import dev.berth.format.FileName;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a run does to the limits of its worker hurts itself only, and its end says why. */
@Timeout(120)
class LimitsTest {

  private static final ProcessLimits SMALL =
      new ProcessLimits(
          40L << 20,
          8L << 20,
          2L << 20,
          1 << 20,
          256 << 10,
          Duration.ofMillis(50),
          Duration.ofMillis(200));

  /** So many times 64 KiB at some 20 MB/s, so that there is time to pause it. */
  private static final String STREAM =
      "exec perl -e '$| = 1; for (1..%d) { print \"x\" x 65535, \"\\n\"; select undef, undef,"
          + " undef, 0.003 }'";

  private ProcessHarness harness;

  @BeforeEach
  void start() throws Exception {
    harness = new ProcessHarness(EngineFixture.connect(), EngineFixture.LIMITS, SMALL);
  }

  @AfterEach
  void stop() throws Exception {
    harness.close();
  }

  @Test
  void memoryFilledInAChildIsOutOfMemory() throws Exception {
    var end = harness.ends("perl -e '$x = \"x\" x (1 << 29); print length $x'");

    assertThat(end.reason()).isEqualTo(EndReason.OUT_OF_MEMORY);
    assertStillUsable();
  }

  @Test
  void memoryFilledThroughScratchSpaceIsOutOfMemory() throws Exception {
    var end =
        harness.ends(
            "head -c 126000000 /dev/zero >/tmp/a; head -c 60000000 /dev/zero >/home/agent/b;"
                + " perl -e '$x = \"x\" x (1 << 28)'");

    assertThat(end.reason()).isEqualTo(EndReason.OUT_OF_MEMORY);
  }

  @Test
  void aForkBombIsContainedAndNamed() throws Exception {
    var end =
        harness.ends("b() { b | b & wait; }; b; for i in $(seq 100); do sleep 30 & done; exit 7");

    assertThat(end.reason()).isEqualTo(EndReason.PIDS_LIMIT);
    assertStillUsable();
  }

  @Test
  void aFailureOnAFullDiskSaysSo() throws Exception {
    harness.close();
    var engine = EngineFixture.connect();
    engine.limitWorkspace(8);
    harness = new ProcessHarness(engine, EngineFixture.LIMITS, SMALL);
    var end = harness.ends("head -c 20000000 /dev/zero >/workspace/x");

    assertThat(end.reason()).isEqualTo(EndReason.DISK_FULL);
    assertThat(harness.err(harness.last)).contains("No space");
  }

  @Test
  void aFailureOnADiskThatTakesNoMoreFilesSaysSo() throws Exception {
    harness.close();
    var engine = EngineFixture.connect();
    engine.limitWorkspaceFiles(50);
    harness = new ProcessHarness(engine, EngineFixture.LIMITS, SMALL);
    var end = harness.ends("set -e; for i in $(seq 100); do : >/workspace/$i; done");

    assertThat(end.reason()).isEqualTo(EndReason.DISK_FULL);
    assertThat(harness.err(harness.last)).contains("No space");
  }

  @Test
  void outputPastTheLimitIsCutAndSaidSoAndEndsTheRun() throws Exception {
    var end = harness.ends("yes 0123456789abcdef");

    assertThat(end.reason()).isEqualTo(EndReason.OUTPUT_LIMIT);
    assertThat(end.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(harness.out(harness.last).length()).isEqualTo(40 << 20);
    assertThat(harness.recorder.log(harness.last).dropped()).isPositive();
    assertStillUsable();
  }

  @Test
  void unacknowledgedOutputPausesTheContainerAndAcknowledgementThawsIt() throws Exception {
    harness.recorder.withhold(true);
    var attempt = harness.sh(STREAM.formatted(512));
    await().atMost(Duration.ofSeconds(20)).until(() -> state() == ContainerInfo.State.PAUSED);
    var printed = Files.size(harness.journal(attempt).resolve("out"));
    assertThat(printed).isLessThan(33554432);

    harness.recorder.withhold(false);
    var end = harness.recorder.awaitEnd(attempt);

    assertThat(end.outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(harness.out(attempt)).hasSize(33554432);
    assertThat(state()).isEqualTo(ContainerInfo.State.RUNNING);
  }

  @Test
  void acknowledgedOutputIsGivenBackToTheDisk() throws Exception {
    var attempt = harness.sh("yes 0123456789abcdef | head -c 33554432; echo; sleep 30");
    await().atMost(Duration.ofSeconds(20)).until(() -> harness.out(attempt).length() >= 33554432);

    await()
        .untilAsserted(() -> {
          assertThat(Files.size(harness.journal(attempt).resolve("out"))).isGreaterThan(33554432);
          assertThat(allocated(harness.journal(attempt))).isLessThan(12L << 20);
        });
    harness.processes.stop(attempt, Duration.ZERO, StopReason.CANCELED);
    harness.recorder.awaitEnd(attempt);
    assertThat(harness.out(attempt)).hasSize(33554432 + 1);
  }

  @Test
  void aCancelReachesAPausedProcess() throws Exception {
    harness.recorder.withhold(true);
    var attempt = harness.sh(STREAM.formatted(1_000_000));
    await().atMost(Duration.ofSeconds(20)).until(() -> state() == ContainerInfo.State.PAUSED);
    harness.processes.stop(attempt, Duration.ofSeconds(1), StopReason.CANCELED);
    await().atMost(Duration.ofSeconds(20)).until(() -> !harness.processes.busy(harness.container));
    harness.recorder.withhold(false);

    assertThat(harness.recorder.awaitEnd(attempt).outcome()).isEqualTo(Outcome.CANCELED);
  }

  private static long allocated(Path journal) throws Exception {
    try (var directory = Directory.open(journal)) {
      return directory.stat(FileName.of("out")).blocks() * 512;
    }
  }

  private ContainerInfo.State state() {
    return harness.engine.runtime().inspect(harness.container).orElseThrow().state();
  }

  private void assertStillUsable() throws Exception {
    assertThat(harness.ends("echo fine").outcome()).isEqualTo(Outcome.SUCCEEDED);
  }
}
