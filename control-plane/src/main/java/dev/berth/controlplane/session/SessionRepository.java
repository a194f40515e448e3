package dev.berth.controlplane.session;

import static dev.berth.sql.db.Tables.COPY;
import static dev.berth.sql.db.Tables.SESSION;
import static dev.berth.sql.db.Tables.SNAPSHOT;
import static dev.berth.sql.db.Tables.WORKER;

import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.controlplane.manifest.ManifestJson;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.db.Labels;
import dev.berth.sql.db.tables.records.SessionRecord;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.JSONB;
import org.jooq.Record;
import org.jooq.Record3;
import org.jooq.SelectOnConditionStep;
import org.jooq.Table;
import org.jooq.UpdateSetMoreStep;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** Sessions as users make, read and change them. */
@Singleton
final class SessionRepository {
  private static final List<String> LIVE_WORKER =
      List.of("CREATING", "PREPARING", "READY", "STOPPING");

  private static final Field<Boolean> UNSAVED =
      DSL.coalesce(DSL.boolOr(COPY.DIRTY), false).as("unsaved");
  private static final Field<Integer> FAILURES =
      DSL.coalesce(DSL.max(COPY.SYNC_FAILURES), 0).as("failures");
  private static final Field<String> ERROR = DSL.coalesce(DSL.max(COPY.SYNC_ERROR), "").as("error");

  /** Of each session one row, whether it has copies or not. */
  private static final Table<Record3<Boolean, Integer, String>> STORAGE =
      DSL.lateral(
          DSL.select(UNSAVED, FAILURES, ERROR)
              .from(COPY)
              .where(COPY.SESSION_ID.eq(SESSION.ID))
              .and(COPY.STATE.in("PRESENT", "REMOVING", "ABANDONED"))
              .asTable("storage"));

  private final DSLContext sql;

  SessionRepository(DSLContext sql) {
    this.sql = sql;
  }

  /** False where the name is taken. */
  boolean insert(SessionId id, NewSession session, @Nullable Origin origin, Instant now) {
    SessionRecord row = sql.newRecord(SESSION);
    row.setId(id);
    row.setProjectId(session.projectId());
    row.setName(session.name());
    row.setLabels(Labels.toJson(session.labels()));
    row.setCreateTime(now);
    row.setUpdateTime(now);
    row.setCreatedByKind(session.createdBy().kind().name());
    row.setCreatedById(session.createdBy().id());
    row.setCreatedByOnBehalfOf(session.createdBy().onBehalfOf());
    row.setRootId(id);
    if (origin != null) {
      row.setParentId(origin.session());
      row.setRootId(origin.root());
      row.setDepth(origin.depth() + 1);
      row.setOriginKind("snapshot");
      row.setOriginId(origin.snapshot().toString());
      row.setHeadSnapshotId(origin.snapshot());
    }
    row.setCorrelationId(session.correlationId());
    row.setTraceId(session.traceId());
    write(session.spec(), row);
    row.setDesired((session.active() ? DesiredState.ACTIVE : DesiredState.STOPPED).name());
    row.setLastActivityTime(now);
    row.setThrowaway(session.throwaway());
    row.setState(SessionState.STOPPED.name());
    row.setStateTime(now);
    row.setObservedGeneration(session.active() ? 0L : 1L);
    return sql.insertInto(SESSION).set(row).onConflictDoNothing().execute() == 1;
  }

  /** A snapshot that a session is made of, and its own session's place in the lineage. */
  record Origin(SnapshotId snapshot, SessionId session, SessionId root, int depth) {}

  /** The snapshot stays until the transaction ends. Empty where the project has none such. */
  Optional<Origin> origin(ProjectId project, SnapshotId snapshot) {
    return sql.select(SESSION.ID, SESSION.ROOT_ID, SESSION.DEPTH)
        .from(SNAPSHOT)
        .join(SESSION)
        .on(SESSION.ID.eq(SNAPSHOT.SESSION_ID))
        .where(SNAPSHOT.ID.eq(snapshot), SNAPSHOT.PROJECT_ID.eq(project))
        .forKeyShare()
        .of(SNAPSHOT)
        .fetchOptional(row -> new Origin(snapshot, row.value1(), row.value2(), row.value3()));
  }

  /** The caller holds the lock of the session's row, and has made sure that the snapshot stays. */
  void moveHead(SessionId id, SnapshotId head, Instant now) {
    sql.update(SESSION)
        .set(SESSION.HEAD_SNAPSHOT_ID, head)
        .set(SESSION.VERSION, SESSION.VERSION.plus(1))
        .set(SESSION.UPDATE_TIME, now)
        .where(SESSION.ID.eq(id))
        .execute();
  }

  /** Whether a disk binds the session: it holds what is neither saved nor to be rescued. */
  boolean isBound(SessionId id) {
    return sql.fetchExists(
        COPY,
        COPY.SESSION_ID
            .eq(id)
            .and(COPY.DIRTY)
            .andNot(COPY.SALVAGE)
            .and(COPY.STATE.in("PRESENT", "REMOVING")));
  }

