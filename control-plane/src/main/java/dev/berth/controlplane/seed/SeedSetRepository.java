package dev.berth.controlplane.seed;

import static dev.berth.sql.db.Tables.SEED_SET;
import static dev.berth.sql.db.Tables.SESSION;
import static dev.berth.sql.db.Tables.SESSION_SEED_SET;

import com.google.gson.Gson;
import com.google.gson.reflect.TypeToken;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SeedSetId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.db.DatabaseClock;
import dev.berth.controlplane.platform.db.Labels;
import dev.berth.sql.db.tables.records.SeedSetRecord;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.JSONB;
import org.jooq.impl.DSL;
import org.jooq.types.DayToSecond;

/** The tables {@code seed_set} and {@code session_seed_set}. */
@Singleton
final class SeedSetRepository {
  private static final Gson GSON = new Gson();
  private static final TypeToken<List<SeedFile>> FILES = new TypeToken<>() {};

  private final DSLContext sql;

  SeedSetRepository(DSLContext sql) {
    this.sql = sql;
  }

  /** Inserts a set whose object is to be uploaded. */
  void insertUploading(SeedSet set) {
    sql.insertInto(SEED_SET)
        .set(SEED_SET.ID, set.id())
        .set(SEED_SET.PROJECT_ID, set.projectId())
        .set(SEED_SET.NAME, set.name())
        .set(SEED_SET.LABELS, Labels.toJson(set.labels()))
        .set(SEED_SET.CREATED_BY_KIND, set.createdBy().kind().name())
        .set(SEED_SET.CREATED_BY_ID, set.createdBy().id())
        .set(SEED_SET.CREATED_BY_ON_BEHALF_OF, set.createdBy().onBehalfOf())
        .set(SEED_SET.STATE, SeedSetState.UPLOADING.name())
        .set(SEED_SET.OBJECT_KEY, set.objectKey())
        .set(SEED_SET.SIZE_BYTES, set.sizeBytes())
        .set(SEED_SET.FILE_COUNT, set.files().size())
        .set(SEED_SET.FILES, JSONB.jsonb(GSON.toJson(set.files())))
        .execute();
  }

  /** Until the transaction ends, nobody else makes a set of that name ready. */
  void lockName(ProjectId project, String name) {
    sql.select(
            DSL.field(
                "pg_advisory_xact_lock(hashtext('seed_set'), hashtext({0}))",
                DSL.val(project + " " + name)))
        .fetch();
  }

  /** False where it was collected meanwhile. */
  boolean makeReady(SeedSetId id) {
    return sql.update(SEED_SET)
            .set(SEED_SET.STATE, SeedSetState.READY.name())
            .where(SEED_SET.ID.eq(id).and(SEED_SET.STATE.eq(SeedSetState.UPLOADING.name())))
            .execute()
        == 1;
  }

  Optional<SeedSet> find(SeedSetId id) {
    return sql.selectFrom(SEED_SET)
        .where(SEED_SET.ID.eq(id).and(isReady()))
        .fetchOptional(SeedSetRepository::read);
  }

  /** Those of the ids that are ready. */
  List<SeedSet> find(Collection<SeedSetId> ids) {
    return sql.selectFrom(SEED_SET)
        .where(SEED_SET.ID.in(ids).and(isReady()))
        .fetch(SeedSetRepository::read);
  }

  /** As {@link #find}; none of them can be doomed before the transaction ends. */
  List<SeedSetId> hold(Collection<SeedSetId> ids) {
    return sql.select(SEED_SET.ID)
        .from(SEED_SET)
        .where(SEED_SET.ID.in(ids).and(isReady()))
        .orderBy(SEED_SET.ID)
        .forShare()
        .fetch(SEED_SET.ID);
  }

  Optional<SeedSet> findByName(ProjectId project, String name) {
    return sql.selectFrom(SEED_SET)
        .where(SEED_SET.PROJECT_ID.eq(project).and(SEED_SET.NAME.eq(name)).and(isReady()))
        .fetchOptional(SeedSetRepository::read);
  }

  /** By name, those behind {@code after}; without their files. */
  List<SeedSet> list(ProjectId project, String after, int limit) {
    return sql.selectFrom(SEED_SET)
        .where(SEED_SET.PROJECT_ID.eq(project).and(SEED_SET.NAME.gt(after)).and(isReady()))
        .orderBy(SEED_SET.NAME)
        .limit(limit)
        .fetch(row -> read(row, List.of()));
  }

