package dev.berth.controlplane.run;

import jakarta.inject.Singleton;
import java.util.List;
import java.util.Set;

/** Pages of a run's events. */
@Singleton
class RunHistory {
  private final RunEventRepository events;

  RunHistory(RunEventRepository events) {
    this.events = events;
  }

  /** Events that were asked for, how far was looked, and the newest there is. */
  record Page(List<RunEventRow> events, long examinedSeq, long headSeq) {}

  /**
   * Looks at up to {@code limit} events behind {@code afterSeq}, and at most half a mebibyte of
   * them; keeps those of the types, or all where there are none. OUT_OF_RANGE where nothing is
   * behind.
   */
  Page read(Run run, long afterSeq, int limit, Set<String> types) {
    if (afterSeq > run.lastSeq()) {
      throw RunErrors.cursorOutOfRange(run.lastSeq());
    }
    List<RunEventRow> rows = events.read(run.id(), afterSeq, limit);
    long examined = rows.isEmpty() ? afterSeq : rows.getLast().seq();
    List<RunEventRow> kept =
        rows.stream().filter(row -> types.isEmpty() || types.contains(row.type())).toList();
    return new Page(kept, examined, Math.max(run.lastSeq(), examined));
  }
}
