package dev.berth.controlplane.run;

import static dev.berth.controlplane.run.FakeExecutor.batch;
import static dev.berth.controlplane.run.FakeExecutor.line;
import static dev.berth.controlplane.run.FakeExecutor.started;
import static dev.berth.controlplane.run.FakeExecutor.succeeded;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.berth.common.Id.ExecutorId;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.executor.v1.AgentEvent;
import dev.berth.executor.v1.PublishEventsResponse.Status;
import dev.berth.v1.Run;
import dev.berth.v1.RunEvent;
import dev.berth.v1.RunServiceGrpc;
import dev.berth.v1.WatchRunRequest;
import dev.berth.v1.WatchRunResponse;
import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What those who watch a run are shown. */
final class WatchRunTest {
  @RegisterExtension
  static final BerthServer berth =
      BerthServer.create()
          .withoutReconcilers()
          .with("berth.watch.slow", "700ms")
          .with("berth.watch.bookmark", "300ms");

  private final RunFixture fixture = new RunFixture(berth);
  private final ExecutorId executor = fixture.executor();

  private static WatchRunRequest request(Run run, long after) {
    return WatchRunRequest.newBuilder().setRunId(run.getId()).setAfterSeq(after).build();
  }

  private static List<RunEvent> all(Iterator<WatchRunResponse> stream) {
    List<RunEvent> events = new ArrayList<>();
    stream.forEachRemaining(answer -> events.addAll(answer.getEventsList()));
    return events;
  }

  private static AgentEvent[] lines(int count, String text) {
    AgentEvent[] lines = new AgentEvent[count];
    Arrays.fill(lines, line(text));
    return lines;
  }

  private static void assertContiguous(List<RunEvent> events, long first, long last) {
    assertThat(events).hasSize((int) (last - first + 1));
    for (int i = 0; i < events.size(); i++) {
      assertThat(events.get(i).getSeq()).isEqualTo(first + i);
    }
  }

  @Test
  void aWatcherOnAnotherReplica_seesEveryEventOnceInOrder_whatWasAndWhatComes() throws Exception {
    Run run = fixture.claimed(executor);
    try (BerthServer replica = berth.replica();
        FakeExecutor peer = fixture.peer(executor)) {
      assertThat(peer.publish(started(run)).getStatus()).isEqualTo(Status.STATUS_OK);
      assertThat(peer.publish(batch(run, 1, 2, lines(100, "old\n"))).getLastSeq()).isEqualTo(102);
      var here = CompletableFuture.supplyAsync(() -> all(fixture.stub().watchRun(request(run, 0))));
      var there =
          CompletableFuture.supplyAsync(() ->
              all(RunServiceGrpc.newBlockingStub(replica.channel()).watchRun(request(run, 0))));
      for (int i = 2; i < 102; i++) {
        assertThat(peer.publish(batch(run, i, i + 1, lines(30, "new\n"))).getStatus())
            .isEqualTo(Status.STATUS_OK);
      }
      assertThat(peer.publish(succeeded(run, 102)).getLastSeq()).isEqualTo(3103);
      assertContiguous(here.get(20, TimeUnit.SECONDS), 1, 3103);
      assertContiguous(there.get(20, TimeUnit.SECONDS), 1, 3103);
    }
    assertContiguous(all(fixture.stub().watchRun(request(run, 0))), 1, 3103);
    assertContiguous(all(fixture.stub().watchRun(request(run, 3000))), 3001, 3103);
    await().until(() -> berth.bean(RunTails.class).size() == 0);
  }

  @Test
  void eventsThatCameOneByOne_goTogetherToWhoIsBehind() throws Exception {
    Run run = fixture.claimed(executor);
    try (FakeExecutor peer = fixture.peer(executor)) {
      assertThat(peer.publish(started(run)).getStatus()).isEqualTo(Status.STATUS_OK);
      Iterator<WatchRunResponse> first = fixture.stub().watchRun(request(run, 0));
      for (long i = 1; i <= 30; i++) {
        assertThat(peer.publish(batch(run, i, i + 1, lines(1, "new\n"))).getLastSeq())
            .isEqualTo(i + 2);
        while (first.next().getExaminedSeq() < i + 2) {}
      }
      Iterator<WatchRunResponse> later = fixture.stub().watchRun(request(run, 1));
      assertContiguous(later.next().getEventsList(), 2, 32);
      assertThat(peer.publish(succeeded(run, 31)).getSettled()).isTrue();
      assertContiguous(all(first), 33, 33);
      assertContiguous(all(later), 33, 33);
    }
  }

