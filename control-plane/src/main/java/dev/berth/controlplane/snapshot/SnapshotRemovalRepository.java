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
import dev.berth.controlplane.snapshot.SnapshotUse.Kind;
import jakarta.inject.Singleton;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;

/**
 * What the removal of snapshots reads and writes. The caller's transaction holds the lock of the
 * snapshot's session.
 */
@Singleton
class SnapshotRemovalRepository {
  private static final List<String> COPY_GONE = List.of("REMOVED", "MISSING");
  private static final String WORKER_GONE = "REMOVED";

  private final DSLContext sql;

  SnapshotRemovalRepository(DSLContext sql) {
    this.sql = sql;
  }

  /** Locks the row: no session can be made of it any more. False where it is gone. */
  boolean lock(SnapshotId id) {
    return sql.select(SNAPSHOT.ID)
        .from(SNAPSHOT)
        .where(SNAPSHOT.ID.eq(id))
        .forUpdate()
        .fetchOptional()
        .isPresent();
  }

  /** The first thing that needs the snapshot. */
  Optional<SnapshotUse> use(SnapshotId id) {
    var pinned =
        sql.select(SNAPSHOT.SESSION_ID, DSL.inline(Kind.PINNED.name()))
            .from(SNAPSHOT)
            .where(SNAPSHOT.ID.eq(id), SNAPSHOT.PINNED.isTrue());
    var head =
        sql.select(SESSION.ID, DSL.inline(Kind.HEAD.name()))
            .from(SESSION)
            .where(SESSION.HEAD_SNAPSHOT_ID.eq(id));
    var worker =
        sql.select(WORKER.SESSION_ID, DSL.inline(Kind.WORKER.name()))
            .from(WORKER)
            .where(WORKER.BASE_SNAPSHOT_ID.eq(id), WORKER.STATE.ne(WORKER_GONE));
    var copy =
        sql.select(COPY.SESSION_ID, DSL.inline(Kind.COPY.name()))
            .from(COPY)
            .where(COPY.BASE_SNAPSHOT_ID.eq(id), COPY.STATE.notIn(COPY_GONE));
    return pinned
        .unionAll(head)
        .unionAll(worker)
        .unionAll(copy)
        .limit(1)
        .fetchOptional(row -> new SnapshotUse(Kind.valueOf(row.value2()), row.value1()));
  }

  /**
   * Removes the row; what was made from it goes on with its parent as theirs.
   *
   * @return the packs it named
   */
  List<PackId> remove(SnapshotId id) {
    List<PackId> packs =
        sql.select(SNAPSHOT_PACK.PACK_ID)
            .from(SNAPSHOT_PACK)
            .where(SNAPSHOT_PACK.SNAPSHOT_ID.eq(id))
            .fetch(SNAPSHOT_PACK.PACK_ID);
    var parent = DSL.select(SNAPSHOT.PARENT_ID).from(SNAPSHOT).where(SNAPSHOT.ID.eq(id));
    var child = SNAPSHOT.as("child");
    sql.update(child).set(child.PARENT_ID, parent).where(child.PARENT_ID.eq(id)).execute();
    sql.update(WORKER)
        .setNull(WORKER.BASE_SNAPSHOT_ID)
        .where(WORKER.BASE_SNAPSHOT_ID.eq(id), WORKER.STATE.eq(WORKER_GONE))
        .execute();
    sql.update(COPY)
        .setNull(COPY.BASE_SNAPSHOT_ID)
        .where(COPY.BASE_SNAPSHOT_ID.eq(id), COPY.STATE.in(COPY_GONE))
        .execute();
    sql.deleteFrom(SNAPSHOT_PACK).where(SNAPSHOT_PACK.SNAPSHOT_ID.eq(id)).execute();
    sql.deleteFrom(SNAPSHOT).where(SNAPSHOT.ID.eq(id)).execute();
    return packs;
  }

  /**
   * Dooms those of the packs that no snapshot names any more. A commit that names one holds it
   * locked until its snapshot is there; so each is locked first, and looked at in a statement of
   * its own, which sees what was committed by then.
   */
  int doomUnnamed(Collection<PackId> packs) {
    List<PackId> locked =
        sql.select(PACK.ID)
            .from(PACK)
            .where(PACK.ID.in(packs))
            .orderBy(PACK.ID)
            .forUpdate()
            .fetch(PACK.ID);
    return sql.update(PACK)
        .set(PACK.STATE, PackState.DOOMED.name())
        .where(PACK.ID.in(locked), PACK.STATE.eq(PackState.LIVE.name()))
        .andNotExists(DSL.selectOne().from(SNAPSHOT_PACK).where(SNAPSHOT_PACK.PACK_ID.eq(PACK.ID)))
        .execute();
  }

  /** Sessions that are not deleted and have snapshots beyond those that are kept. */
  List<SessionId> overfull(int limit) {
    return sql.select(SESSION.ID)
        .from(SESSION)
        .where(SESSION.STATE.notIn("DELETING", "DELETED"))
        .and(DSL.exists(surplus()))
        .orderBy(SESSION.ID)
        .limit(limit)
        .fetch(SESSION.ID);
  }

  /** Snapshots of the session that need not be kept, oldest first. */
  List<SnapshotId> surplus(SessionId session, int limit) {
    return sql.select(SNAPSHOT.ID)
        .from(SNAPSHOT)
        .join(SESSION)
        .on(SESSION.ID.eq(SNAPSHOT.SESSION_ID))
        .where(SESSION.ID.eq(session), SNAPSHOT.ID.in(surplus()))
        .orderBy(SNAPSHOT.ID)
        .limit(limit)
        .fetch(SNAPSHOT.ID);
  }

  /** Of the session of the query around it: what is neither new, pinned, rescued nor in use. */
  private static org.jooq.Select<org.jooq.Record1<SnapshotId>> surplus() {
    var old = SNAPSHOT.as("old");
    var newer = SNAPSHOT.as("newer");
    Condition unused =
        DSL.notExists(
                DSL.selectOne()
                    .from(WORKER)
                    .where(WORKER.BASE_SNAPSHOT_ID.eq(old.ID), WORKER.STATE.ne(WORKER_GONE)))
            .and(
                DSL.notExists(
                    DSL.selectOne()
                        .from(COPY)
                        .where(COPY.BASE_SNAPSHOT_ID.eq(old.ID), COPY.STATE.notIn(COPY_GONE))));
    var head = SESSION.as("headed");
    return DSL.select(old.ID)
        .from(old)
        .where(old.SESSION_ID.eq(SESSION.ID))
        .and(
            old.ID.le(
                DSL.select(newer.ID)
                    .from(newer)
                    .where(newer.SESSION_ID.eq(SESSION.ID))
                    .orderBy(newer.ID.desc())
                    .offset(SESSION.KEEP_SNAPSHOTS)
                    .limit(DSL.inline(1))))
        .and(old.PINNED.isFalse())
        .and(old.KIND.eq(SnapshotKind.NORMAL.name()))
        .and(unused)
        .andNotExists(DSL.selectOne().from(head).where(head.HEAD_SNAPSHOT_ID.eq(old.ID)));
  }
}