  Optional<Session> find(ProjectId project, SessionId id) {
    return sql.selectFrom(SESSION)
        .where(SESSION.ID.eq(id).and(SESSION.PROJECT_ID.eq(project)))
        .fetchOptional(SessionRepository::read);
  }

  Optional<Session> find(SessionId id) {
    return sql.selectFrom(SESSION).where(SESSION.ID.eq(id)).fetchOptional(SessionRepository::read);
  }

  Optional<Session> findByName(ProjectId project, String name) {
    return sql.selectFrom(SESSION)
        .where(SESSION.PROJECT_ID.eq(project).and(SESSION.NAME.eq(name)))
        .and(SESSION.STATE.ne(SessionState.DELETED.name()))
        .fetchOptional(SessionRepository::read);
  }

  /** Locks the row until the transaction ends. Sessions are locked before anything of theirs. */
  Optional<Session> lock(SessionId id) {
    return sql.selectFrom(SESSION)
        .where(SESSION.ID.eq(id))
        .forUpdate()
        .fetchOptional(SessionRepository::read);
  }

  /** The same of several of the project, in the order of their ids. */
  List<Session> lock(ProjectId project, Collection<SessionId> ids) {
    return ids.isEmpty()
        ? List.of()
        : sql.selectFrom(SESSION)
            .where(SESSION.ID.in(ids).and(SESSION.PROJECT_ID.eq(project)))
            .orderBy(SESSION.ID)
            .forUpdate()
            .fetch(SessionRepository::read);
  }

  Optional<Long> observedGeneration(ProjectId project, SessionId id) {
    return sql.select(SESSION.OBSERVED_GENERATION)
        .from(SESSION)
        .where(SESSION.ID.eq(id).and(SESSION.PROJECT_ID.eq(project)))
        .fetchOptional(SESSION.OBSERVED_GENERATION);
  }

  /** Newest first, those older than {@code before} where it is set. */
  List<SessionView> list(SessionFilter filter, @Nullable SessionId before, int limit) {
    Condition where = SESSION.PROJECT_ID.eq(filter.projectId());
    if (!filter.states().isEmpty()) {
      where = where.and(SESSION.STATE.in(filter.states().stream().map(Enum::name).toList()));
    } else if (!filter.showDeleted()) {
      where = where.and(SESSION.STATE.ne(SessionState.DELETED.name()));
    }
    if (!filter.labels().isEmpty()) {
      where = where.and(SESSION.LABELS.contains(Labels.toJson(filter.labels())));
    }
    if (!filter.name().isEmpty()) {
      where = where.and(SESSION.NAME.eq(filter.name()));
    }
    if (!filter.idPrefix().isEmpty()) {
      IdPrefix prefix = IdPrefix.of(filter.idPrefix());
      where = where.and(SESSION.ID.between(prefix.first(), prefix.last()));
    }
    if (before != null) {
      where = where.and(SESSION.ID.lt(before));
    }
    return views()
        .where(where)
        .orderBy(SESSION.ID.desc())
        .limit(limit)
        .fetch(SessionRepository::view);
  }

  Optional<SessionView> view(ProjectId project, SessionId id) {
    return views()
        .where(SESSION.ID.eq(id).and(SESSION.PROJECT_ID.eq(project)))
        .fetchOptional(SessionRepository::view);
  }

  /** Sessions with what their copies and live worker say. */
  private SelectOnConditionStep<Record> views() {
    return sql.select(SESSION.fields())
        .select(STORAGE.fields())
        .select(WORKER.ID)
        .from(SESSION)
        .crossJoin(STORAGE)
        .leftJoin(WORKER)
        .on(WORKER.SESSION_ID.eq(SESSION.ID).and(WORKER.STATE.in(LIVE_WORKER)));
  }

  private static SessionView view(Record row) {
    return new SessionView(
        read(row.into(SESSION)),
        row.get(UNSAVED.getName(), Boolean.class),
        row.get(FAILURES.getName(), Integer.class),
        row.get(ERROR.getName(), String.class),
        row.get(WORKER.ID));
  }

  /**
   * Writes the wish, raising the generation, and answers the session with it; one for an active
   * session counts as a use. The caller holds the row's lock.
   */
  Session wish(SessionId id, DesiredState desired, boolean removeCopy, boolean force, Instant now) {
    UpdateSetMoreStep<SessionRecord> update =
        desired == DesiredState.ACTIVE
            ? touched(now).set(SESSION.DESIRED, desired.name())
            : sql.update(SESSION).set(SESSION.DESIRED, desired.name());
    return update
        .set(SESSION.DESIRED_REMOVE_COPY, removeCopy)
        .set(SESSION.DESIRED_FORCE, force)
        .set(SESSION.GENERATION, SESSION.GENERATION.plus(1))
        .set(SESSION.VERSION, SESSION.VERSION.plus(1))
        .set(SESSION.UPDATE_TIME, now)
        .set(SESSION.ACTIVATION_FAILURES, 0)
        .setNull(SESSION.NEXT_ACTIVATION_TIME)
        .where(SESSION.ID.eq(id))
        .returning()
        .fetchSingle(SessionRepository::read);
  }