  @Test
  void aReplicaWhoseListeningConnectionsAreCut_seesEveryEvent_andNothingTwice() throws Exception {
    Run run = fixture.claimed(executor);
    try (BerthServer replica = berth.replica();
        FakeExecutor peer = fixture.peer(executor)) {
      assertThat(peer.publish(started(run)).getStatus()).isEqualTo(Status.STATUS_OK);
      var there =
          CompletableFuture.supplyAsync(() ->
              all(RunServiceGrpc.newBlockingStub(replica.channel()).watchRun(request(run, 0))));
      for (int i = 1; i < 101; i++) {
        if (i % 25 == 0) {
          berth
              .sql()
              .fetch(
                  "select pg_terminate_backend(pid)::text from pg_stat_activity"
                      + " where application_name = 'berth-notifications'");
        }
        assertThat(peer.publish(batch(run, i, i + 1, lines(3, "x\n"))).getStatus())
            .isEqualTo(Status.STATUS_OK);
      }
      assertThat(peer.publish(succeeded(run, 101)).getSettled()).isTrue();
      assertContiguous(there.get(20, TimeUnit.SECONDS), 1, 303);
    }
  }

  @Test
  void anEventThatNobodyWasToldOf_isSeenAnIntervalLater() throws Exception {
    Run run = fixture.claimed(executor);
    try (BerthServer replica = berth.replica();
        FakeExecutor peer = fixture.peer(executor)) {
      assertThat(peer.publish(started(run)).getStatus()).isEqualTo(Status.STATUS_OK);
      Iterator<WatchRunResponse> stream =
          RunServiceGrpc.newBlockingStub(replica.channel()).watchRun(request(run, 0));
      assertThat(stream.next().getEventsCount()).isEqualTo(2);
      // As if the notification were lost: the row alone.
      long from = System.nanoTime();
      assertThat(
              berth
                  .bean(RunEventRepository.class)
                  .append(
                      PublishProtoMapper.batch(
                          executor, batch(run, 1, 2, line("quiet\n")), Clock.systemUTC())))
          .hasValue(3);
      WatchRunResponse answer = stream.next();
      while (answer.getEventsCount() == 0) {
        answer = stream.next();
      }
      assertThat(answer.getExaminedSeq()).isEqualTo(3);
      assertThat(Duration.ofNanos(System.nanoTime() - from)).isLessThan(Duration.ofSeconds(5));
    }
  }

  @Test
  void afterTheLastEvent_theStreamEndsWithoutEvents_andBeyondItIsOutOfRange() throws Exception {
    Run run = fixture.claimed(executor);
    try (FakeExecutor peer = fixture.peer(executor)) {
      assertThat(peer.publish(started(run)).getStatus()).isEqualTo(Status.STATUS_OK);
      assertThat(peer.publish(succeeded(run, 1)).getSettled()).isTrue();
    }
    List<WatchRunResponse> answers = new ArrayList<>();
    fixture.stub().watchRun(request(run, 3)).forEachRemaining(answers::add);
    assertThat(answers).hasSize(1);
    assertThat(answers.getFirst().getExaminedSeq()).isEqualTo(3);
    try {
      fixture.stub().watchRun(request(run, 4)).next();
      throw new AssertionError("a cursor ahead was taken");
    } catch (StatusRuntimeException e) {
      assertThat(e.getStatus().getCode()).isEqualTo(io.grpc.Status.Code.OUT_OF_RANGE);
      assertThat(info(e)).contains("CURSOR_OUT_OF_RANGE", "head_seq", "oldest_seq");
    }
  }

