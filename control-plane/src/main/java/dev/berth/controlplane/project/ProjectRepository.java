package dev.berth.controlplane.project;

import static dev.berth.sql.db.Tables.PROJECT;

import dev.berth.common.Id.ProjectId;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.db.Labels;
import dev.berth.sql.db.tables.records.ProjectRecord;
import jakarta.inject.Singleton;
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

  private static Project map(ProjectRecord row) {
    return new Project(
        row.getId(),
        row.getName(),
        Labels.fromJson(row.getLabels()),
        row.getVersion(),
        row.getCreateTime(),
        row.getUpdateTime(),
        new Actor(
            Actor.Kind.valueOf(row.getCreatedByKind()),
            row.getCreatedById(),
            row.getCreatedByOnBehalfOf()));
  }
}
