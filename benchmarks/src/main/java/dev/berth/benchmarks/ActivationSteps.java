package dev.berth.benchmarks;

import com.google.protobuf.util.Timestamps;
import dev.berth.testing.stack.Client;
import dev.berth.v1.Event;
import dev.berth.v1.EventFilter;
import dev.berth.v1.ListEventsRequest;
import java.util.List;

/** Where an activation's time went, by the times of the facts in the session's history. */
final class ActivationSteps {
  private static final List<String> FACTS =
      List.of(
          "session.wished",
          "worker.creating",
          "worker.preparing",
          "worker.ready",
          "session.active");
  private static final List<String> WORDS =
      List.of(
          "wished to placed",
          "placed to begun by the agent: order",
          "begun to ready: disk, container, report",
          "ready to active");

  private ActivationSteps() {}

  /** The newest activation's. */
  static void add(Times times, Client client, String session, String kind) {
    List<Event> events =
        client
            .events()
            .listEvents(
                ListEventsRequest.newBuilder()
                    .setFilter(EventFilter.newBuilder().setSessionId(session))
                    .setPageSize(500)
                    .build())
            .getEventsList();
    for (int step = 0; step + 1 < FACTS.size(); step++) {
      long from = Timestamps.toMicros(last(events, FACTS.get(step)).getTime());
      long to = Timestamps.toMicros(last(events, FACTS.get(step + 1)).getTime());
      times.add("  " + kind + ": " + WORDS.get(step), (to - from) * 1000);
    }
  }

  private static Event last(List<Event> events, String type) {
    return events.stream()
        .filter(event -> event.getType().equals(type))
        .reduce((first, second) -> second)
        .orElseThrow();
  }
}