  @Test
  void filters_neverSkipExaminedSeq_andBookmarksComeWithoutEvents() throws Exception {
    Run run = fixture.claimed(executor);
    try (FakeExecutor peer = fixture.peer(executor)) {
      assertThat(peer.publish(started(run)).getStatus()).isEqualTo(Status.STATUS_OK);
      assertThat(peer.publish(batch(run, 1, 2, lines(5, "x\n"))).getStatus())
          .isEqualTo(Status.STATUS_OK);
      Iterator<WatchRunResponse> stream =
          fixture.stub().watchRun(request(run, 0).toBuilder().addTypes("run.finished").build());
      WatchRunResponse bookmark = stream.next();
      assertThat(bookmark.getEventsList()).isEmpty();
      assertThat(bookmark.getExaminedSeq()).isEqualTo(7);
      assertThat(peer.publish(succeeded(run, 2)).getSettled()).isTrue();
      List<RunEvent> events = all(stream);
      assertThat(events).hasSize(1);
      assertThat(events.getFirst().getSeq()).isEqualTo(8);
    }
  }

  @Test
  void aWatcherThatGoesAway_isNoticed_andItsReaderEnds() throws Exception {
    Run run = fixture.claimed(executor);
    try (Context.CancellableContext context = Context.current().withCancellation()) {
      context.run(() -> {
        Iterator<WatchRunResponse> stream = fixture.stub().watchRun(request(run, 0));
        assertThat(stream.next().getEventsList()).hasSize(1);
      });
      assertThat(berth.bean(RunTails.class).size()).isEqualTo(1);
      context.cancel(null);
      await().until(() -> berth.bean(RunTails.class).size() == 0);
    }
    assertThat(fixture.get(run).hasCancelRequestTime()).as("disconnecting never cancels").isFalse();
  }

  @Test
  void aSlowWatcher_costsOneMessage_andIsCutWithWhereToResume() throws Exception {
    Run run = fixture.claimed(executor);
    String text = "x".repeat(16_000);
    try (FakeExecutor peer = fixture.peer(executor)) {
      assertThat(peer.publish(started(run)).getStatus()).isEqualTo(Status.STATUS_OK);
      SlowReader reader = new SlowReader();
      RunServiceGrpc.newStub(berth.channel()).watchRun(request(run, 0), reader);
      for (int i = 1; i <= 20; i++) {
        assertThat(peer.publish(batch(run, i, i + 1, lines(60, text))).getStatus())
            .isEqualTo(Status.STATUS_OK);
      }
      await().until(() -> berth.bean(RunTails.class).size() == 0);
      reader.readAll();
      StatusRuntimeException cut = reader.failure.get(20, TimeUnit.SECONDS);
      assertThat(cut.getStatus().getCode()).isEqualTo(io.grpc.Status.Code.UNAVAILABLE);
      assertThat(info(cut)).contains("WATCH_TOO_SLOW", "next_seq");
      assertThat(reader.bytes).as("what waited in the transport").isLessThan(2 << 20);
      long next =
          Long.parseLong(info(cut).replaceAll("(?s).*next_seq\"\\s*value: \"(\\d+)\".*", "$1"));
      assertThat(next).isEqualTo(reader.examined + 1);
    }
  }

  /** Takes nothing until it is told to read all. */
  private static final class SlowReader
      implements ClientResponseObserver<WatchRunRequest, WatchRunResponse> {
    final CompletableFuture<StatusRuntimeException> failure = new CompletableFuture<>();
    private final CompletableFuture<ClientCallStreamObserver<WatchRunRequest>> call =
        new CompletableFuture<>();
    volatile long bytes;
    volatile long examined;

    @Override
    public void beforeStart(ClientCallStreamObserver<WatchRunRequest> call) {
      call.disableAutoRequestWithInitial(0);
      this.call.complete(call);
    }

    void readAll() {
      call.join().request(Integer.MAX_VALUE);
    }

    @Override
    public void onNext(WatchRunResponse answer) {
      bytes += answer.getSerializedSize();
      examined = answer.getExaminedSeq();
    }

    @Override
    public void onError(Throwable t) {
      failure.complete((StatusRuntimeException) t);
    }

    @Override
    public void onCompleted() {
      failure.completeExceptionally(new AssertionError("completed"));
    }
  }

  private static String info(StatusRuntimeException e) throws Exception {
    var status = StatusProto.fromThrowable(e);
    assertThat(status).isNotNull();
    StringBuilder text = new StringBuilder();
    for (var detail : status.getDetailsList()) {
      if (detail.is(com.google.rpc.ErrorInfo.class)) {
        text.append(detail.unpack(com.google.rpc.ErrorInfo.class));
      }
    }
    return text.toString();
  }
}
