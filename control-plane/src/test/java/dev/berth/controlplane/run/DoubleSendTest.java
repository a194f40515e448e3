package dev.berth.controlplane.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.Statuses;
import dev.berth.v1.ListRunsRequest;
import dev.berth.v1.OnBusy;
import dev.berth.v1.Run;
import dev.berth.v1.RunState;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a run does that comes while its session has another. */
final class DoubleSendTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private final RunFixture fixture = new RunFixture(berth);
  private final ExecutorId executor = fixture.executor();

  private Run create(SessionId session, OnBusy onBusy) {
    return fixture
        .stub()
        .createRun(fixture.request(session).toBuilder().setOnBusy(onBusy).build())
        .getRun();
  }

  private List<Run> open(SessionId session) {
    return fixture
        .stub()
        .listRuns(
            ListRunsRequest.newBuilder()
                .setSessionId(session.toString())
                .addStates(RunState.RUN_STATE_QUEUED)
                .addStates(RunState.RUN_STATE_STARTING)
                .build())
        .getRunsList();
  }

  @Test
  void reject_namesTheRunUnderWay_orElseTheFirstThatWaits() {
    SessionId session = fixture.readySession(executor);
    Run first = create(session, OnBusy.ON_BUSY_REJECT);
    refusedFor(session, first);
    fixture.dispatch();
    Run second = create(session, OnBusy.ON_BUSY_ENQUEUE);
    refusedFor(session, first);
    assertThat(open(session)).extracting(Run::getId).containsExactly(second.getId(), first.getId());
  }

  private void refusedFor(SessionId session, Run named) {
    var refused =
        catchThrowableOfType(
            StatusRuntimeException.class, () -> create(session, OnBusy.ON_BUSY_REJECT));
    assertThat(refused.getStatus().getCode()).isEqualTo(Code.FAILED_PRECONDITION);
    assertThat(Statuses.info(refused).orElseThrow().getReason()).isEqualTo("RUN_ACTIVE");
    assertThat(Statuses.info(refused).orElseThrow().getMetadataMap())
        .containsEntry("run_id", named.getId());
  }

  @Test
  void interrupt_endsWhatWaits_hasWhatRunsEnded_andGoesNext() {
    SessionId session = fixture.readySession(executor);
    Run active = fixture.create(session);
    fixture.dispatch();
    Run waiting = fixture.create(session);
    Run newer = create(session, OnBusy.ON_BUSY_INTERRUPT);
    assertThat(fixture.get(active).hasCancelRequestTime()).isTrue();
    Run replaced = fixture.get(waiting);
    assertThat(replaced.getState()).isEqualTo(RunState.RUN_STATE_CANCELED);
    assertThat(replaced.getEnd().getMessage()).contains("A newer run");
    fixture.dispatch();
    assertThat(fixture.get(newer).getState()).isEqualTo(RunState.RUN_STATE_QUEUED);
    assertThat(fixture.settleLost(fixture.get(active), EndReason.WORKER_LOST)).isTrue();
    fixture.dispatch();
    assertThat(fixture.get(active).getState()).isEqualTo(RunState.RUN_STATE_CANCELED);
    assertThat(fixture.get(newer).getState()).isEqualTo(RunState.RUN_STATE_STARTING);
  }

  @Test
  void rejectsThatRace_letOneIn_andInterruptsThatRace_leaveOne() throws Exception {
    SessionId session = fixture.session();
    assertThat(atOnce(session, OnBusy.ON_BUSY_REJECT)).isEqualTo(1);
    assertThat(open(session)).hasSize(1);
    assertThat(atOnce(session, OnBusy.ON_BUSY_INTERRUPT)).isEqualTo(16);
    assertThat(open(session)).hasSize(1);
  }

  /** How many of them were made. */
  private int atOnce(SessionId session, OnBusy onBusy) throws Exception {
    int made = 0;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Callable<Boolean> create =
          () -> {
            try {
              return !create(session, onBusy).getId().isEmpty();
            } catch (StatusRuntimeException e) {
              assertThat(e.getStatus().getCode()).isEqualTo(Code.FAILED_PRECONDITION);
              return false;
            }
          };
      for (Future<Boolean> each : threads.invokeAll(Collections.nCopies(16, create))) {
        made += each.get() ? 1 : 0;
      }
    }
    return made;
  }
}
