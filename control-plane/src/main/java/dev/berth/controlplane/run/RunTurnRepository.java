package dev.berth.controlplane.run;

import static dev.berth.sql.db.Tables.RUN;

import dev.berth.common.Id.SessionId;
import jakarta.inject.Singleton;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;

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
      update run set next = false, admitted = false
      where session_id = ? and state = 'QUEUED' and next and priority < ?
        and attempt = 0 and false_starts = 0
      """;

  private final DSLContext sql;

  RunTurnRepository(DSLContext sql) {
    this.sql = sql;
  }

  /** No run of the session is under way or next. */
  static Condition noneBefore(SessionId session) {
    return DSL.notExists(
        DSL.selectOne()
            .from(RUN)
            .where(RUN.SESSION_ID.eq(session))
            .and(
                RUN.STATE
                    .in("STARTING", "RUNNING", "WAITING")
                    .or(RUN.STATE.eq("QUEUED").and(RUN.NEXT))));
  }

  /** Marks the session's next run where none is marked or under way. */
  void promote(SessionId session) {
    int marked = sql.execute(PROMOTE, session.value(), session.value());
    assert marked <= 1;
  }

  /** Has the session's next run step back where one of a higher priority is about to wait. */
  void stepBackFor(SessionId session, int priority) {
    int stepped = sql.execute(STEP_BACK, session.value(), priority);
    assert stepped <= 1;
  }
}
