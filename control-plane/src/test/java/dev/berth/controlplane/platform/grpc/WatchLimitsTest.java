package dev.berth.controlplane.platform.grpc;

import static dev.berth.controlplane.testsupport.Statuses.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.rpc.RetryInfo;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.Statuses;
import dev.berth.v1.CreateRunRequest;
import dev.berth.v1.CreateSessionRequest;
import dev.berth.v1.EventServiceGrpc;
import dev.berth.v1.RunServiceGrpc;
import dev.berth.v1.RunSpec;
import dev.berth.v1.SessionServiceGrpc;
import dev.berth.v1.WatchEventsRequest;
import dev.berth.v1.WatchRunRequest;
import dev.berth.v1.WatchSessionRequest;
import io.grpc.Channel;
import io.grpc.Context;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How many watches one project may have open, whatever it watches. */
final class WatchLimitsTest {
  @RegisterExtension
  static final BerthServer berth =
      BerthServer.create()
          .withoutReconcilers()
          .with("berth.watch.per-project", 2)
          .with("berth.watch.bookmark", "100ms");

  private final Channel channel = berth.channel();

  private void watchFeed(Channel by) {
    assertThat(
            EventServiceGrpc.newBlockingStub(by)
                .watchEvents(WatchEventsRequest.getDefaultInstance())
                .next()
                .getCursor())
        .isNotEmpty();
  }

  @Test
  void watchesBeyondTheLimit_areRefusedByName_withWhenToRetry_andOthersAreNot() {
    String session =
        SessionServiceGrpc.newBlockingStub(channel)
            .createSession(CreateSessionRequest.getDefaultInstance())
            .getSession()
            .getId();
    String run =
        RunServiceGrpc.newBlockingStub(channel)
            .createRun(
                CreateRunRequest.newBuilder()
                    .setSessionId(session)
                    .setSpec(RunSpec.newBuilder().addCommand("true"))
                    .build())
            .getRun()
            .getId();
    Runnable watchRun =
        () ->
            assertThat(
                    RunServiceGrpc.newBlockingStub(channel)
                        .watchRun(WatchRunRequest.newBuilder().setRunId(run).build())
                        .next()
                        .getHeadSeq())
                .isEqualTo(1);
    Runnable watchSession =
        () ->
            assertThat(
                    SessionServiceGrpc.newBlockingStub(channel)
                        .watchSession(
                            WatchSessionRequest.newBuilder().setSessionId(session).build())
                        .next()
                        .hasSession())
                .isTrue();
    try (Context.CancellableContext open = Context.current().withCancellation()) {
      open.run(watchRun);
      open.run(watchSession);
      var refused = refused(ErrorReason.WATCH_LIMIT, () -> watchFeed(channel));
      assertThat(Statuses.detail(refused, RetryInfo.class)).isPresent();
      refused(ErrorReason.WATCH_LIMIT, watchRun::run);
      refused(ErrorReason.WATCH_LIMIT, watchSession::run);
      watchFeed(berth.channel(berth.otherKey()));
      open.cancel(null);
    }
    await().until(() -> berth.bean(WatchLimits.class).open(berth.project()) == 0);
    watchFeed(channel);
  }
}
