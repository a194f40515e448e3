package dev.berth.controlplane.snapshot;

import static dev.berth.sql.db.Tables.COPY;
import static dev.berth.sql.db.Tables.PACK;
import static dev.berth.sql.db.Tables.SESSION;
import static dev.berth.sql.db.Tables.SNAPSHOT;
import static dev.berth.sql.db.Tables.SNAPSHOT_PACK;
import static dev.berth.sql.db.Tables.WORKER;

import dev.berth.common.Id.PackId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.SnapshotId;
import jakarta.inject.Singleton;
import java.util.List;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;

/** Removes the snapshots of a session. The caller's transaction holds the session's lock. */
@Singleton
class SnapshotRemainsRepository {
  private final DSLContext sql;

  SnapshotRemainsRepository(DSLContext sql) {
    this.sql = sql;
  }

  void clearHead(SessionId session) {
    sql.update(SESSION)
        .setNull(SESSION.HEAD_SNAPSHOT_ID)
        .where(SESSION.ID.eq(session), SESSION.HEAD_SNAPSHOT_ID.isNotNull())
        .execute();
  }

  /**
   * Removes the newest snapshots that nothing refers to: children go before their parents.
   *
   * @return how many
   */
  int deleteNewest(SessionId session, int limit) {
    var child = SNAPSHOT.as("child");
    List<SnapshotId> newest =
        sql.select(SNAPSHOT.ID)
            .from(SNAPSHOT)
            .where(SNAPSHOT.SESSION_ID.eq(session))
            .andNotExists(
                DSL.selectOne()
                    .from(child)
                    .where(child.PARENT_ID.eq(SNAPSHOT.ID), child.SESSION_ID.ne(session)))
            .andNotExists(
                DSL.selectOne().from(SESSION).where(SESSION.HEAD_SNAPSHOT_ID.eq(SNAPSHOT.ID)))
            .andNotExists(
                DSL.selectOne().from(WORKER).where(WORKER.BASE_SNAPSHOT_ID.eq(SNAPSHOT.ID)))
            .andNotExists(DSL.selectOne().from(COPY).where(COPY.BASE_SNAPSHOT_ID.eq(SNAPSHOT.ID)))
            .orderBy(SNAPSHOT.ID.desc())
            .limit(limit)
            .fetch(SNAPSHOT.ID);
    sql.update(SNAPSHOT).setNull(SNAPSHOT.PARENT_ID).where(SNAPSHOT.PARENT_ID.in(newest)).execute();
    sql.deleteFrom(SNAPSHOT_PACK).where(SNAPSHOT_PACK.SNAPSHOT_ID.in(newest)).execute();
    return sql.deleteFrom(SNAPSHOT).where(SNAPSHOT.ID.in(newest)).execute();
  }

  /**
   * Dooms the session's packs that no snapshot names; those a commit is looking at stay. Each is
   * locked first, and looked at in a statement of its own, which sees what was committed by then.
   */
  void doomUnnamedPacks(SessionId session) {
    List<PackId> locked =
        sql.select(PACK.ID)
            .from(PACK)
            .where(PACK.SESSION_ID.eq(session), PACK.STATE.ne(PackState.DOOMED.name()))
            .orderBy(PACK.ID)
            .forUpdate()
            .skipLocked()
            .fetch(PACK.ID);
    sql.update(PACK)
        .set(PACK.STATE, PackState.DOOMED.name())
        .where(PACK.ID.in(locked))
        .andNotExists(DSL.selectOne().from(SNAPSHOT_PACK).where(SNAPSHOT_PACK.PACK_ID.eq(PACK.ID)))
        .execute();
  }

  /** Whether the session has snapshots or packs. */
  boolean anyLeft(SessionId session) {
    return sql.fetchExists(SNAPSHOT, SNAPSHOT.SESSION_ID.eq(session))
        || sql.fetchExists(PACK, PACK.SESSION_ID.eq(session));
  }
}
