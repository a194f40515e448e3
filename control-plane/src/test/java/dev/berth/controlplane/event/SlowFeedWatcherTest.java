package dev.berth.controlplane.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.errors.ErrorReason;
import dev.berth.controlplane.platform.grpc.WatchLimits;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.controlplane.testsupport.Statuses;
import dev.berth.v1.EventServiceGrpc;
import dev.berth.v1.ListEventsRequest;
import dev.berth.v1.WatchEventsRequest;
import dev.berth.v1.WatchEventsResponse;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who reads a feed too slowly is cut, and told where to go on. */
final class SlowFeedWatcherTest {
  private static final int EVENTS = 1_000;

  @RegisterExtension
  static final BerthServer berth =
      BerthServer.create().withoutReconcilers().with("berth.watch.slow", "500ms");

  private static void record(String text, int number) {
    berth
        .bean(EventService.class)
        .record(
            new NewEvent(
                berth.project(),
                "session.test",
                "session",
                Integer.toString(number),
                null,
                text,
                Map.of(),
                Actor.system("test"),
                ""));
  }

  @Test
  void itIsCut_withTheCursorOfTheLastAnswerItWasSent_soThatNothingIsSkipped() throws Exception {
    String text = "x".repeat(8_000);
    berth
        .transactions()
        .run(() -> {
          for (int i = 0; i < EVENTS; i++) {
            record(text, i);
          }
        });
    var reader = new SlowReader();
    EventServiceGrpc.newStub(berth.channel())
        .watchEvents(WatchEventsRequest.newBuilder().setAfterCursor("start").build(), reader);
    WatchLimits watches = berth.bean(WatchLimits.class);
    await().atMost(1, TimeUnit.MINUTES).until(() -> !reader.cursor.isEmpty());
    await().until(() -> watches.open(berth.project()) == 0);
    reader.readAll();
    StatusRuntimeException cut = reader.end.get(20, TimeUnit.SECONDS);
    var info = Statuses.info(cut).orElseThrow();
    assertThat(info.getReason()).isEqualTo(ErrorReason.WATCH_TOO_SLOW.name());
    assertThat(info.getMetadataMap()).containsEntry("next_cursor", reader.cursor);
    assertThat(reader.seen).isLessThan(EVENTS);

    int seen = reader.seen;
    String cursor = reader.cursor;
    boolean more = true;
    while (more) {
      var page =
          EventServiceGrpc.newBlockingStub(berth.channel())
              .listEvents(
                  ListEventsRequest.newBuilder().setAfterCursor(cursor).setPageSize(100).build());
      seen += page.getEventsCount();
      cursor = page.getCursor();
      more = page.getMore();
    }
    assertThat(seen).isEqualTo(EVENTS);
  }

  /** Takes one answer, and nothing more until it is told to read all. */
  private static final class SlowReader
      implements ClientResponseObserver<WatchEventsRequest, WatchEventsResponse> {
    final CompletableFuture<StatusRuntimeException> end = new CompletableFuture<>();
    private final CompletableFuture<ClientCallStreamObserver<WatchEventsRequest>> call =
        new CompletableFuture<>();
    volatile int seen;
    volatile String cursor = "";

    @Override
    public void beforeStart(ClientCallStreamObserver<WatchEventsRequest> started) {
      started.disableAutoRequestWithInitial(1);
      call.complete(started);
    }

    void readAll() {
      call.join().request(Integer.MAX_VALUE);
    }

    @Override
    public void onNext(WatchEventsResponse answer) {
      seen += answer.getEventsCount();
      cursor = answer.getCursor();
    }

    @Override
    public void onError(Throwable failure) {
      end.complete((StatusRuntimeException) failure);
    }

    @Override
    public void onCompleted() {
      end.completeExceptionally(new AssertionError("ended in order"));
    }
  }
}
