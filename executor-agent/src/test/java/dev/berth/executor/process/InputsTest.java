package dev.berth.executor.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.berth.common.Id.AttemptId;
import dev.berth.common.Id.RunId;
import dev.berth.executor.process.AttemptEnd.Outcome;
import dev.berth.executor.process.InputOrder.Close;
import dev.berth.executor.process.InputOrder.Data;
import dev.berth.executor.process.InputOrder.Input;
import dev.berth.executor.process.InputOrder.Signal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a process is given while it runs reaches it once and in order, whatever falls. */
@Timeout(120)
class InputsTest {

  private ProcessHarness harness;
  private AttemptId attempt;
  private final Map<Long, String> answers = new ConcurrentHashMap<>();

  @BeforeEach
  void start() throws Exception {
    harness = new ProcessHarness();
    attempt = harness.newAttempt();
    harness.interactive = true;
  }

  @AfterEach
  void stop() throws Exception {
    harness.close();
  }

  private void sh(String input, String script) throws Exception {
    attempt = harness.start(Duration.ofMinutes(1), input, "/bin/sh", "-c", script);
  }

  private void give(long seq, Input input) {
    harness.processes.give(
        new InputOrder(new RunId(harness.ids.next()), attempt, seq, input),
        (order, failure) -> answers.put(order.seq(), failure));
  }

  private void give(long seq, long position, String text) {
    give(seq, new Data(position, text.getBytes(StandardCharsets.UTF_8)));
  }

  private void restart() throws Exception {
    harness.fall();
    harness.rise();
    harness.processes.adopt(attempt, Optional.of(harness.recorder.log(attempt).position));
  }

