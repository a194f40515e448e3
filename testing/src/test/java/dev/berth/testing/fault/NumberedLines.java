package dev.berth.testing.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.berth.testing.stack.Client;
import dev.berth.testing.stack.Stack;
import dev.berth.v1.Run;
import dev.berth.v1.RunEvent;
import dev.berth.v1.RunState;
import dev.berth.v1.Session;
import dev.berth.v1.SessionSpec;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A run that prints 50,000 numbered lines, at a pace that leaves room for a fault, and what a
 * watcher must have seen of it in the end.
 */
final class NumberedLines implements AutoCloseable {
  private static final int COUNT = 50_000;
  private static final int MIDDLE = 5_000;
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final String SCRIPT =
      "i=0; while [ $i -lt "
          + COUNT
          + " ]; do i=$((i+1)); echo $i; [ $((i % 1000)) -ne 0 ] || sleep 0.1; done";

  private final Client client;
  private final String runId;
  private final RunWatcher watcher;

  private NumberedLines(Client client, String runId) {
    this.client = client;
    this.runId = runId;
    this.watcher = RunWatcher.start(client, runId);
  }

  /** Answers once a watcher has seen some of its lines and by far not all of them. */
  static NumberedLines printing(Stack stack, String session) {
    Session made = stack.client().createSession(session, SessionSpec.getDefaultInstance());
    Client client = stack.connect();
    Run run = client.createRun(made.getId(), "sh", "-c", SCRIPT);
    NumberedLines lines = new NumberedLines(client, run.getId());
    await("the run is in its middle")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> lines.watcher.output().lines().count() > MIDDLE);
    return lines;
  }

  /** Not before the fault: it must have hit a run under way. */
  void assertStillPrinting() {
    assertThat(watcher.output().lines().count()).isLessThan(COUNT);
    assertThat(watcher.ended()).isFalse();
  }

  /** Waits for the end and checks all of what was seen, and that the watcher had to resume. */
  void assertSeenOnceInOrder(int leastResumptions) {
    await("the watch ends").atMost(PATIENCE).until(watcher::ended);
    Run run = client.awaitRun(runId, Duration.ofSeconds(10));
    assertThat(run.getState()).as("%s", run).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
    assertThat(run.getAttempt()).isEqualTo(1);

    List<RunEvent> events = watcher.events();
    assertThat(events.stream().map(RunEvent::getSeq).toList())
        .isEqualTo(IntStream.rangeClosed(1, events.size()).mapToObj(Long::valueOf).toList());
    assertThat(run.getLastSeq()).isEqualTo(events.size());
    assertThat(events.getFirst().getType()).isEqualTo("run.created");
    assertThat(events.getLast().getType()).isEqualTo("run.finished");
    String expected =
        IntStream.rangeClosed(1, COUNT)
            .mapToObj(Integer::toString)
            .collect(Collectors.joining("\n", "", "\n"));
    assertThat(watcher.output().equals(expected))
        .as("the lines 1 to %s, got %s lines", COUNT, watcher.output().lines().count())
        .isTrue();
    assertThat(watcher.resumptions()).isGreaterThanOrEqualTo(leastResumptions);
  }

  @Override
  public void close() {
    watcher.close();
    client.close();
  }
}
