package dev.berth.controlplane.run;

import dev.berth.common.Id.SessionId;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jooq.DSLContext;

/**
 * Which run of a session comes next: of those that wait and whose time has come, the one of the
 * highest priority, then the oldest. It is marked, so that neither admission nor claim ever look at
 * what waits behind it. A run keeps the mark while it is under way, and goes first again where it
 * is put back. The caller holds the session's lock.
 */
@Singleton
final class RunTurnRepository {
  private static final String PROMOTE =
      """
      update run set next = true
      where id = (select q.id from run q
                  where q.session_id = ? and q.state = 'QUEUED' and not q.delayed
                  order by q.priority desc, q.id limit 1)
        and not exists (select from run o where o.session_id = ?
                        and (o.state in ('STARTING', 'RUNNING', 'WAITING')
                             or o.state = 'QUEUED' and o.next))
      """;

  /** One that was put back keeps its place. */
  private static final String STEP_BACK =
      """
      update run r set next = false, admitted = false
      from unnest(?::uuid[], ?::integer[]) as newer (session_id, priority)
      where r.session_id = newer.session_id and r.state = 'QUEUED' and r.next
        and r.priority < newer.priority and r.attempt = 0 and r.false_starts = 0
      """;

  private final DSLContext sql;

  RunTurnRepository(DSLContext sql) {
    this.sql = sql;
  }

  /** Marks the session's next run where none is marked or under way. */
  void promote(SessionId session) {
    int marked = sql.execute(PROMOTE, session.value(), session.value());
    assert marked <= 1;
  }

  /** Has the session's next run step back where one of a higher priority is about to wait. */
  void stepBackFor(SessionId session, int priority) {
    stepBackFor(Map.of(session, priority));
  }

  /** The same of several sessions, each with the highest priority that is about to wait in it. */
  void stepBackFor(Map<SessionId, Integer> priorities) {
    List<SessionId> sessions = List.copyOf(priorities.keySet());
    int stepped =
        sql.execute(
            STEP_BACK,
            sessions.stream().map(SessionId::value).toArray(UUID[]::new),
            sessions.stream().map(priorities::get).toArray(Integer[]::new));
    assert stepped <= sessions.size();
  }
}
