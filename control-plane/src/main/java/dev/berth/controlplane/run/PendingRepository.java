package dev.berth.controlplane.run;

import dev.berth.common.Id.RunId;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
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
      select r.id, r.not_before > clock_timestamp() as early, r.not_before, r.attempt, r.false_starts,
        r.admitted,
        (select h.id from run h where h.session_id = r.session_id
           and h.state in ('STARTING', 'RUNNING', 'WAITING')) as active,
        (select h.id from run h where h.session_id = r.session_id
           and h.state = 'QUEUED' and h.next and h.id <> r.id) as ahead,
        u.name as queue, u.paused, u.bounded,
        u.max_concurrency, case when u.max_concurrency = 0 then 0 else
          (select count(*)::int from run a where a.queue_id = u.id
             and a.state in ('STARTING', 'RUNNING', 'WAITING')) end as busy,
        u.rate_tokens, extract(epoch from u.rate_period)::bigint as rate_period,
        case when u.rate_tokens = 0 then 0 else
          (select count(*)::int from queue_start t where t.queue_id = u.id
             and t.time > clock_timestamp() - u.rate_period) end as started,
        r.queue_key, u.max_concurrency_per_key,
        case when u.max_concurrency_per_key = 0 then 0 else
          (select count(*)::int from run a where a.queue_id = u.id and a.queue_key = r.queue_key
             and a.state in ('STARTING', 'RUNNING', 'WAITING')) end as key_busy,
        u.key_rate_tokens, extract(epoch from u.key_rate_period)::bigint as key_rate_period,
        case when u.key_rate_tokens = 0 then 0 else
          (select count(*)::int from queue_start t where t.queue_id = u.id and t.queue_key = r.queue_key
             and t.time > clock_timestamp() - u.key_rate_period) end as key_started,
        coalesce(s.state_reason, case when t.takers = 0 then 'NO_EXECUTOR' else 'NO_CAPACITY' end) as state_reason,
        coalesce(s.state_message, case
          when t.takers = 0 then 'No executor that has the provider ' || r.provider || ' is connected and ready.'
          when t.free = 0 then 'Each executor that has the provider ' || r.provider || ' runs as many as it takes.'
          else 'An executor has room; the run is about to start.' end) as state_message,
        s.desired = 'STOPPED' and not s.auto_resume and not s.throwaway as asleep,
        w.state as worker_state, e.name as executor,
        e.link_replica_id is not null and not e.expired as connected, e.ready, e.not_ready_reason
      from run r
      join queue u on u.id = r.queue_id
      left join session s on s.id = r.session_id
      cross join lateral (
        select count(*) as takers, count(*) filter (where x.sessionless_runs > (
            select count(*) from run a where a.executor_id = x.id and a.session_id is null
              and a.state in ('STARTING', 'RUNNING', 'WAITING'))) as free
        from executor x
        where r.session_id is null and x.project_id = r.project_id
          and r.provider = any (x.sessionless_providers) and x.sessionless_runs > 0
          and x.link_replica_id is not null and x.ready and not x.expired and x.state = 'ACTIVE') t
      left join worker w on w.session_id = s.id
        and w.state in ('CREATING', 'PREPARING', 'READY', 'STOPPING')
      left join executor e on e.id = w.executor_id
      where r.id = any (?::uuid[])
      """;

  /** What was read of one run; {@code notBefore} is null where that has come. */
  record Facts(
      @Nullable String notBefore,
      int attempts,
      int falseStarts,
      @Nullable RunId active,
      @Nullable RunId ahead,
      InQueue queue,
      InSession session) {}

  /** What bounds its queue, and its key in that. */
  record InQueue(
      String name, boolean paused, boolean admits, Bound queue, String key, Bound ofKey) {}

  /** Limits of runs under way and of starts within a time, and how far they are used; 0 is none. */
  record Bound(int concurrency, int busy, int rate, Duration period, int started) {
    boolean full() {
      return concurrency > 0 && busy >= concurrency;
    }

    boolean spent() {
      return rate > 0 && started >= rate;
    }
  }

  /** {@code executor} and what follows is of the session's worker and empty where it has none. */
  record InSession(
      boolean asleep,
      String reason,
      String message,
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
        isTrue(row, "early") ? row.get("not_before", Instant.class).toString() : null,
        row.get("attempt", Integer.class),
        row.get("false_starts", Integer.class),
        run(row, "active"),
        run(row, "ahead"),
        new InQueue(
            row.get("queue", String.class),
            isTrue(row, "paused"),
            !isTrue(row, "bounded") || isTrue(row, "admitted"),
            bound(row, "max_concurrency", "busy", "rate", "started"),
            row.get("queue_key", String.class),
            bound(row, "max_concurrency_per_key", "key_busy", "key_rate", "key_started")),
        new InSession(
            isTrue(row, "asleep"),
            row.get("state_reason", String.class),
            row.get("state_message", String.class),
            row.get("worker_state", String.class),
            row.get("executor", String.class),
            isTrue(row, "connected"),
            isTrue(row, "ready"),
            row.get("executor") == null ? "" : row.get("not_ready_reason", String.class)));
  }

  private static Bound bound(
      Record row, String concurrency, String busy, String rate, String started) {
    return new Bound(
        row.get(concurrency, Integer.class),
        row.get(busy, Integer.class),
        row.get(rate + "_tokens", Integer.class),
        Duration.ofSeconds(row.get(rate + "_period", Long.class)),
        row.get(started, Integer.class));
  }

  private static boolean isTrue(Record row, String column) {
    return Boolean.TRUE.equals(row.get(column, Boolean.class));
  }

  private static @Nullable RunId run(Record row, String column) {
    UUID id = row.get(column, UUID.class);
    return id == null ? null : new RunId(id);
  }
}
