package dev.berth.executor.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.berth.common.Id.AttemptId;
import dev.berth.executor.container.ExecSpec;
import dev.berth.executor.journal.Journal;
import dev.berth.executor.journal.JournalStream;
import dev.berth.executor.journal.Position;
import dev.berth.executor.process.AttemptEnd.Outcome;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The agent falls and another one takes up what it left; the processes notice nothing. */
@Timeout(120)
class RecoveryTest {

  private ProcessHarness harness;

  @BeforeEach
  void start() throws Exception {
    harness = new ProcessHarness();
  }

  @AfterEach
  void stop() throws Exception {
    harness.close();
  }

  private List<ProcessInfo> restart(AttemptId attempt) throws Exception {
    harness.fall();
    var found = harness.rise();
    harness.processes.adopt(attempt, Optional.of(harness.recorder.log(attempt).position));
    return found;
  }

  @Test
  void everyLineIsSaidOnceAndInOrderWhateverFalls() throws Exception {
    var attempt =
        harness.sh("i=0; while [ $i -lt 50000 ]; do i=$((i+1)); echo line $i; done; echo done >&2");
    for (int i = 0; i < 4; i++) {
      var seen = harness.recorder.log(attempt).position.bytes();
      await()
          .until(() ->
              harness.recorder.log(attempt).position.bytes() > seen
                  || harness.recorder.log(attempt).end.isPresent());
      restart(attempt);
    }
    var end = harness.recorder.awaitEnd(attempt);

    assertThat(end.outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(harness.out(attempt))
        .isEqualTo(
            IntStream.rangeClosed(1, 50_000)
                .mapToObj(i -> "line " + i + "\n")
                .collect(Collectors.joining()));
    assertThat(harness.err(attempt)).isEqualTo("done\n");
  }

  @Test
  void aPositionTheControlPlaneNeverSawCommittedIsSaidAgain() throws Exception {
    var attempt = harness.sh("seq 1000; sleep 1; seq 1000");
    await().until(() -> harness.out(attempt).length() > 1000);
    harness.recorder.withhold(true);
    harness.processes.adopt(attempt, Optional.of(Position.START));
    harness.recorder.withhold(false);
    harness.processes.adopt(attempt, Optional.of(harness.recorder.log(attempt).position));
    harness.recorder.awaitEnd(attempt);

    var once = IntStream.rangeClosed(1, 1000).mapToObj(i -> i + "\n").collect(Collectors.joining());
    assertThat(harness.out(attempt)).isEqualTo(once + once);
  }

  @Test
  void aProcessThatEndedWhileNobodyLookedIsSettledWithItsExitCode() throws Exception {
    var attempt = harness.sh("echo before; sleep 1; echo after; exit 9");
    await().until(() -> harness.out(attempt).contains("before"));
    harness.fall();
    await().until(() -> harness.engine.runtime().guests(harness.container).orElseThrow().isEmpty());
    harness.rise();
    harness.processes.adopt(attempt, Optional.of(harness.recorder.log(attempt).position));
    var end = harness.recorder.awaitEnd(attempt);

    assertThat(end.exitCode()).hasValue(9);
    assertThat(harness.out(attempt)).isEqualTo("before\nafter\n");
  }

  @Test
  void anEndThatWasNotAcknowledgedIsSaidAgainAndItsPositionForgetsIt() throws Exception {
    harness.recorder.withhold(true);
    var attempt = harness.sh("echo said; exit 4");
    await().until(() -> Files.exists(harness.privateDirectory(attempt).resolve("settled.json")));
    restart(attempt);
    harness.recorder.withhold(false);
    assertThat(harness.recorder.awaitEnd(attempt).exitCode()).hasValue(4);
    await().until(() -> harness.processes.list().isEmpty());
    assertThat(harness.out(attempt)).isEqualTo("said\n");

    harness.fall();
    assertThat(harness.rise()).isEmpty();
  }

  @Test
  void anIntentWithoutAnySignOfLifeIsUnknownAndNothingIsStartedTwice() throws Exception {
    var attempt = harness.sh("echo once; sleep 60");
    await().until(() -> harness.out(attempt).contains("once"));
    harness.fall();
    // As if the agent had fallen between the intent and the start.
    harness.engine.runtime().stop(harness.container);
    harness.engine.runtime().start(harness.container);
    Files.delete(harness.privateDirectory(attempt).resolve("launch.json"));
    Journal.delete(harness.journal(attempt));
    Journal.create(harness.journal(attempt), new byte[0], false).close();
    Files.deleteIfExists(harness.privateDirectory(attempt).resolve("offsets.json"));
    harness.recorder.log(attempt).position = Position.START;
    harness.rise();
    harness.processes.start(
        harness.request(attempt, Duration.ofMinutes(1), "", "/workspace", "echo", "twice"));
    harness.processes.adopt(attempt, Optional.empty());
    var end = harness.recorder.awaitEnd(attempt);

    assertThat(end.reason()).isEqualTo(EndReason.START_UNKNOWN);
    assertThat(harness.out(attempt)).isEqualTo("once\n");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aWrapperThatBeginsOnceItsInputWasTakenRunsNothing(boolean interactive) throws Exception {
    var attempt = harness.newAttempt();
    var journal = Journal.create(harness.journal(attempt), new byte[0], interactive);
    Journal.takeInput(harness.journal(attempt));
    var late = harness.request(attempt, Duration.ofMinutes(1), "", "/workspace", "echo", "ran");
    var runtime = harness.engine.runtime();
    var exec =
        runtime.startExec(
            harness.container,
            new ExecSpec(Wrapper.argv(late), late.environment(), late.user()),
            prepared -> {});
    await().until(() -> runtime.inspectExec(exec).orElseThrow().exitCode().isPresent());

    assertThat(journal.size(JournalStream.OUT)).isZero();
    assertThat(journal.exitSize()).isZero();
    journal.close();
    Journal.delete(harness.journal(attempt));
  }

  @Test
  void aProcessStartedJustBeforeTheFallIsFoundByItsArguments() throws Exception {
    var attempt = harness.sh("echo up; sleep 2; echo end; exit 5");
    await().until(() -> harness.out(attempt).contains("up"));
    harness.fall();
    Files.delete(harness.privateDirectory(attempt).resolve("launch.json"));
    harness.rise();
    harness.processes.adopt(attempt, Optional.of(harness.recorder.log(attempt).position));
    var end = harness.recorder.awaitEnd(attempt);

    assertThat(end.exitCode()).hasValue(5);
    assertThat(harness.out(attempt)).isEqualTo("up\nend\n");
  }

  @Test
  void aStartThatTheEngineCarriesOutOnceTheNextAgentHasLooked_runsNothing() throws Exception {
    var late = new LateStart(harness.engine);
    harness.fall();
    harness.runtime = late.silent();
    harness.rise();
    var attempt = harness.sh("echo ran | tee ran");
    late.awaitAsked();
    harness.fall();
    harness.runtime = late.startingOnceLookedAt();
    harness.rise();
    harness.processes.adopt(attempt, Optional.empty());
    var end = harness.recorder.awaitEnd(attempt);

    assertThat(late.carriedOut()).isTrue();
    assertThat(end.reason()).isEqualTo(EndReason.START_UNKNOWN);
    assertThat(harness.engine.workspace().resolve("ran")).doesNotExist();
    assertThat(harness.out(attempt)).isEmpty();
  }

  @Test
  void timeGoesOnWhileNobodyLooks() throws Exception {
    var attempt = harness.start(Duration.ofSeconds(2), "", "sleep", "300");
    await().until(() -> Files.exists(harness.privateDirectory(attempt).resolve("launch.json")));
    restart(attempt);

    assertThat(harness.recorder.awaitEnd(attempt).reason()).isEqualTo(EndReason.TIMEOUT);
  }

  @Test
  void aDiscardedAttemptIsKilledAndLeavesNothing() throws Exception {
    var attempt = harness.sh("echo up; sleep 300");
    await().until(() -> harness.out(attempt).contains("up"));
    restart(attempt);
    harness.processes.discard(attempt);

    await().until(() -> harness.processes.list().isEmpty());
    assertThat(harness.engine.runtime().guests(harness.container).orElseThrow()).isEmpty();
    assertThat(Files.exists(harness.journal(attempt))).isFalse();
  }
}
