package dev.berth.controlplane.run;

import static dev.berth.sql.db.Tables.COPY;
import static dev.berth.sql.db.Tables.EXECUTOR;
import static dev.berth.sql.db.Tables.RUN;
import static dev.berth.sql.db.Tables.RUN_CURSOR;
import static dev.berth.sql.db.Tables.SESSION;
import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.PauseQueueRequest;
import dev.berth.v1.PendingReason;
import dev.berth.v1.Queue;
import dev.berth.v1.QueueSpec;
import dev.berth.v1.ResumeQueueRequest;
import dev.berth.v1.Run;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Which runs are claimed, and that each is once. */
final class DispatcherTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private final RunFixture fixture = new RunFixture(berth);
  private final ExecutorId executor = fixture.executor();

  private static String state(Run run) {
    return berth
        .sql()
        .select(RUN.STATE)
        .from(RUN)
        .where(RUN.ID.eq(RunFixture.id(run)))
        .fetchSingle(RUN.STATE);
  }

  @Test
  void claim_makesAnAttempt_andTheCopyDirtyBeforeAnythingStarts() {
    SessionId session = fixture.readySession(executor);
    Run run = fixture.create(session);
    fixture.dispatch();
    Run claimed = fixture.get(run);
    assertThat(claimed.getState()).isEqualTo(dev.berth.v1.RunState.RUN_STATE_STARTING);
    assertThat(claimed.getAttempt()).isEqualTo(1);
    assertThat(claimed.getAttemptId()).startsWith("att_");
    assertThat(claimed.getExecutorId()).isEqualTo(executor.toString());
    assertThat(claimed.getImageDigest()).isEqualTo("sha256:test");
    var copy = berth.sql().selectFrom(COPY).where(COPY.SESSION_ID.eq(session)).fetchSingle();
    assertThat(copy.getDirty()).isTrue();
    assertThat(copy.getDirtyVersion()).isEqualTo(1);
    assertThat(
            berth
                .sql()
                .selectFrom(RUN_CURSOR)
                .where(RUN_CURSOR.RUN_ID.eq(RunFixture.id(run)))
                .fetchSingle()
                .getAttemptId())
        .hasToString(claimed.getAttemptId());
    assertThat(
            berth
                .sql()
                .selectFrom(SESSION)
                .where(SESSION.ID.eq(session))
                .fetchSingle()
                .getActivityVersion())
        .as("counted at create and at claim")
        .isEqualTo(2);
  }

  @Test
  void claim_takesTheRunsOfASessionOneAtATime_oldestFirst() {
    SessionId session = fixture.readySession(executor);
    Run first = fixture.create(session);
    Run second = fixture.create(session);
    fixture.dispatch();
    fixture.dispatch();
    assertThat(state(first)).isEqualTo("STARTING");
    assertThat(state(second)).isEqualTo("QUEUED");
    Run waiting = fixture.get(second);
    assertThat(waiting.getPendingReason()).isEqualTo(PendingReason.PENDING_REASON_SESSION_BUSY);
    assertThat(waiting.getPendingMessage()).contains(first.getId());
  }

  @Test
  void claim_leavesRunsWhoseExecutorIsAwayOrNotReady_andSaysSo() {
    SessionId session = fixture.readySession(executor);
    Run run = fixture.create(session);
    berth.sql().update(EXECUTOR).setNull(EXECUTOR.LINK_REPLICA_ID).execute();
    fixture.dispatch();
    assertThat(fixture.get(run).getPendingReason())
        .isEqualTo(PendingReason.PENDING_REASON_NO_EXECUTOR);
    berth
        .sql()
        .update(EXECUTOR)
        .set(EXECUTOR.LINK_REPLICA_ID, new dev.berth.common.Id.ReplicaId(executor.value()))
        .set(EXECUTOR.READY, false)
        .set(EXECUTOR.NOT_READY_REASON, "the disk is full")
        .execute();
    fixture.dispatch();
    assertThat(fixture.get(run).getPendingReason())
        .isEqualTo(PendingReason.PENDING_REASON_NO_CAPACITY);
    assertThat(fixture.get(run).getPendingMessage()).contains("the disk is full");
    berth.sql().update(EXECUTOR).set(EXECUTOR.READY, true).execute();
    fixture.dispatch();
    assertThat(state(run)).isEqualTo("STARTING");
  }

  @Test
  void aRunOfASessionWithoutWorker_saysWhatPlacementSays() {
    SessionId session = fixture.session();
    Run run = fixture.create(session);
    assertThat(run.getPendingReason()).isEqualTo(PendingReason.PENDING_REASON_SESSION_BUSY);
    berth
        .sql()
        .update(SESSION)
        .set(SESSION.STATE_REASON, "NO_EXECUTOR")
        .set(SESSION.STATE_MESSAGE, "No executor carries gpu=yes.")
        .where(SESSION.ID.eq(session))
        .execute();
    assertThat(fixture.get(run).getPendingReason())
        .isEqualTo(PendingReason.PENDING_REASON_NO_EXECUTOR);
    assertThat(fixture.get(run).getPendingMessage()).isEqualTo("No executor carries gpu=yes.");
  }

  @Test
  void twoDispatchers_claimEachRunOnce() throws Exception {
    List<Run> runs = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      runs.add(fixture.create(fixture.readySession(executor)));
    }
    try (BerthServer replica = berth.replica();
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<List<Claim>>> passes = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        Dispatcher dispatcher = (i % 2 == 0 ? berth : replica).bean(Dispatcher.class);
        passes.add(dispatcher::claim);
      }
      List<String> claimed = new ArrayList<>();
      for (Future<List<Claim>> pass : threads.invokeAll(passes)) {
        pass.get().forEach(claim -> claimed.add(claim.run().toString()));
      }
      assertThat(claimed).doesNotHaveDuplicates();
      fixture.dispatch();
    }
    for (Run run : runs) {
      Run now = fixture.get(run);
      assertThat(now.getState()).isEqualTo(dev.berth.v1.RunState.RUN_STATE_STARTING);
      assertThat(now.getAttempt()).isEqualTo(1);
    }
  }

  @Test
  void theLimitOfAQueue_holdsAgainstDispatchersThatRace() throws Exception {
    fixture.queue("narrow", QueueSpec.newBuilder().setMaxConcurrency(3).build());
    List<Run> runs = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      CreateRunRequest request =
          fixture.request(fixture.readySession(executor)).toBuilder().setQueue("narrow").build();
      runs.add(fixture.stub().createRun(request).getRun());
    }
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Object>> passes = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        passes.add(() -> {
          fixture.dispatch();
          return true;
        });
      }
      for (Future<Object> pass : threads.invokeAll(passes)) {
        assertThat(pass.get()).isEqualTo(true);
      }
    }
    assertThat(runs.stream().filter(run -> state(run).equals("STARTING"))).hasSize(3);
    Run waiting = fixture.get(runs.getLast());
    assertThat(waiting.getPendingReason()).isEqualTo(PendingReason.PENDING_REASON_QUEUE_LIMIT);
  }

  @Test
  void waking_wakesASession_onceTheQueueOfItsRunIsResumed() {
    fixture.queue("held", QueueSpec.getDefaultInstance());
    pause("held", true);
    SessionId session = fixture.session();
    berth
        .sql()
        .update(SESSION)
        .set(SESSION.DESIRED, "STOPPED")
        .set(SESSION.STATE, "STOPPED")
        .where(SESSION.ID.eq(session))
        .execute();
    Run run =
        fixture
            .stub()
            .createRun(fixture.request(session).toBuilder().setQueue("held").build())
            .getRun();
    berth.bean(Waking.class).runOnce();
    assertThat(desired(session)).isEqualTo("STOPPED");
    pause("held", false);
    berth.bean(Waking.class).runOnce();
    assertThat(desired(session)).isEqualTo("ACTIVE");
    assertThat(state(run)).isEqualTo("QUEUED");
  }

  private void pause(String queue, boolean paused) {
    Queue now =
        paused
            ? fixture
                .queues()
                .pauseQueue(PauseQueueRequest.newBuilder().setQueue(queue).build())
                .getQueue()
            : fixture
                .queues()
                .resumeQueue(ResumeQueueRequest.newBuilder().setQueue(queue).build())
                .getQueue();
    assertThat(now.getPaused()).isEqualTo(paused);
  }

  private static String desired(SessionId session) {
    return berth.sql().selectFrom(SESSION).where(SESSION.ID.eq(session)).fetchSingle().getDesired();
  }
}
