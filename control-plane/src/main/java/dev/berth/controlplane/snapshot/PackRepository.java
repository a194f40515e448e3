package dev.berth.controlplane.snapshot;

import static dev.berth.sql.db.Tables.PACK;
import static dev.berth.sql.db.Tables.SESSION;
import static dev.berth.sql.db.Tables.SNAPSHOT;
import static dev.berth.sql.db.Tables.SNAPSHOT_PACK;

import dev.berth.common.Id.PackId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.controlplane.platform.db.DatabaseClock;
import dev.berth.sql.db.tables.records.PackRecord;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.jooq.types.DayToSecond;

/** Rows of {@code pack}. Rows are locked in the order of their ids. */
@Singleton
class PackRepository {

  private final DSLContext sql;

  PackRepository(DSLContext sql) {
    this.sql = sql;
  }

  /** Records packs that are about to be uploaded; those already recorded are left as they are. */
  void insertUploading(Collection<Pack> packs) {
    var insert =
        sql.insertInto(
            PACK,
            PACK.ID,
            PACK.PROJECT_ID,
            PACK.SESSION_ID,
            PACK.OBJECT_KEY,
            PACK.SHA256,
            PACK.SIZE_BYTES,
            PACK.STATE);
    for (Pack pack : packs) {
      insert =
          insert.values(
              pack.id(),
              pack.project(),
              pack.session(),
              pack.objectKey(),
              pack.sha256(),
              pack.size(),
              PackState.UPLOADING.name());
    }
    insert.onConflictDoNothing().execute();
  }

  /** Packs the session announced, by id; unknown ones and those of others are left out. */
  List<Pack> find(SessionId session, Collection<PackId> ids) {
    return sql.selectFrom(PACK)
        .where(PACK.SESSION_ID.eq(session), PACK.ID.in(ids))
        .orderBy(PACK.ID)
        .fetch(PackRepository::pack);
  }

  /**
   * Packs the session may use, by id: those it announced, and those of its snapshots and its head,
   * which may be others' where it was made from a snapshot of another session.
   */
  List<Pack> usable(SessionId session, Collection<PackId> ids) {
    return sql.selectFrom(PACK)
        .where(PACK.ID.in(ids), isUsable(session))
        .orderBy(PACK.ID)
        .fetch(PackRepository::pack);
  }

  /** As {@link #usable}; no one can doom them before the transaction ends. */
  List<Pack> findForShare(SessionId session, Collection<PackId> ids) {
    return sql.selectFrom(PACK)
        .where(PACK.ID.in(ids), isUsable(session))
        .orderBy(PACK.ID)
        .forShare()
        .fetch(PackRepository::pack);
  }

  private static Condition isUsable(SessionId session) {
    return PACK.SESSION_ID
        .eq(session)
        .or(
            DSL.exists(
                DSL.selectOne()
                    .from(SNAPSHOT_PACK)
                    .join(SNAPSHOT)
                    .on(SNAPSHOT.ID.eq(SNAPSHOT_PACK.SNAPSHOT_ID))
                    .where(SNAPSHOT_PACK.PACK_ID.eq(PACK.ID))
                    .and(
                        SNAPSHOT
                            .SESSION_ID
                            .eq(session)
                            .or(
                                SNAPSHOT.ID.eq(
                                    DSL.select(SESSION.HEAD_SNAPSHOT_ID)
                                        .from(SESSION)
                                        .where(SESSION.ID.eq(session)))))));
  }

  /** Every object the snapshot needs, its manifest among them. */
  List<Pack> ofSnapshot(SnapshotId snapshot) {
    return sql.select(PACK.fields())
        .from(PACK)
        .join(SNAPSHOT_PACK)
        .on(SNAPSHOT_PACK.PACK_ID.eq(PACK.ID))
        .where(SNAPSHOT_PACK.SNAPSHOT_ID.eq(snapshot))
        .fetch(row -> pack(row.into(PACK)));
  }

  void makeLive(Collection<PackId> ids) {
    sql.update(PACK)
        .set(PACK.STATE, PackState.LIVE.name())
        .where(PACK.ID.in(ids), PACK.STATE.eq(PackState.UPLOADING.name()))
        .execute();
  }

  /**
   * Dooms packs that were recorded longer ago than {@code age} and that no snapshot names. Those a
   * commit is looking at are passed over.
   */
  int doomAbandoned(Duration age, int limit) {
    var abandoned =
        sql.select(PACK.ID)
            .from(PACK)
            .where(
                PACK.STATE.eq(PackState.UPLOADING.name()),
                PACK.CREATE_TIME.lt(DatabaseClock.NOW.minus(DayToSecond.valueOf(age))))
            .orderBy(PACK.ID)
            .limit(limit)
            .forUpdate()
            .skipLocked();
    return sql.update(PACK)
        .set(PACK.STATE, PackState.DOOMED.name())
        .where(PACK.ID.in(abandoned))
        .execute();
  }

  /** Doomed packs, whose objects are to be deleted; oldest first. */
  List<Pack> doomed(int limit) {
    return sql.selectFrom(PACK)
        .where(PACK.STATE.eq(PackState.DOOMED.name()))
        .orderBy(PACK.CREATE_TIME)
        .limit(limit)
        .fetch(PackRepository::pack);
  }

  void deleteDoomed(PackId id) {
    sql.deleteFrom(PACK).where(PACK.ID.eq(id), PACK.STATE.eq(PackState.DOOMED.name())).execute();
  }

  private static Pack pack(PackRecord row) {
    return new Pack(
        row.getId(),
        row.getProjectId(),
        row.getSessionId(),
        row.getObjectKey(),
        row.getSha256(),
        row.getSizeBytes(),
        PackState.valueOf(row.getState()),
        row.getCreateTime());
  }
}
