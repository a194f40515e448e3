package dev.berth.controlplane.session;

import dev.berth.common.Id.SessionId;
import jakarta.inject.Singleton;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jooq.DSLContext;

/**
 * Sessions that no executor took the last time. Those that ask for the same stand for one another:
 * where one finds no place, neither do the others. A session with files on some disk asks for more
 * than others, so it stands for itself.
 */
@Singleton
final class WaitingSessionRepository {
  /** Named {@code alike}: what placement looks at. */
  private static final String WAITING =
      """
      select s.id, s.state_time,
        case when exists (select from copy c where c.session_id = s.id and c.state <> 'REMOVED')
          then s.id::text
          else concat_ws('/', s.project_id, s.placement_labels, s.required_hardening, s.cpu_millis,
                         s.memory_bytes, s.disk_bytes, s.pids, s.network, s.image, md5(s.manifest::text))
          end as alike
      from session s
      where s.state = 'ACTIVATING' and s.desired = 'ACTIVE'
        and s.state_reason in ('NO_EXECUTOR', 'NO_CAPACITY')
      """;

  private static final String FIRST =
      """
      select id, alike from (
        select distinct on (w.alike) w.id, w.alike, w.state_time, coalesce(r.priority, 0) as priority
        from (%s) w
        left join run r on r.session_id = w.id and r.state = 'QUEUED' and r.next
        where w.alike <> all (?::text[])
        order by w.alike, coalesce(r.priority, 0) desc, w.state_time, w.id) f
      order by priority desc, state_time, id
      """
          .formatted(WAITING);

  private static final String EXPLAIN =
      """
      update session s set state_reason = f.state_reason, state_message = f.state_message
      from session f
      where f.id = ? and f.state_reason in ('NO_EXECUTOR', 'NO_CAPACITY')
        and s.id in (select w.id from (%s) w where w.alike = ?)
        and s.state_reason in ('NO_EXECUTOR', 'NO_CAPACITY')
        and (s.state_reason, s.state_message) <> (f.state_reason, f.state_message)
      """
          .formatted(WAITING);

  private final DSLContext sql;

  WaitingSessionRepository(DSLContext sql) {
    this.sql = sql;
  }

  /**
   * One of each kind but those: of the highest priority of a run, then the longest waiting; in that
   * order too.
   */
  List<WaitingSession> first(Collection<String> but) {
    return sql.resultQuery(FIRST, (Object) but.toArray(String[]::new))
        .fetch(row ->
            new WaitingSession(new SessionId(row.get(0, UUID.class)), row.get(1, String.class)));
  }

  boolean waits(SessionId session) {
    return sql.fetchSingle(
            "select exists (select from (" + WAITING + ") w where w.id = ?)", session.value())
        .get(0, Boolean.class);
  }

  /** What is said of the first is true of all that are alike. */
  void explain(WaitingSession first) {
    sql.execute(EXPLAIN, first.id().value(), first.alike());
  }
}
