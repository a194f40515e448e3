package dev.berth.controlplane.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.v1.CancelRunsRequest;
import dev.berth.v1.CancelRunsResponse;
import dev.berth.v1.ListRunsRequest;
import dev.berth.v1.Run;
import dev.berth.v1.RunState;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Many runs cancelled at once. */
final class CancelRunsTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private final RunFixture fixture = new RunFixture(berth);
  private final ExecutorId executor = fixture.executor();

  private Run labelled(SessionId session, String team) {
    return fixture
        .stub()
        .createRun(fixture.request(session).toBuilder().putLabels("team", team).build())
        .getRun();
  }

  private CancelRunsResponse cancel(CancelRunsRequest.Builder request) {
    return fixture.stub().cancelRuns(request.build());
  }

  @Test
  void theFilter_narrows_whatWaitsEnds_whatIsUnderWayIsBeingEnded() {
    SessionId session = fixture.readySession(executor);
    Run active = labelled(session, "a");
    fixture.dispatch();
    Run waiting = labelled(session, "a");
    Run otherTeam = labelled(session, "b");
    Run otherSession = labelled(fixture.session(), "a");
    CancelRunsResponse answer =
        cancel(
            CancelRunsRequest.newBuilder()
                .setSessionId(session.toString())
                .setQueue("default")
                .putLabels("team", "a"));
    assertThat(answer)
        .isEqualTo(CancelRunsResponse.newBuilder().setCanceled(1).setCanceling(1).build());
    assertThat(fixture.get(waiting).getState()).isEqualTo(RunState.RUN_STATE_CANCELED);
    assertThat(fixture.get(active).hasCancelRequestTime()).isTrue();
    assertThat(fixture.get(otherTeam).getState()).isEqualTo(RunState.RUN_STATE_QUEUED);
    assertThat(fixture.get(otherSession).getState()).isEqualTo(RunState.RUN_STATE_QUEUED);

    assertThat(cancel(CancelRunsRequest.newBuilder().setSessionId(session.toString())))
        .isEqualTo(CancelRunsResponse.newBuilder().setCanceled(1).build());
  }

  @Test
  void statesNarrowToo_andNothingNamed_orAnEndedState_isRefused() {
    SessionId session = fixture.readySession(executor);
    Run active = fixture.create(session);
    fixture.dispatch();
    Run waiting = fixture.create(session);
    CancelRunsResponse answer =
        cancel(
            CancelRunsRequest.newBuilder()
                .setSessionId(session.toString())
                .addStates(RunState.RUN_STATE_QUEUED));
    assertThat(answer.getCanceled()).isEqualTo(1);
    assertThat(fixture.get(waiting).getState()).isEqualTo(RunState.RUN_STATE_CANCELED);
    assertThat(fixture.get(active).hasCancelRequestTime()).isFalse();
    for (var request :
        List.of(
            CancelRunsRequest.newBuilder(),
            CancelRunsRequest.newBuilder().addStates(RunState.RUN_STATE_FAILED))) {
      var refused = catchThrowableOfType(StatusRuntimeException.class, () -> cancel(request));
      assertThat(refused.getStatus().getCode()).isEqualTo(Code.INVALID_ARGUMENT);
    }
  }

  @Test
  void moreThanACallTakes_isLeft_andSaid() {
    SessionId session = fixture.session();
    Run first = labelled(session, "many");
    berth
        .sql()
        .execute(
            """
            with copies as (
              insert into run select (json_populate_record(r, json_build_object('id', gen_random_uuid(), 'next', false))).*
              from run r, generate_series(1, ?) where r.id = ? returning id)
            insert into run_cursor (run_id) select id from copies
            """,
            CancelRunsService.MOST,
            RunFixture.id(first).value());
    var many = CancelRunsRequest.newBuilder().putLabels("team", "many");
    assertThat(cancel(many))
        .isEqualTo(
            CancelRunsResponse.newBuilder()
                .setCanceled(CancelRunsService.MOST)
                .setMore(true)
                .build());
    assertThat(cancel(many)).isEqualTo(CancelRunsResponse.newBuilder().setCanceled(1).build());
    assertThat(cancel(many)).isEqualTo(CancelRunsResponse.getDefaultInstance());
  }

  @Test
  void cancelsOfManySessions_settlesAndCreatesThatRace_leaveEachRunOneEnd() throws Exception {
    List<Run> runs = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      SessionId session = fixture.readySession(executor);
      runs.add(labelled(session, "race"));
      runs.add(labelled(session, "race"));
    }
    fixture.dispatch();
    try (var threads = Executors.newFixedThreadPool(6)) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        all.add(
            threads.submit(() -> cancel(CancelRunsRequest.newBuilder().putLabels("team", "race"))));
      }
      for (Run run : runs) {
        all.add(threads.submit(() -> lose(run)));
      }
      for (Future<?> each : all) {
        assertThat(each.get()).isNotNull();
      }
    }
    runs.forEach(this::lose);
    for (Run run : runs) {
      Run now = fixture.get(run);
      assertThat(now.getState()).isIn(RunState.RUN_STATE_CANCELED, RunState.RUN_STATE_FAILED);
      assertThat(fixture.types(run)).filteredOn("run.finished"::equals).hasSize(1);
    }
    assertThat(
            fixture
                .stub()
                .listRuns(
                    ListRunsRequest.newBuilder()
                        .putLabels("team", "race")
                        .addStates(RunState.RUN_STATE_QUEUED)
                        .build())
                .getRunsCount())
        .isZero();
  }

  /** Settles its attempt where one is under way. */
  private boolean lose(Run run) {
    Run now = fixture.get(run);
    return !now.getAttemptId().isEmpty() && fixture.settleLost(now, EndReason.EXECUTOR_LOST);
  }
}
