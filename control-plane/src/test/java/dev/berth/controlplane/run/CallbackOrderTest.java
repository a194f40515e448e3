package dev.berth.controlplane.run;

import static dev.berth.controlplane.run.FakeExecutor.batch;
import static dev.berth.controlplane.run.FakeExecutor.ended;
import static dev.berth.controlplane.run.FakeExecutor.line;
import static dev.berth.controlplane.run.FakeExecutor.started;
import static dev.berth.controlplane.run.FakeExecutor.succeeded;
import static dev.berth.sql.db.Tables.COPY;
import static dev.berth.sql.db.Tables.SESSION;
import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.executor.v1.AttemptEnd;
import dev.berth.executor.v1.PublishEventsRequest;
import dev.berth.executor.v1.PublishEventsResponse;
import dev.berth.executor.v1.PublishEventsResponse.Status;
import dev.berth.v1.EndReason;
import dev.berth.v1.ListRunAttemptsRequest;
import dev.berth.v1.Run;
import dev.berth.v1.RunAttempt;
import dev.berth.v1.RunEvent;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A run of three attempts, of which the first two are lost. What its executor says of them is told
 * once in order; then, of another run, each up to three times, shuffled, those of earlier attempts
 * among them, to two replicas at once.
 */
final class CallbackOrderTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private static final int ATTEMPTS = 3;
  private static BerthServer replica;

  private final RunFixture fixture = new RunFixture(berth);
  private final ExecutorId executor = fixture.executor();

  @BeforeAll
  static void startReplica() {
    replica = berth.replica();
  }

  @AfterAll
  static void stopReplica() {
    replica.close();
  }

  /** All that is left of a run, but for its ids and times. */
  private record State(
      Run run, List<RunEvent> events, List<RunAttempt> attempts, List<Object> session) {}

  @ParameterizedTest
  @ValueSource(longs = {20261121, 1, 2, 3, 4, 5, 6, 7})
  void whatIsToldTwiceLateAndOutOfOrder_endsInTheStateOfBeingToldOnceInOrder(long seed)
      throws Exception {
    Random random = new Random(seed);
    Run inOrder = fixture.create(fixture.readySession(executor), ATTEMPTS);
    Run stormy = fixture.create(fixture.readySession(executor), ATTEMPTS);
    List<PublishEventsRequest> earlier = new ArrayList<>();
    try (FakeExecutor here = fixture.peer(executor);
        FakeExecutor there = fixture.peer(executor, replica)) {
      for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
        fixture.dispatch();
        int lines = random.nextInt(8);
        tell(here, told(fixture.get(inOrder), attempt, lines));

        List<PublishEventsRequest> current = told(fixture.get(stormy), attempt, lines);
        List<PublishEventsRequest> storm = new ArrayList<>();
        List.of(earlier, current).forEach(of -> repeat(of, random, storm));
        Collections.shuffle(storm, random);
        tellAnyhow(here, there, storm, random);
        tell(random.nextBoolean() ? here : there, current);
        earlier.addAll(current);
        tellAnyhow(here, there, earlier, random);
        fixture.endBackoff(inOrder);
        fixture.endBackoff(stormy);
      }
    }
    State wanted = state(inOrder);
    assertThat(state(stormy)).as("seed %d", seed).isEqualTo(wanted);
    assertThat(wanted.attempts()).hasSize(ATTEMPTS);
    assertThat(wanted.events().getLast().getType()).isEqualTo("run.finished");
  }

  private static void repeat(
      List<PublishEventsRequest> of, Random random, List<PublishEventsRequest> into) {
    of.forEach(batch -> into.addAll(Collections.nCopies(random.nextInt(4), batch)));
  }

  /** What the executor says of one attempt. */
  private static List<PublishEventsRequest> told(Run run, int attempt, int lines) {
    List<PublishEventsRequest> told = new ArrayList<>();
    told.add(started(run));
    for (int i = 1; i <= lines; i++) {
      told.add(batch(run, i, i + 1, line("line " + attempt + "." + i + "\n")));
    }
    told.add(
        attempt == ATTEMPTS
            ? succeeded(run, lines + 1L)
            : ended(
                run,
                lines + 1L,
                AttemptEnd.Outcome.OUTCOME_FAILED,
                EndReason.END_REASON_WORKER_LOST));
    return told;
  }

  /** As an agent does whose position was answered: from the first on, each is accepted. */
  private static void tell(FakeExecutor peer, List<PublishEventsRequest> batches) throws Exception {
    PublishEventsResponse last = PublishEventsResponse.getDefaultInstance();
    for (PublishEventsRequest batch : batches) {
      last = peer.publish(batch);
      assertThat(last.getStatus()).isEqualTo(Status.STATUS_OK);
    }
    assertThat(last.getSettled()).isTrue();
  }

  /** Whatever the answers are; waits for all of them. */
  private static void tellAnyhow(
      FakeExecutor here, FakeExecutor there, List<PublishEventsRequest> batches, Random random)
      throws Exception {
    List<FakeExecutor> asked = new ArrayList<>();
    for (PublishEventsRequest batch : batches) {
      FakeExecutor peer = random.nextBoolean() ? here : there;
      peer.send(batch);
      asked.add(peer);
    }
    for (FakeExecutor peer : asked) {
      assertThat(peer.answer().getStatus()).isNotEqualTo(Status.STATUS_UNSPECIFIED);
    }
  }

  private State state(Run of) {
    Run run = fixture.get(of);
    var attempts = ListRunAttemptsRequest.newBuilder().setRunId(run.getId()).build();
    var session = SessionId.parse(run.getSessionId());
    return new State(
        bare(run),
        fixture.events(run).stream().map(CallbackOrderTest::bare).toList(),
        fixture.stub().listRunAttempts(attempts).getAttemptsList().stream()
            .map(CallbackOrderTest::bare)
            .toList(),
        berth
            .sql()
            .select(COPY.SYNC_ORDER, COPY.DIRTY, COPY.DIRTY_VERSION, SESSION.STATE)
            .from(COPY)
            .join(SESSION)
            .on(SESSION.ID.eq(COPY.SESSION_ID))
            .where(SESSION.ID.eq(session))
            .fetchSingle()
            .intoList());
  }

  private static Run bare(Run run) {
    return run.toBuilder()
        .clearId()
        .clearLineage()
        .clearSessionId()
        .clearWorkerId()
        .clearAttemptId()
        .clearEtag()
        .clearCreateTime()
        .clearUpdateTime()
        .clearStartTime()
        .clearEndTime()
        .build();
  }

  private static RunEvent bare(RunEvent event) {
    RunEvent.Builder bare =
        event.toBuilder().clearTime().clearRunId().clearAttemptId().clearTraceId();
    if (event.hasRunCreated()) {
      bare.getRunCreatedBuilder().clearSessionId();
    }
    if (event.hasRunStarted()) {
      bare.getRunStartedBuilder().clearWorkerId();
    }
    if (event.hasRunRetried()) {
      bare.getRunRetriedBuilder().clearNotBefore();
    }
    return bare.build();
  }

  private static RunAttempt bare(RunAttempt attempt) {
    return attempt.toBuilder().clearId().clearWorkerId().clearStartTime().clearEndTime().build();
  }
}
