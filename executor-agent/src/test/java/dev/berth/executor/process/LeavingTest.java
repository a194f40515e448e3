package dev.berth.executor.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.executor.provider.AgentEvent;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Files that a run names are kept between the end of its process and the telling of that end. */
@Timeout(60)
class LeavingTest {
  private ProcessHarness harness;

  @BeforeEach
  void start() throws Exception {
    harness = new ProcessHarness();
    harness.artifacts = List.of("dist/*");
  }

  @AfterEach
  void stop() throws Exception {
    harness.close();
  }

  @Test
  void whatIsNotKept_isToldWithTheEnd_onceAndBeforeIt() throws Exception {
    harness.keeper =
        (wish, deadline) -> {
          assertThat(wish.globs()).containsExactly("dist/*");
          return List.of("dist/x: is a link.");
        };
    var end = harness.ends("echo hello; exit 3");

    assertThat(end.exitCode()).hasValue(3);
    assertThat(harness.out(harness.last)).isEqualTo("hello\n");
    assertThat(warnings()).containsExactly("ARTIFACT_NOT_KEPT dist/x: is a link.");
  }

  @Test
  void anAgentThatFallsMeanwhile_keepsThemAgain_andTellsTheEndOnce() throws Exception {
    var entered = new CountDownLatch(1);
    var never = new CountDownLatch(1);
    harness.keeper =
        (wish, deadline) -> {
          entered.countDown();
          try {
            never.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          return List.of("told by nobody");
        };
    var attempt = harness.sh("echo hello");
    entered.await();
    harness.fall();
    var asked = new AtomicInteger();
    harness.keeper =
        (wish, deadline) -> {
          if (asked.incrementAndGet() == 1) {
            throw new IOException("the control plane is away");
          }
          return List.of("dist/*: nothing is there.");
        };
    harness.rise();
    harness.processes.adopt(attempt, Optional.of(harness.recorder.log(attempt).position));
    harness.last = attempt;
    var end = harness.recorder.awaitEnd(attempt);
    never.countDown();

    assertThat(end.outcome()).isEqualTo(AttemptEnd.Outcome.SUCCEEDED);
    assertThat(asked).hasValue(2);
    assertThat(harness.out(attempt)).isEqualTo("hello\n");
    assertThat(warnings()).containsExactly("ARTIFACT_NOT_KEPT dist/*: nothing is there.");
  }

  private List<String> warnings() {
    return harness.recorder.log(harness.last).events.stream()
        .filter(AgentEvent.Warning.class::isInstance)
        .map(AgentEvent.Warning.class::cast)
        .map(warning -> warning.code() + " " + warning.message())
        .toList();
  }
}