  @Test
  void whatIsGivenFollowsTheFirstInput_andItsEndEndsTheProgram() throws Exception {
    sh("first\n", "cat; echo done");
    await().until(() -> harness.out(attempt).equals("first\n"));
    give(1, 6, "second\n");
    await().until(() -> harness.out(attempt).equals("first\nsecond\n"));
    assertThat(answers).containsEntry(1L, "");
    give(2, 13, "no newline");
    give(3, new Close());

    assertThat(harness.recorder.awaitEnd(attempt).outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(harness.out(attempt)).isEqualTo("first\nsecond\nno newlinedone\n");
  }

  @Test
  void aProgramThatEndsBeforeItsInputDoes_endsTheAttempt_withItsCode() throws Exception {
    sh("", "read -r line; echo got $line; exit 7");
    give(1, 0, "one\ntwo\n");

    assertThat(harness.recorder.awaitEnd(attempt).exitCode()).hasValue(7);
    assertThat(harness.out(attempt)).isEqualTo("got one\n");
  }

  @Test
  void everyLineComesOnceAndInOrder_whateverFalls_andIsGivenTwice() throws Exception {
    sh("", "echo up >&2; cat");
    await().until(() -> harness.err(attempt).equals("up\n"));
    var random = new Random(42);
    var lines =
        IntStream.range(0, 400)
            .mapToObj(i -> i + " " + "x".repeat(random.nextInt(300)) + "\n")
            .toList();
    long position = 0;
    for (int i = 0; i < lines.size(); i++) {
      give(i + 1, position, lines.get(i));
      if (random.nextInt(10) == 0) {
        give(i + 1, position, lines.get(i));
      }
      position += lines.get(i).length();
      if (i % 100 == 50) {
        restart();
        long from = 0;
        for (int again = 0; again <= i; again++) {
          give(again + 1, from, lines.get(again));
          from += lines.get(again).length();
        }
      }
    }
    give(lines.size() + 1, new Close());
    give(lines.size() + 1, new Close());

    assertThat(harness.recorder.awaitEnd(attempt).outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(harness.out(attempt)).isEqualTo(String.join("", lines));
    assertThat(answers.values()).containsOnly("").hasSize(lines.size() + 1);
  }

  @Test
  void aTornTail_isCompleted_andItsBellRungAgain() throws Exception {
    sh("", "cat");
    await().until(() -> harness.out(attempt).isEmpty() && !harness.processes.list().isEmpty());
    give(1, 0, "whole\n");
    await().until(() -> harness.out(attempt).equals("whole\n"));
    harness.fall();
    // As if the agent had fallen in the middle of a write.
    Files.writeString(harness.journal(attempt).resolve("in"), "to", StandardOpenOption.APPEND);
    harness.rise();
    harness.processes.adopt(attempt, Optional.of(harness.recorder.log(attempt).position));
    give(2, 6, "torn\n");
    give(3, new Close());

    assertThat(harness.recorder.awaitEnd(attempt).outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(harness.out(attempt)).isEqualTo("whole\ntorn\n");
  }

  @Test
  void whatWasWrittenButNotRung_isHeardOnceTheAgentIsBack() throws Exception {
    sh("", "cat");
    give(1, 0, "a\n");
    await().until(() -> harness.out(attempt).equals("a\n"));
    harness.fall();
    Files.writeString(harness.journal(attempt).resolve("in"), "b\n", StandardOpenOption.APPEND);
    harness.rise();
    harness.processes.adopt(attempt, Optional.of(harness.recorder.log(attempt).position));
    await().until(() -> harness.out(attempt).equals("a\nb\n"));
    give(2, new Close());
    assertThat(harness.recorder.awaitEnd(attempt).outcome()).isEqualTo(Outcome.SUCCEEDED);
  }

  @Test
  void aProcessFoundAfterAFall_isStillGivenInput_alsoAfterTheNextFall() throws Exception {
    sh("", "cat");
    give(1, 0, "a\n");
    await().until(() -> harness.out(attempt).equals("a\n"));
    harness.fall();
    // As if the agent had fallen between the start and the note of it.
    Files.delete(harness.privateDirectory(attempt).resolve("launch.json"));
    harness.rise();
    harness.processes.adopt(attempt, Optional.of(harness.recorder.log(attempt).position));
    give(2, 2, "b\n");
    await().until(() -> harness.out(attempt).equals("a\nb\n"));
    restart();
    give(3, 4, "c\n");
    give(4, new Close());

    assertThat(harness.recorder.awaitEnd(attempt).outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(harness.out(attempt)).isEqualTo("a\nb\nc\n");
  }

  @Test
  void aProgramThatDoesNotRead_blocksNobody_andItsEndIsSeen() throws Exception {
    sh("", "echo up; sleep 2; echo over");
    await().until(() -> harness.out(attempt).equals("up\n"));
    give(1, 0, "x".repeat(1 << 20));
    await().until(() -> answers.containsKey(1L));

    assertThat(harness.recorder.awaitEnd(attempt).outcome()).isEqualTo(Outcome.SUCCEEDED);
  }

  @Test
  void signalsReachTheProgram_once_alsoWhenOrderedAgain_afterARestart() throws Exception {
    sh(
        "",
        "trap 'echo one' USR1; trap 'echo end; exit 3' TERM; echo up; while :; do sleep 0.05; done");
    await().until(() -> harness.out(attempt).equals("up\n"));
    give(1, new Signal("USR1"));
    await().until(() -> harness.out(attempt).equals("up\none\n"));
    restart();
    give(1, new Signal("USR1"));
    await().until(() -> answers.containsKey(1L));
    give(2, new Signal("TERM"));

    assertThat(harness.recorder.awaitEnd(attempt).exitCode()).hasValue(3);
    assertThat(harness.out(attempt)).isEqualTo("up\none\nend\n");
  }

  @Test
  void aProcessWithoutAnOpenInput_isToldApart() throws Exception {
    harness.interactive = false;
    sh("all\n", "cat; sleep 30");
    await().until(() -> harness.out(attempt).equals("all\n"));
    give(1, 4, "more\n");
    await().until(() -> answers.containsKey(1L));
    assertThat(answers.get(1L)).isNotEmpty();
    give(2, new Signal("INT"));

    assertThat(harness.recorder.awaitEnd(attempt).outcome()).isEqualTo(Outcome.FAILED);
  }

  @Test
  void binaryBytes_pass_unchanged() throws Exception {
    sh("", "sha256sum");
    var bytes = new byte[300_000];
    new Random(1).nextBytes(bytes);
    give(1, new Data(0, bytes));
    give(2, new Close());
    var digest = java.security.MessageDigest.getInstance("SHA-256").digest(bytes);

    assertThat(harness.recorder.awaitEnd(attempt).outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(harness.out(attempt))
        .startsWith(
            IntStream.range(0, digest.length)
                .mapToObj(i -> String.format("%02x", digest[i]))
                .collect(Collectors.joining()));
  }
}
