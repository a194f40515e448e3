package dev.berth.controlplane.pool;

import static dev.berth.sql.db.Tables.POOL;

import dev.berth.common.Id.PoolId;
import dev.berth.common.Id.ProjectId;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.db.Labels;
import dev.berth.controlplane.session.SessionSpec;
import dev.berth.sql.db.tables.records.PoolRecord;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jooq.DSLContext;

/** The table {@code pool}. */
@Singleton
final class PoolRepository {
  private final DSLContext sql;

  PoolRepository(DSLContext sql) {
    this.sql = sql;
  }

  /** False where the project has one of that name. */
  boolean insert(
      PoolId id, ProjectId project, String name, PoolChange wanted, Actor actor, Instant now) {
    PoolRecord row = sql.newRecord(POOL);
    row.setId(id);
    row.setProjectId(project);
    row.setName(name);
    row.setCreateTime(now);
    row.setCreatedByKind(actor.kind().name());
    row.setCreatedById(actor.id());
    row.setCreatedByOnBehalfOf(actor.onBehalfOf());
    fill(row, wanted, now);
    return sql.insertInto(POOL).set(row).onConflictDoNothing().execute() == 1;
  }

  void update(Pool pool, PoolChange wanted, Instant now) {
    PoolRecord row = sql.newRecord(POOL);
    row.setVersion(pool.version() + 1);
    fill(row, wanted, now);
    sql.update(POOL).set(row).where(POOL.ID.eq(pool.id())).execute();
  }

  private static void fill(PoolRecord row, PoolChange wanted, Instant now) {
    SessionSpec.Limits limits = wanted.spec().limits();
    row.setUpdateTime(now);
    row.setLabels(Labels.toJson(wanted.labels()));
    row.setImage(wanted.spec().image());
    row.setCpuMillis(limits.cpuMillis());
    row.setMemoryBytes(limits.memoryBytes());
    row.setDiskBytes(limits.diskBytes());
    row.setPids(limits.pids());
    row.setNetwork(limits.network());
    row.setPlacementLabels(Labels.toJson(wanted.spec().placementLabels()));
    row.setRequiredHardening(Labels.toJson(wanted.spec().requiredHardening()));
    row.setFitKey(wanted.spec().fitKey());
    row.setSize(wanted.size());
    row.setMaxPerExecutor(wanted.maxPerExecutor());
  }

  void delete(PoolId id) {
    sql.deleteFrom(POOL).where(POOL.ID.eq(id)).execute();
  }

  Optional<Pool> find(ProjectId project, PoolId id) {
    return sql.selectFrom(POOL)
        .where(POOL.PROJECT_ID.eq(project).and(POOL.ID.eq(id)))
        .fetchOptional(PoolRepository::read);
  }

  Optional<Pool> find(ProjectId project, String name) {
    return sql.selectFrom(POOL)
        .where(POOL.PROJECT_ID.eq(project).and(POOL.NAME.eq(name)))
        .fetchOptional(PoolRepository::read);
  }

  /** The pool, locked; empty where somebody else works on it. */
  Optional<Pool> tryLock(PoolId id) {
    return sql.selectFrom(POOL)
        .where(POOL.ID.eq(id))
        .forUpdate()
        .skipLocked()
        .fetchOptional(PoolRepository::read);
  }

  Pool lock(Pool pool) {
    return sql.selectFrom(POOL)
        .where(POOL.ID.eq(pool.id()))
        .forUpdate()
        .fetchOptional(PoolRepository::read)
        .orElseThrow(() -> PoolErrors.notFound(pool.id().toString()));
  }

  /** By name, those behind {@code after}. */
  List<Pool> list(ProjectId project, String after, int limit) {
    return sql.selectFrom(POOL)
        .where(POOL.PROJECT_ID.eq(project).and(POOL.NAME.gt(after)))
        .orderBy(POOL.NAME)
        .limit(limit)
        .fetch(PoolRepository::read);
  }

  /** All of the installation. */
  List<PoolId> ids() {
    return sql.select(POOL.ID).from(POOL).orderBy(POOL.ID).fetch(POOL.ID);
  }

  void hit(PoolId id) {
    sql.update(POOL).set(POOL.HITS, POOL.HITS.plus(1)).where(POOL.ID.eq(id)).execute();
  }

  /** Nothing was ready of the pools a session would have fitted. */
  void missed(ProjectId project, String fitKey) {
    sql.update(POOL)
        .set(POOL.MISSES, POOL.MISSES.plus(1))
        .where(POOL.PROJECT_ID.eq(project).and(POOL.FIT_KEY.eq(fitKey)))
        .execute();
  }

  private static Pool read(PoolRecord row) {
    return new Pool(
        row.getId(),
        row.getProjectId(),
        row.getName(),
        row.getVersion(),
        row.getCreateTime(),
        row.getUpdateTime(),
        Actor.of(row.getCreatedByKind(), row.getCreatedById(), row.getCreatedByOnBehalfOf()),
        new PoolChange(
            Labels.fromJson(row.getLabels()),
            new PoolSpec(
                row.getImage(),
                new SessionSpec.Limits(
                    row.getCpuMillis(),
                    row.getMemoryBytes(),
                    row.getDiskBytes(),
                    row.getPids(),
                    row.getNetwork()),
                Labels.fromJson(row.getPlacementLabels()),
                Labels.fromJson(row.getRequiredHardening())),
            row.getSize(),
            row.getMaxPerExecutor()),
        row.getFitKey(),
        row.getHits(),
        row.getMisses());
  }
}
