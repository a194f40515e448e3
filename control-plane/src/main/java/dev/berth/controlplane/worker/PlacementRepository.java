package dev.berth.controlplane.worker;

import dev.berth.common.Id.ProjectId;
import jakarta.inject.Singleton;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;

/** The lock that lets one transaction at a time place workers, so that none counts room twice. */
@Singleton
final class PlacementRepository {
  private final DSLContext sql;

  PlacementRepository(DSLContext sql) {
    this.sql = sql;
  }

  /** Waits for the project's lock and holds it until the transaction ends. */
  void lock(ProjectId project) {
    sql.select(
            DSL.field(
                "pg_advisory_xact_lock(hashtext('placement'), hashtext({0}))",
                Object.class, DSL.val(project.toString())))
        .fetch();
  }
}
