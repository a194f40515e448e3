package dev.berth.executor.worker;

import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.WorkerId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** All slots of this executor; one a session, made when first spoken of and kept. */
final class Slots {

  private final Reports reports;
  private final Map<SessionId, Slot> slots = new ConcurrentHashMap<>();

  Slots(Reports reports) {
    this.reports = reports;
  }

  Slot of(SessionId session) {
    return slots.computeIfAbsent(session, s -> new Slot(s, reports));
  }

  Optional<Slot> serving(WorkerId worker) {
    return slots.values().stream().filter(slot -> slot.serves(worker)).findAny();
  }

  List<Slot> all() {
    return List.copyOf(slots.values());
  }
}
