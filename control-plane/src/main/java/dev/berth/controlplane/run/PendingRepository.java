package dev.berth.controlplane.run;

import dev.berth.common.Id.RunId;
import jakarta.inject.Singleton;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/** Reads what keeps queued runs from starting, as it is now. */
@Singleton
final class PendingRepository {
  private static final String FACTS =
      """
      select r.id, r.not_before > clock_timestamp() as early, r.not_before, r.false_starts,
        (select h.id from run h where h.session_id = r.session_id
           and h.state in ('STARTING', 'RUNNING', 'WAITING')) as active,
        (select h.id from run h where h.session_id = r.session_id and h.state = 'QUEUED'
           and h.id < r.id order by h.id limit 1) as ahead,
        u.name as queue, u.max_concurrency,
        case when u.max_concurrency = 0 then 0 else
          (select count(*)::int from run a where a.queue_id = u.id
             and a.state in ('STARTING', 'RUNNING', 'WAITING')) end as busy,
        s.state as session_state, s.state_reason, s.state_message,
        s.desired = 'STOPPED' and not s.auto_resume as asleep,
        w.state as worker_state, e.name as executor,
        e.link_replica_id is not null and not e.expired as connected, e.ready, e.not_ready_reason
      from run r
      join queue u on u.id = r.queue_id
      join session s on s.id = r.session_id
      left join worker w on w.session_id = s.id
        and w.state in ('CREATING', 'PREPARING', 'READY', 'STOPPING')
      left join executor e on e.id = w.executor_id
      where r.id = any (?::uuid[])
      """;

  /**
   * What was read of one run. {@code executor} and what follows is of the session's worker and
   * empty where it has none.
   */
  record Facts(
      @Nullable String notBefore,
      int falseStarts,
      @Nullable RunId active,
      @Nullable RunId ahead,
      String queue,
      int maxConcurrency,
      int busy,
      String sessionState,
      boolean asleep,
      String sessionReason,
      String sessionMessage,
      @Nullable String workerState,
      @Nullable String executor,
      boolean connected,
      boolean ready,
      String notReadyReason) {}

  private final DSLContext sql;

  PendingRepository(DSLContext sql) {
    this.sql = sql;
  }

  Map<RunId, Facts> facts(Collection<RunId> runs) {
    UUID[] ids = runs.stream().map(RunId::value).toArray(UUID[]::new);
    Map<RunId, Facts> facts = new HashMap<>();
    for (Record row : sql.fetch(FACTS, (Object) ids)) {
      facts.put(new RunId(row.get("id", UUID.class)), facts(row));
    }
    return facts;
  }

  private static Facts facts(Record row) {
    return new Facts(
        isTrue(row, "early") ? row.get("not_before", java.time.Instant.class).toString() : null,
        row.get("false_starts", Integer.class),
        run(row, "active"),
        run(row, "ahead"),
        row.get("queue", String.class),
        row.get("max_concurrency", Integer.class),
        row.get("busy", Integer.class),
        row.get("session_state", String.class),
        isTrue(row, "asleep"),
        row.get("state_reason", String.class),
        row.get("state_message", String.class),
        row.get("worker_state", String.class),
        row.get("executor", String.class),
        isTrue(row, "connected"),
        isTrue(row, "ready"),
        row.get("executor") == null ? "" : row.get("not_ready_reason", String.class));
  }

  private static boolean isTrue(Record row, String column) {
    return Boolean.TRUE.equals(row.get(column, Boolean.class));
  }

  private static @Nullable RunId run(Record row, String column) {
    UUID id = row.get(column, UUID.class);
    return id == null ? null : new RunId(id);
  }
}
