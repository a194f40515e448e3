package dev.berth.controlplane.session;

import static dev.berth.sql.db.Tables.SESSION;

import dev.berth.common.Id.SessionId;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.List;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/** Tombstones of sessions. */
@Singleton
final class SessionRetentionRepository {
  private final DSLContext sql;

  SessionRetentionRepository(DSLContext sql) {
    this.sql = sql;
  }

  /** In the order of ids, those behind {@code after} where it is set. */
  List<SessionId> deletedBefore(Instant time, @Nullable SessionId after, int limit) {
    Condition where = SESSION.STATE.eq("DELETED").and(SESSION.STATE_TIME.lt(time));
    if (after != null) {
      where = where.and(SESSION.ID.gt(after));
    }
    return sql.select(SESSION.ID)
        .from(SESSION)
        .where(where)
        .orderBy(SESSION.ID)
        .limit(limit)
        .fetch(SESSION.ID);
  }

  /** Locks the tombstone until the transaction ends; false where it is gone or locked already. */
  boolean tryLockDeleted(SessionId id) {
    return sql.selectOne()
        .from(SESSION)
        .where(SESSION.ID.eq(id).and(SESSION.STATE.eq("DELETED")))
        .forUpdate()
        .skipLocked()
        .fetchOptional()
        .isPresent();
  }

  void delete(SessionId id) {
    sql.deleteFrom(SESSION).where(SESSION.ID.eq(id)).execute();
  }
}
