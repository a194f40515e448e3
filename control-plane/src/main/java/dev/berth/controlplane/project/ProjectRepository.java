package dev.berth.controlplane.project;

import static dev.berth.sql.db.Tables.PROJECT;

import dev.berth.common.Id.ProjectId;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.db.Labels;
import dev.berth.sql.db.tables.records.ProjectRecord;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.Optional;
import org.jooq.DSLContext;

@Singleton
final class ProjectRepository {
  private final DSLContext sql;

  ProjectRepository(DSLContext sql) {
    this.sql = sql;
  }

  Optional<Project> find(ProjectId id) {
    return sql.selectFrom(PROJECT).where(PROJECT.ID.eq(id)).fetchOptional(ProjectRepository::map);
  }

  /**
   * The project of that name, made under {@code id} where there is none; locked until the
   * transaction ends.
   */
  Project ensure(ProjectId id, String name, Actor actor) {
    int rows =
        sql.insertInto(PROJECT)
            .set(PROJECT.ID, id)
            .set(PROJECT.NAME, name)
            .set(PROJECT.CREATED_BY_KIND, actor.kind().name())
            .set(PROJECT.CREATED_BY_ID, actor.id())
            .onConflict(PROJECT.NAME)
            .doNothing()
            .execute();
    assert rows <= 1;
    return sql.selectFrom(PROJECT)
        .where(PROJECT.NAME.eq(name))
        .forUpdate()
        .fetchSingle(ProjectRepository::map);
  }

  /** Locks the row until the transaction ends. */
  Optional<Project> lock(ProjectId id) {
    return sql.selectFrom(PROJECT)
        .where(PROJECT.ID.eq(id))
        .forUpdate()
        .fetchOptional(ProjectRepository::map);
  }

  /** The caller holds the row's lock. */
  void update(Project old, ProjectChange change, Instant now) {
    sql.update(PROJECT)
        .set(PROJECT.LABELS, Labels.toJson(change.labels()))
        .set(PROJECT.IDLE_TIMEOUT, change.settings().idleTimeout())
        .set(PROJECT.RETENTION_TIMEOUT, change.settings().retentionTimeout())
        .set(PROJECT.SYNC_INTERVAL, change.settings().syncInterval())
        .set(PROJECT.KEEP_SNAPSHOTS, change.settings().keepSnapshots())
        .set(PROJECT.VERSION, old.version() + 1)
        .set(PROJECT.UPDATE_TIME, now)
        .where(PROJECT.ID.eq(old.id()))
        .execute();
  }

  private static Project map(ProjectRecord row) {
    return new Project(
        row.getId(),
        row.getName(),
        Labels.fromJson(row.getLabels()),
        new Project.Settings(
            row.getIdleTimeout(),
            row.getRetentionTimeout(),
            row.getSyncInterval(),
            row.getKeepSnapshots()),
        row.getVersion(),
        row.getCreateTime(),
        row.getUpdateTime(),
        Actor.of(row.getCreatedByKind(), row.getCreatedById(), row.getCreatedByOnBehalfOf()));
  }
}
