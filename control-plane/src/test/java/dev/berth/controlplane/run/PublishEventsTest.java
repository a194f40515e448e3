package dev.berth.controlplane.run;

import static dev.berth.controlplane.run.FakeExecutor.at;
import static dev.berth.controlplane.run.FakeExecutor.batch;
import static dev.berth.controlplane.run.FakeExecutor.line;
import static dev.berth.controlplane.run.FakeExecutor.started;
import static dev.berth.controlplane.run.FakeExecutor.succeeded;
import static dev.berth.sql.db.Tables.COPY;
import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.executor.v1.AgentEvent;
import dev.berth.executor.v1.PublishEventsRequest;
import dev.berth.executor.v1.PublishEventsResponse;
import dev.berth.executor.v1.PublishEventsResponse.Status;
import dev.berth.v1.EndReason;
import dev.berth.v1.ListRunAttemptsRequest;
import dev.berth.v1.Run;
import dev.berth.v1.RunEvent;
import dev.berth.v1.RunState;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What batches of events do, told by an executor over the link. */
final class PublishEventsTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private final RunFixture fixture = new RunFixture(berth);
  private final ExecutorId executor = fixture.executor();

  private static String text(RunEvent event) {
    return event.getLog().getData().toStringUtf8();
  }

  @Test
  void batchesInOrder_startNumberAndEndTheRun() throws Exception {
    SessionId session = fixture.readySession(executor);
    Run run = fixture.create(session);
    fixture.dispatch();
    run = fixture.get(run);
    try (FakeExecutor peer = fixture.peer(executor)) {
      PublishEventsResponse first = peer.publish(started(run));
      assertThat(first.getStatus()).isEqualTo(Status.STATUS_OK);
      assertThat(first.getAcked()).isEqualTo(at(1));
      Run running = fixture.get(run);
      assertThat(running.getState()).isEqualTo(RunState.RUN_STATE_RUNNING);
      assertThat(running.getImageDigest()).isEqualTo("sha256:real");
      assertThat(peer.publish(batch(run, 1, 9, line("a\n"), line("b\n"))).getLastSeq())
          .isEqualTo(4);
      PublishEventsResponse last = peer.publish(succeeded(run, 9));
      assertThat(last.getSettled()).isTrue();
      assertThat(last.getLastSeq()).isEqualTo(5);
    }
    Run over = fixture.get(run);
    assertThat(over.getState()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
    assertThat(over.getEnd().getReason()).isEqualTo(EndReason.END_REASON_COMPLETED);
    assertThat(over.hasStartTime() && over.hasEndTime()).isTrue();
    List<RunEvent> events = fixture.events(run);
    assertThat(events.stream().map(RunEvent::getSeq)).containsExactly(1L, 2L, 3L, 4L, 5L);
    assertThat(fixture.types(run))
        .containsExactly("run.created", "run.started", "log", "log", "run.finished");
    assertThat(events.get(1).getRunStarted().getAttempt()).isEqualTo(1);
    assertThat(events.get(1).getRunStarted().getExecutorId()).isEqualTo(executor.toString());
    assertThat(events.getLast().getRunFinished().getState()).isEqualTo("SUCCEEDED");
    var attempts =
        fixture
            .stub()
            .listRunAttempts(ListRunAttemptsRequest.newBuilder().setRunId(run.getId()).build())
            .getAttemptsList();
    assertThat(attempts).hasSize(1);
    assertThat(attempts.getFirst().getEnd().getMessage()).isEqualTo("over");
    var copy = berth.sql().selectFrom(COPY).where(COPY.SESSION_ID.eq(session)).fetchSingle();
    assertThat(copy.getSyncOrder()).isEqualTo(1);
    assertThat(copy.getSyncReason()).isEqualTo("RUN_FINISHED");
  }

  @Test
  void batchesReplayedLateDoubledAndOutOfOrder_endInTheSameStateAsOnceInOrder() throws Exception {
    for (long seed = 1; seed <= 5; seed++) {
      Run run = fixture.claimed(executor);
      List<PublishEventsRequest> inOrder = new ArrayList<>();
      inOrder.add(started(run));
      for (int i = 1; i <= 8; i++) {
        inOrder.add(batch(run, i, i + 1, line("line " + i + "\n")));
      }
      inOrder.add(succeeded(run, 9));
      List<PublishEventsRequest> storm = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        storm.addAll(inOrder);
      }
      Collections.shuffle(storm, new Random(seed));
      try (FakeExecutor peer = fixture.peer(executor)) {
        for (PublishEventsRequest batch : storm) {
          peer.send(batch);
        }
        for (int i = 0; i < storm.size(); i++) {
          assertThat(peer.answer().getStatus()).isNotEqualTo(Status.STATUS_STALE);
        }
        for (PublishEventsRequest batch : inOrder) {
          PublishEventsResponse answer = peer.publish(batch);
          assertThat(answer.getStatus()).as("seed %d", seed).isEqualTo(Status.STATUS_OK);
        }
      }
      assertThat(fixture.get(run).getState()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
      List<RunEvent> events = fixture.events(run);
      assertThat(events).as("seed %d", seed).hasSize(11);
      for (int i = 1; i <= 8; i++) {
        assertThat(text(events.get(i + 1))).isEqualTo("line " + i + "\n");
      }
    }
  }

  @Test
  void aGap_isAnsweredWithTheExpectedPosition_andWritesNothing() throws Exception {
    Run run = fixture.claimed(executor);
    try (FakeExecutor peer = fixture.peer(executor)) {
      assertThat(peer.publish(started(run)).getStatus()).isEqualTo(Status.STATUS_OK);
      PublishEventsResponse answer = peer.publish(batch(run, 5, 9, line("too early")));
      assertThat(answer.getStatus()).isEqualTo(Status.STATUS_GAP);
      assertThat(answer.getAcked()).isEqualTo(at(1));
    }
    assertThat(fixture.types(run)).containsExactly("run.created", "run.started");
  }

  @Test
  void batchesThatPiledUp_areEachAnsweredWithTheirOwnPosition() throws Exception {
    Run run = fixture.claimed(executor);
    try (FakeExecutor peer = fixture.peer(executor)) {
      peer.send(started(run));
      for (int i = 1; i <= 40; i++) {
        peer.send(batch(run, i, i + 1, line("x"), line("y")));
      }
      for (int i = 0; i <= 40; i++) {
        PublishEventsResponse answer = peer.answer();
        assertThat(answer.getStatus()).isEqualTo(Status.STATUS_OK);
        assertThat(answer.getAcked()).isEqualTo(at(i + 1));
        assertThat(answer.getLastSeq()).isEqualTo(2 + 2L * i);
      }
    }
  }

  @Test
  void aStaleAttempt_isRefusedAndWritesNothing() throws Exception {
    Run run = fixture.claimed(executor);
    ExecutorId stranger = fixture.executor();
    try (FakeExecutor peer = fixture.peer(executor);
        FakeExecutor other = fixture.peer(stranger)) {
      assertThat(peer.publish(started(run)).getStatus()).isEqualTo(Status.STATUS_OK);
      assertThat(other.publish(batch(run, 1, 2, line("forged"))).getStatus())
          .as("another executor")
          .isEqualTo(Status.STATUS_STALE);
      assertThat(other.publish(succeeded(run, 1)).getStatus()).isEqualTo(Status.STATUS_STALE);
      Run elsewhere = fixture.claimed(executor);
      Run mixed = run.toBuilder().setAttemptId(elsewhere.getAttemptId()).build();
      assertThat(peer.publish(batch(mixed, 1, 2, line("forged"))).getStatus())
          .as("the attempt of another run")
          .isEqualTo(Status.STATUS_STALE);
      Run nowhere = run.toBuilder().setId(run.getSessionId().replace("ses_", "run_")).build();
      assertThat(peer.publish(batch(nowhere, 1, 2, line("forged"))).getStatus())
          .isEqualTo(Status.STATUS_STALE);
    }
    assertThat(fixture.types(run)).containsExactly("run.created", "run.started");
    assertThat(fixture.get(run).getState()).isEqualTo(RunState.RUN_STATE_RUNNING);
  }

  @Test
  void whatCannotBeKept_becomesADroppedEvent_andTheBatchIsNotStuck() throws Exception {
    Run run = fixture.claimed(executor);
    try (FakeExecutor peer = fixture.peer(executor)) {
      assertThat(peer.publish(started(run)).getStatus()).isEqualTo(Status.STATUS_OK);
      PublishEventsRequest batch =
          batch(
              run,
              1,
              2,
              line("x".repeat(100_000)),
              AgentEvent.getDefaultInstance(),
              line("small\n"));
      assertThat(peer.publish(batch).getStatus()).isEqualTo(Status.STATUS_OK);
      PublishEventsRequest end = succeeded(run, 2);
      assertThat(
              peer.publish(
                      end.toBuilder()
                          .setEnd(
                              end.getEnd().toBuilder()
                                  .setEnd(
                                      end.getEnd().getEnd().toBuilder().setMessage("nul \0 here")))
                          .build())
                  .getSettled())
          .isTrue();
    }
    List<RunEvent> events = fixture.events(run);
    assertThat(events.get(2).getLog().getDroppedBytes())
        .as("the store has no bucket")
        .isEqualTo(100_000);
    assertThat(events.get(3).getWarning().getCode()).isEqualTo("EVENT_DROPPED");
    assertThat(text(events.get(4))).isEqualTo("small\n");
  }

  @Test
  void positionsThatMakeNoSense_endTheStream() throws Exception {
    Run run = fixture.claimed(executor);
    try (FakeExecutor peer = fixture.peer(executor)) {
      peer.send(batch(run, 4, 4, line("where?")));
      assertThat(peer.failure())
          .isInstanceOf(StatusRuntimeException.class)
          .hasMessageContaining("to");
    }
    try (FakeExecutor peer = fixture.peer(executor)) {
      peer.send(batch(run, 1, 2).toBuilder().setRunId("").build());
      assertThat(peer.failure()).as("refused before it is looked at").isNotNull();
    }
  }
}
