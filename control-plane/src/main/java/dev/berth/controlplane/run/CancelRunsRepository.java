package dev.berth.controlplane.run;

import static dev.berth.sql.db.Tables.QUEUE;
import static dev.berth.sql.db.Tables.RUN;

import dev.berth.common.Id.RunId;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;

/** Which runs can be cancelled. */
@Singleton
final class CancelRunsRepository {
  private final DSLContext sql;

  CancelRunsRepository(DSLContext sql) {
    this.sql = sql;
  }

  /**
   * Those of the filter that wait or are under way and that nobody has cancelled: the waiting ones
   * first, the oldest first of each. By queues, whose indices hold no run that has ended.
   */
  List<RunId> cancellable(RunFilter filter, int limit) {
    List<RunId> found = new ArrayList<>();
    for (List<String> states :
        List.of(List.of("QUEUED"), List.of("STARTING", "RUNNING", "WAITING"))) {
      List<String> wanted =
          filter.states().isEmpty()
              ? states
              : states.stream()
                  .filter(state -> filter.states().contains(RunState.valueOf(state)))
                  .toList();
      var queues =
          DSL.select(QUEUE.ID)
              .from(QUEUE)
              .where(QUEUE.PROJECT_ID.eq(filter.projectId()))
              .and(filter.queueId() == null ? DSL.noCondition() : QUEUE.ID.eq(filter.queueId()));
      if (!wanted.isEmpty()) {
        found.addAll(
            sql.select(RUN.ID)
                .from(RUN)
                .where(RUN.QUEUE_ID.in(queues))
                .and(RUN.STATE.in(wanted))
                .and(RUN.CANCEL_REQUESTED_AT.isNull())
                .and(RunRepository.narrowed(filter))
                .orderBy(RUN.ID)
                .limit(limit - found.size())
                .fetch(RUN.ID));
      }
    }
    return found;
  }
}
