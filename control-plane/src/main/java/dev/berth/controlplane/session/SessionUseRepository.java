package dev.berth.controlplane.session;

import static dev.berth.sql.db.Tables.COMMAND;
import static dev.berth.sql.db.Tables.EXEC;
import static dev.berth.sql.db.Tables.QUEUE;
import static dev.berth.sql.db.Tables.RUN;

import dev.berth.common.Id.SessionId;
import jakarta.inject.Singleton;
import java.util.List;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.impl.DSL;

/** The one place that says what keeps a session busy. Whoever adds a kind of use adds it here. */
@Singleton
final class SessionUseRepository {
  private static final List<String> UNDER_WAY = List.of("STARTING", "RUNNING", "WAITING");

  private final DSLContext sql;

  SessionUseRepository(DSLContext sql) {
    this.sql = sql;
  }

  /** Something uses its worker now: a run, an exec, or a relay for files. */
  static Condition busy(Field<SessionId> session) {
    return run(session, UNDER_WAY).or(relay(session)).or(exec(session));
  }

  /**
   * A run waits for it that would start if the session were ready: neither its time nor its queue
   * keeps it.
   */
  static Condition awaited(Field<SessionId> session) {
    return DSL.exists(
        DSL.selectOne()
            .from(RUN)
            .join(QUEUE)
            .on(QUEUE.ID.eq(RUN.QUEUE_ID))
            .where(RUN.SESSION_ID.eq(session))
            .and(RUN.STATE.eq("QUEUED").and(RUN.NEXT))
            .andNot(QUEUE.PAUSED)
            .and(QUEUE.BOUNDED.isFalse().or(RUN.ADMITTED)));
  }

  boolean isBusy(SessionId session) {
    return is(busy(DSL.val(session)));
  }

  boolean isAwaited(SessionId session) {
    return is(awaited(DSL.val(session)));
  }

  /** Whether a run waits or is under way. */
  boolean hasOpenRuns(SessionId session) {
    Field<SessionId> id = DSL.val(session);
    return is(awaited(id).or(run(id, UNDER_WAY)));
  }

  private boolean is(Condition condition) {
    return sql.select(DSL.field(condition)).fetchSingle().value1();
  }

  private static Condition run(Field<SessionId> session, List<String> states) {
    return DSL.exists(
        DSL.selectOne().from(RUN).where(RUN.SESSION_ID.eq(session), RUN.STATE.in(states)));
  }

  private static Condition relay(Field<SessionId> session) {
    return DSL.exists(
        DSL.selectOne()
            .from(COMMAND)
            .where(COMMAND.SESSION_ID.eq(session), COMMAND.DONE_TIME.isNull()));
  }

  private static Condition exec(Field<SessionId> session) {
    return DSL.exists(
        DSL.selectOne()
            .from(EXEC)
            .where(EXEC.SESSION_ID.eq(session), EXEC.STATE.in("STARTING", "RUNNING")));
  }
}
