package dev.berth.controlplane.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.common.Id.ExecutorId;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.v1.CancelRunRequest;
import dev.berth.v1.ExplainRunRequest;
import dev.berth.v1.ExplainRunResponse;
import dev.berth.v1.Run;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A run's story in sentences. */
final class RunStoryTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private final RunFixture fixture = new RunFixture(berth);
  private final ExecutorId executor = fixture.executor();

  private List<String> story(Run run) {
    return fixture
        .stub()
        .explainRun(ExplainRunRequest.newBuilder().setRunId(run.getId()).build())
        .getSentencesList()
        .stream()
        .map(ExplainRunResponse.Sentence::getText)
        .toList();
  }

  @Test
  void tellsWhatARunWaitsFor_whatBecameOfItsAttempts_andHowItEnded() {
    Run run = fixture.create(fixture.readySession(executor), 2);
    assertThat(story(run))
        .satisfiesExactly(
            made ->
                assertThat(made).startsWith("Made by the key key_").contains(run.getSessionId()),
            now -> assertThat(now).startsWith("It waits (SESSION_BUSY): "));
    fixture.dispatch();
    assertThat(story(run))
        .satisfiesExactly(
            made -> assertThat(made).startsWith("Made"),
            given -> assertThat(given).startsWith("Attempt 1 of 2 was given to the executor exr_"),
            now -> assertThat(now).isEqualTo("It is starting."));
    assertThat(fixture.settleLost(fixture.get(run), EndReason.EXECUTOR_LOST)).isTrue();
    assertThat(story(run)).last().asString().startsWith("It waits (NOT_BEFORE): Its next attempt");
    fixture.endBackoff(run);
    fixture.dispatch();
    assertThat(fixture.settleLost(fixture.get(run), EndReason.WORKER_LOST)).isTrue();
    assertThat(story(run))
        .satisfiesExactly(
            made -> assertThat(made).startsWith("Made"),
            given -> assertThat(given).startsWith("Attempt 1 of 2 was given"),
            lost -> assertThat(lost).isEqualTo("Attempt 1 ended with EXECUTOR_LOST: Gone."),
            given -> assertThat(given).startsWith("Attempt 2 of 2 was given"),
            lost -> assertThat(lost).isEqualTo("Attempt 2 ended with WORKER_LOST: Gone."),
            ended -> assertThat(ended).isEqualTo("It ended FAILED with WORKER_LOST: Gone."),
            dead -> assertThat(dead).contains("dead letter"));
  }

  @Test
  void tellsOfACancel() {
    Run run = fixture.claimed(executor);
    assertThat(
            fixture
                .stub()
                .cancelRun(CancelRunRequest.newBuilder().setRunId(run.getId()).build())
                .hasRun())
        .isTrue();
    assertThat(story(run)).anyMatch(text -> text.startsWith("It was cancelled while"));
  }
}