  /** Counts a use, so that the idle rule sees it; answers the session with it. */
  Session touch(SessionId id, Instant now) {
    return touched(now).where(SESSION.ID.eq(id)).returning().fetchSingle(SessionRepository::read);
  }

  /** Counts a use of several, which the caller has locked. */
  void touch(Collection<SessionId> ids, Instant now) {
    if (!ids.isEmpty()) {
      touched(now).where(SESSION.ID.in(ids)).execute();
    }
  }

  private UpdateSetMoreStep<SessionRecord> touched(Instant now) {
    return sql.update(SESSION)
        .set(SESSION.ACTIVITY_VERSION, SESSION.ACTIVITY_VERSION.plus(1))
        .set(SESSION.LAST_ACTIVITY_TIME, DSL.greatest(SESSION.LAST_ACTIVITY_TIME, DSL.val(now)));
  }

  /** Writes name, labels and spec; a changed spec raises the generation. */
  boolean update(Session old, SessionChange change, Instant now) {
    SessionRecord row = sql.newRecord(SESSION);
    row.setName(change.name());
    row.setLabels(Labels.toJson(change.labels()));
    write(change.spec(), row);
    row.setVersion(old.version() + 1);
    row.setUpdateTime(now);
    if (!change.spec().equals(old.spec())) {
      row.setGeneration(old.wish().generation() + 1);
    }
    return sql.update(SESSION).set(row).where(SESSION.ID.eq(old.id())).execute() == 1;
  }

  boolean hasUnsavedWork(SessionId id) {
    return sql.fetchExists(
        COPY,
        COPY.SESSION_ID
            .eq(id)
            .and(COPY.DIRTY)
            .and(COPY.STATE.in("PRESENT", "REMOVING", "ABANDONED")));
  }

  static Session read(SessionRecord row) {
    return new Session(
        row.getId(),
        row.getProjectId(),
        row.getName(),
        Labels.fromJson(row.getLabels()),
        row.getVersion(),
        row.getCreateTime(),
        row.getUpdateTime(),
        Actor.of(row.getCreatedByKind(), row.getCreatedById(), row.getCreatedByOnBehalfOf()),
        new Session.Lineage(
            row.getParentId(),
            row.getRootId(),
            row.getDepth(),
            row.getOriginKind(),
            row.getOriginId(),
            row.getCorrelationId(),
            row.getTraceId()),
        spec(row),
        new Session.Wish(
            DesiredState.valueOf(row.getDesired()),
            row.getDesiredRemoveCopy(),
            row.getDesiredForce(),
            row.getGeneration()),
        new Session.Status(
            SessionState.valueOf(row.getState()),
            row.getStateTime(),
            row.getStateReason(),
            row.getStateMessage(),
            row.getObservedGeneration()),
        new Session.Activation(
            row.getWorkerGeneration(), row.getActivationFailures(), row.getNextActivationTime()),
        new Session.Activity(row.getActivityVersion(), row.getLastActivityTime()),
        row.getThrowaway(),
        row.getHeadSnapshotId());
  }

  private static SessionSpec spec(SessionRecord row) {
    return new SessionSpec(
        row.getImage(),
        new SessionSpec.Limits(
            row.getCpuMillis(),
            row.getMemoryBytes(),
            row.getDiskBytes(),
            row.getPids(),
            row.getNetwork()),
        Labels.fromJson(row.getPlacementLabels()),
        Labels.fromJson(row.getRequiredHardening()),
        new SessionSpec.Rules(
            row.getIdleTimeout(),
            row.getRetentionTimeout(),
            row.getSyncInterval(),
            row.getAutoResume(),
            row.getKeepSnapshots()),
        ManifestJson.read(row.getManifest() == null ? null : row.getManifest().data()));
  }

  static void write(SessionSpec spec, SessionRecord row) {
    row.setImage(spec.image());
    row.setCpuMillis(spec.limits().cpuMillis());
    row.setMemoryBytes(spec.limits().memoryBytes());
    row.setDiskBytes(spec.limits().diskBytes());
    row.setPids(spec.limits().pids());
    row.setNetwork(spec.limits().network());
    row.setPlacementLabels(Labels.toJson(spec.placementLabels()));
    row.setRequiredHardening(Labels.toJson(spec.requiredHardening()));
    row.setIdleTimeout(spec.rules().idleTimeout());
    row.setRetentionTimeout(spec.rules().retentionTimeout());
    row.setSyncInterval(spec.rules().syncInterval());
    row.setAutoResume(spec.rules().autoResume());
    row.setKeepSnapshots(spec.rules().keepSnapshots());
    row.setManifest(JSONB.jsonbOrNull(ManifestJson.write(spec.manifest())));
  }
}
