package dev.berth.executor.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.berth.executor.container.docker.EngineFixture;
import dev.berth.executor.process.AttemptEnd.Outcome;
import dev.berth.executor.provider.AgentEvent;
import java.nio.file.Files;
import java.time.Duration;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Attempts on a real engine: how they begin, what they say and why they end. */
@Timeout(120)
class ProcessesTest {

  private ProcessHarness harness;

  @BeforeEach
  void start() throws Exception {
    harness = new ProcessHarness();
  }

  @AfterEach
  void stop() throws Exception {
    harness.close();
  }

  @Test
  void aProgramsOutputAndExitCodeAreReported() throws Exception {
    var end = harness.ends("echo hello; echo oops >&2; printf 'no newline'; exit 3");

    assertThat(end.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(end.reason()).isEqualTo(EndReason.EXIT_CODE);
    assertThat(end.exitCode()).isEqualTo(OptionalInt.of(3));
    assertThat(harness.out(harness.last)).isEqualTo("hello\nno newline");
    assertThat(harness.err(harness.last)).isEqualTo("oops\n");
    assertThat(harness.recorder.log(harness.last).events.getFirst())
        .isInstanceOf(AgentEvent.Started.class);
  }

  @Test
  void anAttemptThatPrintsNothingSucceedsAndIsForgottenOnceAcknowledged() throws Exception {
    var end = harness.ends("exit 0");

    assertThat(end.outcome()).isEqualTo(Outcome.SUCCEEDED);
    await().untilAsserted(() -> assertThat(harness.processes.list()).isEmpty());
    assertThat(Files.exists(harness.journal(harness.last))).isFalse();
    assertThat(Files.exists(harness.privateDirectory(harness.last))).isFalse();
  }

  @Test
  void aStart_thatCannotBeNotedOnTheDisk_isNotMadeAgain() throws Exception {
    var attempt = harness.newAttempt();
    var inTheWay = harness.privateDirectory(attempt).resolve("launch.json");
    Files.createDirectories(inTheWay);
    harness.processes.start(
        harness.request(
            attempt, Duration.ofMinutes(1), "", "/workspace", "/bin/sh", "-c", "echo x >> kept"));

    harness.recorder.awaitEnd(attempt);
    var kept = harness.engine.workspace().resolve("kept");
    assertThat(Files.exists(kept) ? Files.readString(kept) : "").isIn("", "x\n");
  }

  @Test
  void inputEnvironmentUserAndDirectoryReachTheProgram() throws Exception {
    var attempt =
        harness.start(
            Duration.ofMinutes(1),
            "line\n",
            "/bin/sh",
            "-c",
            "cat; id -u; pwd; echo $SECRET $HOME");
    harness.recorder.awaitEnd(attempt);

    assertThat(harness.out(attempt))
        .isEqualTo(
            "line\n" + EngineFixture.users().provider() + "\n/workspace\ns3cret /home/agent\n");
  }

  @Test
  void theEnvironmentIsNotWrittenToTheAgentsDisk() throws Exception {
    var attempt = harness.sh("sleep 60");
    await().until(() -> Files.exists(harness.privateDirectory(attempt).resolve("launch.json")));

    try (var files = Files.walk(harness.engine.workerDirectory())) {
      for (var file : files.filter(Files::isRegularFile).toList()) {
        assertThat(Files.readString(file)).doesNotContain("s3cret");
      }
    }
    harness.processes.stop(attempt, Duration.ZERO, StopReason.CANCELED);
    harness.recorder.awaitEnd(attempt);
  }

  @Test
  void aProgramThatIsNotThereIsAFailedStart() throws Exception {
    var missing = harness.start(Duration.ofMinutes(1), "", "no-such-program");
    assertThat(harness.recorder.awaitEnd(missing).reason()).isEqualTo(EndReason.START_FAILED);

    var plain = harness.start(Duration.ofMinutes(1), "", "/etc/passwd");
    assertThat(harness.recorder.awaitEnd(plain).reason()).isEqualTo(EndReason.START_FAILED);

    var builtin = harness.start(Duration.ofMinutes(1), "", "exit", "0");
    assertThat(harness.recorder.awaitEnd(builtin).outcome()).isEqualTo(Outcome.FAILED);

    var nowhere = harness.newAttempt();
    harness.processes.start(
        harness.request(nowhere, Duration.ofMinutes(1), "", "/workspace/none", "true"));
    assertThat(harness.recorder.awaitEnd(nowhere).message()).contains("working directory");
  }

  @Test
  void cancelEndsEverythingAndStaysCanceledWhateverTheExitCode() throws Exception {
    var attempt = harness.sh("trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.1; done");
    await().until(() -> harness.out(attempt).contains("up"));
    harness.processes.stop(attempt, Duration.ofSeconds(10), StopReason.CANCELED);
    var end = harness.recorder.awaitEnd(attempt);

    assertThat(end.outcome()).isEqualTo(Outcome.CANCELED);
    assertThat(end.reason()).isEqualTo(EndReason.CANCELED);
    assertThat(harness.out(attempt)).isEqualTo("up\nbye\n");
  }

  @Test
  void aDiscardedAttemptIsEndedAndForgottenWithoutAWord() throws Exception {
    var attempt = harness.sh("trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.1; done");
    await().until(() -> harness.out(attempt).contains("up"));
    harness.processes.discard(attempt);
    await().untilAsserted(() -> assertThat(harness.processes.list()).isEmpty());

    assertThat(harness.engine.runtime().guests(harness.container))
        .hasValueSatisfying(guests -> assertThat(guests).isEmpty());
    assertThat(harness.recorder.log(attempt).end).isEmpty();
    assertThat(harness.out(attempt)).isEqualTo("up\n");
    assertThat(Files.exists(harness.journal(attempt))).isFalse();
  }

  @Test
  void whatIgnoresTermIsKilledWhenItsTimeAndGraceAreUp() throws Exception {
    var attempt =
        harness.start(
            Duration.ofSeconds(1), "", "/bin/sh", "-c", "trap '' TERM; while :; do sleep 1; done");
    var end = harness.recorder.awaitEnd(attempt);

    assertThat(end.reason()).isEqualTo(EndReason.TIMEOUT);
    assertThat(end.outcome()).isEqualTo(Outcome.FAILED);
  }

  @Test
  void onlyTheProgramWritesToItsStderr_alsoWhenItIsTerminated() throws Exception {
    var attempt =
        harness.start(
            Duration.ofSeconds(1), "", "perl", "-e", "print STDERR \"its own\\n\"; sleep 60");
    assertThat(harness.recorder.awaitEnd(attempt).reason()).isEqualTo(EndReason.TIMEOUT);

    assertThat(harness.err(attempt)).isEqualTo("its own\n");
  }

  @Test
  void aDaemonLeftBehindIsSweptWhenTheProgramEnds() throws Exception {
    var end =
        harness.ends("setsid sh -c 'trap \"\" TERM HUP; while :; do sleep 1; done' & echo left");

    assertThat(end.outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(harness.engine.runtime().guests(harness.container))
        .hasValueSatisfying(guests -> assertThat(guests).isEmpty());
  }

  @Test
  void aKilledWrapperEndsTheAttemptBySignalAndItsChildrenWithIt() throws Exception {
    var end = harness.ends("(sleep 300 &) ; kill -9 $PPID; sleep 300");

    assertThat(end.reason()).isEqualTo(EndReason.SIGNAL);
    assertThat(end.signal()).isEqualTo(9);
    assertThat(harness.engine.runtime().guests(harness.container))
        .hasValueSatisfying(guests -> assertThat(guests).isEmpty());
  }

  @Test
  void aRemovedContainerIsAWorkerThatWasLost() throws Exception {
    var attempt = harness.sh("echo up; sleep 300");
    await().until(() -> harness.out(attempt).contains("up"));
    harness.engine.runtime().remove(harness.container);
    var end = harness.recorder.awaitEnd(attempt);

    assertThat(end.reason()).isEqualTo(EndReason.WORKER_LOST);
    assertThat(harness.out(attempt)).isEqualTo("up\n");
  }

  @Test
  void aLineLongerThanAnEventIsSplitAndWhole() throws Exception {
    harness.ends("head -c 1000000 /dev/zero | tr '\\0' x");

    assertThat(harness.out(harness.last)).hasSize(1_000_000);
    assertThat(harness.recorder.log(harness.last).events)
        .allSatisfy(e -> {
          if (e instanceof AgentEvent.Log log) {
            assertThat(log.data().length).isLessThanOrEqualTo(32 * 1024);
          }
        });
  }
}
