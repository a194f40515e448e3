package dev.berth.controlplane.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.testsupport.BerthServer;
import dev.berth.v1.EventServiceGrpc;
import dev.berth.v1.ListEventsRequest;
import dev.berth.v1.WatchEventsRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The feed of a project, over gRPC and a real database. */
final class EventServiceTest {
  @RegisterExtension static final BerthServer berth = BerthServer.create().withoutReconcilers();

  private final EventServiceGrpc.EventServiceBlockingStub stub =
      EventServiceGrpc.newBlockingStub(berth.channel());

  private static NewEvent event(String resource) {
    return new NewEvent(
        berth.project(),
        "session.test",
        "session",
        resource,
        null,
        "Tested",
        Map.of("number", 7, "text", "a", "flag", true, "list", List.of("x")),
        Actor.system("test"),
        "");
  }

  private static void record(String resource) {
    berth.transactions().run(() -> berth.bean(EventService.class).record(event(resource)));
  }

  private List<String> read(String cursor, List<String> into, String like) {
    var page = stub.listEvents(ListEventsRequest.newBuilder().setAfterCursor(cursor).build());
    page.getEventsList().stream()
        .filter(e -> e.getResourceId().startsWith(like))
        .forEach(e -> into.add(e.getResourceId()));
    return List.of(page.getCursor());
  }

  @Test
  void record_outsideOfATransaction_isRefused() {
    assertThatThrownBy(() -> berth.bean(EventService.class).record(event("x")))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void list_showsWhatWasRecorded_withAttributesAndActor() {
    record("shown");
    var page = stub.listEvents(ListEventsRequest.getDefaultInstance());
    var event =
        page.getEventsList().stream()
            .filter(e -> e.getResourceId().equals("shown"))
            .findFirst()
            .orElseThrow();
    assertThat(event.getType()).isEqualTo("session.test");
    assertThat(event.getActor().getId()).isEqualTo("test");
    assertThat(event.getAttributes().getFieldsOrThrow("number").getNumberValue()).isEqualTo(7);
    assertThat(event.getAttributes().getFieldsOrThrow("flag").getBoolValue()).isTrue();
  }

  @Test
  void list_neverSkipsAnEventThatCommitsLate() throws Exception {
    String start = stub.listEvents(ListEventsRequest.getDefaultInstance()).getCursor();
    CountDownLatch recorded = new CountDownLatch(1);
    CountDownLatch commit = new CountDownLatch(1);
    Thread slow =
        Thread.ofVirtual()
            .start(() ->
                berth
                    .transactions()
                    .run(() -> {
                      berth.bean(EventService.class).record(event("late-1"));
                      recorded.countDown();
                      try {
                        commit.await();
                      } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                      }
                    }));
    recorded.await();
    record("late-2");
    List<String> seen = new ArrayList<>();
    String cursor = read(start, seen, "late-").getFirst();
    assertThat(seen).as("nothing shows while an older transaction is open").isEmpty();
    commit.countDown();
    slow.join();
    read(cursor, seen, "late-");
    assertThat(seen).containsExactly("late-1", "late-2");
  }

  @Test
  void list_pagesWithoutGapOrRepeat_andItsCursorNeverGoesBack() {
    for (int i = 0; i < 25; i++) {
      record("page-" + i);
    }
    List<String> seen = new ArrayList<>();
    String cursor = "";
    boolean more = true;
    while (more) {
      var page =
          stub.listEvents(
              ListEventsRequest.newBuilder().setAfterCursor(cursor).setPageSize(4).build());
      page.getEventsList().stream()
          .filter(e -> e.getResourceId().startsWith("page-"))
          .forEach(e -> seen.add(e.getResourceId()));
      cursor = page.getCursor();
      more = page.getMore();
    }
    assertThat(seen).hasSize(25).doesNotHaveDuplicates().startsWith("page-0").endsWith("page-24");
  }

  @Test
  void watch_sendsWhatIsThereAndWhatComes() {
    String start = stub.listEvents(ListEventsRequest.getDefaultInstance()).getCursor();
    record("watched-1");
    var stream = stub.watchEvents(WatchEventsRequest.newBuilder().setAfterCursor(start).build());
    List<String> seen = new ArrayList<>();
    var first = stream.next();
    assertThat(first.getEventsList()).isEmpty();
    assertThat(first.getCursor()).as("where it begins").isEqualTo(start);
    while (!seen.contains("watched-1")) {
      stream.next().getEventsList().forEach(e -> seen.add(e.getResourceId()));
    }
    record("watched-2");
    while (!seen.contains("watched-2")) {
      stream.next().getEventsList().forEach(e -> seen.add(e.getResourceId()));
    }
    assertThat(seen.indexOf("watched-2")).isGreaterThan(seen.indexOf("watched-1"));
  }

  @Test
  void aCursorThatIsNone_isRefusedWithTheFieldNamed_andOneAheadIsOutOfRange() {
    assertThatThrownBy(
            () -> stub.listEvents(ListEventsRequest.newBuilder().setAfterCursor("?").build()))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT))
        .hasMessageContaining("after_cursor");
    String ahead = new EventCursor(Long.MAX_VALUE / 2, 1).toString();
    assertThatThrownBy(
            () -> stub.listEvents(ListEventsRequest.newBuilder().setAfterCursor(ahead).build()))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.OUT_OF_RANGE));
  }

  @Test
  void anotherProject_seesNothing() {
    record("foreign");
    var other = EventServiceGrpc.newBlockingStub(berth.channel(berth.otherKey()));
    assertThat(other.listEvents(ListEventsRequest.getDefaultInstance()).getEventsList())
        .noneMatch(e -> e.getResourceId().equals("foreign"));
  }
}
