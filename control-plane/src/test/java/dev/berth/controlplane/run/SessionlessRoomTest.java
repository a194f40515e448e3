package dev.berth.controlplane.run;

import static dev.berth.controlplane.run.SessionlessPeer.succeeded;
import static dev.berth.controlplane.run.SessionlessPeer.unbegun;
import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.common.Id.ExecutorId;
import dev.berth.controlplane.platform.db.Transactions;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.executor.v1.StartRun;
import dev.berth.v1.CancelRunRequest;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.Run;
import dev.berth.v1.RunSpec;
import dev.berth.v1.RunState;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** When an executor has room for the next run without a session. */
final class SessionlessRoomTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private final RunFixture fixture = new RunFixture(berth);
  private final ExecutorId executor = fixture.executor();

  private SessionlessPeer connect(int atOnce) throws Exception {
    return new SessionlessPeer(fixture.channel(executor), executor, atOnce, List.of());
  }

  private List<Run> create(int count) {
    var request =
        CreateRunRequest.newBuilder().setSpec(RunSpec.newBuilder().setProvider("noop")).build();
    List<Run> runs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      runs.add(fixture.stub().createRun(request).getRun());
    }
    return runs;
  }

  @Test
  void itHasRoomOnceItSaysThatOneIsOver_beforeThatIsCommitted_butOnlyForAsManyAgain()
      throws Exception {
    try (var peer = connect(1)) {
      List<Run> runs = create(3);
      StartRun first = peer.start();
      StartRun second =
          berth
              .bean(Transactions.class)
              .call(() -> {
                var id = RunFixture.id(runs.getFirst());
                assertThat(berth.bean(RunRepository.class).lock(id)).isPresent();
                peer.say(List.of(succeeded(first)));
                StartRun next = next(peer);
                peer.say(List.of(succeeded(next)));
                assertThat(state(runs.getFirst())).isEqualTo(RunState.RUN_STATE_STARTING);
                assertThat(state(runs.getLast())).isEqualTo(RunState.RUN_STATE_QUEUED);
                return next;
              });
      assertThat(second.getRunId()).isEqualTo(runs.get(1).getId());
      assertThat(peer.ended(2))
          .containsExactlyInAnyOrder(first.getAttemptId(), second.getAttemptId());
      StartRun third = peer.start();
      assertThat(third.getRunId()).isEqualTo(runs.getLast().getId());
      assertThat(peer.succeed(List.of(third)).getEndedCount()).isEqualTo(1);
    }
  }

  @Test
  void oneThatCameBackWithLessRoom_isToldNoMoreAtOnceThanItTakes() throws Exception {
    List<StartRun> before;
    try (var peer = connect(3)) {
      create(3);
      before = peer.starts(3);
    }
    try (var peer = connect(1)) {
      for (StartRun expected : before) {
        assertThat(peer.start()).isEqualTo(expected);
        assertThat(peer.unexpected()).isEmpty();
        peer.succeed(List.of(expected));
      }
    }
  }

  /** How many it was told to begin that it had not ended, at most, as it ends what comes. */
  private int most(String... features) throws Exception {
    int most = 0;
    try (var peer =
        new SessionlessPeer(fixture.channel(executor), executor, 2, List.of(), List.of(features))) {
      create(60);
      for (int done = 0; done < 60; ) {
        List<StartRun> starts = new ArrayList<>(peer.starts(1));
        starts.addAll(peer.starts(peer.unexpected().size()));
        most = Math.max(most, starts.size());
        done += peer.succeed(starts).getEndedCount();
      }
    }
    return most;
  }

  @Test
  void oneThatKeepsThem_isGivenAhead_whereItEndsThemFast_andNoOther() throws Exception {
    assertThat(most()).isLessThanOrEqualTo(2);
    assertThat(most("ahead")).isGreaterThan(2);
  }

  @Test
  void oneThatIsGivenBack_waitsAgain_andHasUsedNoAttempt() throws Exception {
    try (var peer = connect(1)) {
      Run run = create(1).getFirst();
      StartRun first = peer.start();
      assertThat(peer.report(List.of(unbegun(first))).getEndedCount()).isEqualTo(1);
      StartRun second = peer.start();
      assertThat(second.getRunId()).isEqualTo(run.getId());
      assertThat(second.getAttemptId()).isNotEqualTo(first.getAttemptId());
      assertThat(peer.report(List.of(unbegun(first))).getStaleList())
          .as("told again")
          .containsExactly(first.getAttemptId());
      assertThat(peer.succeed(List.of(second)).getEndedCount()).isEqualTo(1);
      assertThat(fixture.types(run)).containsExactly("run.created", "run.started", "run.finished");
      assertThat(fixture.get(run).getAttempt()).isEqualTo(1);
    }
  }

  @Test
  void oneThatIsGivenBackWhileItIsCancelled_endsCancelled() throws Exception {
    try (var peer = connect(1)) {
      Run run = create(1).getFirst();
      StartRun start = peer.start();
      fixture.stub().cancelRun(CancelRunRequest.newBuilder().setRunId(run.getId()).build());
      assertThat(peer.stop().getAttemptId()).isEqualTo(start.getAttemptId());
      assertThat(peer.report(List.of(unbegun(start))).getEndedCount()).isEqualTo(1);
      assertThat(state(run)).isEqualTo(RunState.RUN_STATE_CANCELED);
    }
  }

  private static StartRun next(SessionlessPeer peer) {
    try {
      return peer.start();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private RunState state(Run run) {
    return fixture.get(run).getState();
  }
}