  /** Locks the row and counts the sessions that are not deleted and hold the set. */
  int holders(SeedSetId id) {
    sql.select(SEED_SET.ID).from(SEED_SET).where(SEED_SET.ID.eq(id)).forUpdate().fetch();
    return sql.fetchCount(
        SESSION_SEED_SET.join(SESSION).on(SESSION.ID.eq(SESSION_SEED_SET.SESSION_ID)),
        SESSION_SEED_SET.SEED_SET_ID.eq(id).and(SESSION.STATE.ne("DELETED")));
  }

  /** The session holds exactly these. */
  void replaceHeld(SessionId session, Collection<SeedSetId> ids) {
    sql.deleteFrom(SESSION_SEED_SET)
        .where(SESSION_SEED_SET.SESSION_ID.eq(session))
        .and(SESSION_SEED_SET.SEED_SET_ID.notIn(ids))
        .execute();
    for (SeedSetId id : ids) {
      sql.insertInto(SESSION_SEED_SET)
          .set(SESSION_SEED_SET.SESSION_ID, session)
          .set(SESSION_SEED_SET.SEED_SET_ID, id)
          .onConflictDoNothing()
          .execute();
    }
  }

  void doom(SeedSetId id) {
    sql.update(SEED_SET)
        .set(SEED_SET.STATE, SeedSetState.DOOMED.name())
        .where(SEED_SET.ID.eq(id))
        .execute();
  }

  /**
   * Dooms sets without a name that nobody holds, and those whose upload never ended, made longer
   * ago than {@code age}. One that is being taken up this moment is passed over.
   */
  int doomAbandoned(Duration age, int limit) {
    Condition held =
        DSL.exists(
            sql.selectOne()
                .from(SESSION_SEED_SET)
                .join(SESSION)
                .on(SESSION.ID.eq(SESSION_SEED_SET.SESSION_ID))
                .where(SESSION_SEED_SET.SEED_SET_ID.eq(SEED_SET.ID))
                .and(SESSION.STATE.ne("DELETED")));
    var abandoned =
        sql.select(SEED_SET.ID)
            .from(SEED_SET)
            .where(
                SEED_SET
                    .STATE
                    .eq(SeedSetState.UPLOADING.name())
                    .or(SEED_SET.NAME.isNull().and(isReady()).andNot(held)))
            .and(SEED_SET.CREATE_TIME.lt(DatabaseClock.NOW.minus(DayToSecond.valueOf(age))))
            .orderBy(SEED_SET.ID)
            .limit(limit)
            .forUpdate()
            .of(SEED_SET)
            .skipLocked();
    return sql.update(SEED_SET)
        .set(SEED_SET.STATE, SeedSetState.DOOMED.name())
        .where(SEED_SET.ID.in(abandoned))
        .execute();
  }

  List<SeedSet> doomed(int limit) {
    return sql.selectFrom(SEED_SET)
        .where(SEED_SET.STATE.eq(SeedSetState.DOOMED.name()))
        .orderBy(SEED_SET.CREATE_TIME)
        .limit(limit)
        .fetch(row -> read(row, List.of()));
  }

  /** Also lets go of it for sessions that are deleted. */
  void deleteDoomed(SeedSetId id) {
    sql.deleteFrom(SESSION_SEED_SET).where(SESSION_SEED_SET.SEED_SET_ID.eq(id)).execute();
    sql.deleteFrom(SEED_SET)
        .where(SEED_SET.ID.eq(id).and(SEED_SET.STATE.eq(SeedSetState.DOOMED.name())))
        .execute();
  }

  private static Condition isReady() {
    return SEED_SET.STATE.eq(SeedSetState.READY.name());
  }

  private static SeedSet read(SeedSetRecord row) {
    return read(row, GSON.fromJson(row.getFiles().data(), FILES));
  }

  private static SeedSet read(SeedSetRecord row, List<SeedFile> files) {
    return new SeedSet(
        row.getId(),
        row.getProjectId(),
        row.getName(),
        Labels.fromJson(row.getLabels()),
        row.getVersion(),
        row.getCreateTime(),
        row.getUpdateTime(),
        Actor.of(row.getCreatedByKind(), row.getCreatedById(), row.getCreatedByOnBehalfOf()),
        row.getObjectKey(),
        row.getSizeBytes(),
        row.getFileCount(),
        files);
  }
}
