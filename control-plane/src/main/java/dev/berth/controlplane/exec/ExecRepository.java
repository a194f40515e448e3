package dev.berth.controlplane.exec;

import static dev.berth.sql.db.Tables.EXEC;
import static dev.berth.sql.db.Tables.WORKER;

import dev.berth.common.Id.ExecId;
import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.platform.auth.Actor;
import dev.berth.controlplane.platform.db.DatabaseClock;
import dev.berth.controlplane.platform.db.Labels;
import dev.berth.sql.db.tables.records.ExecRecord;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.jooq.types.DayToSecond;
import org.jspecify.annotations.Nullable;

/** Rows of {@code exec}. Those of one session are written under its lock. */
@Singleton
class ExecRepository {

  private static final Condition ACTIVE = EXEC.STATE.in("STARTING", "RUNNING");

  private final DSLContext sql;

  ExecRepository(DSLContext sql) {
    this.sql = sql;
  }

  Exec insert(ExecId id, ProjectId project, Exec.Place place, Exec.Spec spec, Actor createdBy) {
    return sql.insertInto(EXEC)
        .set(EXEC.ID, id)
        .set(EXEC.PROJECT_ID, project)
        .set(EXEC.SESSION_ID, place.session())
        .set(EXEC.WORKER_ID, place.worker())
        .set(EXEC.EXECUTOR_ID, place.executor())
        .set(EXEC.WORKER_GENERATION, place.generation())
        .set(EXEC.CREATED_BY_KIND, createdBy.kind().name())
        .set(EXEC.CREATED_BY_ID, createdBy.id())
        .set(EXEC.CREATED_BY_ON_BEHALF_OF, createdBy.onBehalfOf())
        .set(EXEC.COMMAND, spec.command().toArray(String[]::new))
        .set(EXEC.ENVIRONMENT, Labels.toJson(spec.environment()))
        .set(EXEC.WORKING_DIRECTORY, spec.workingDirectory())
        .set(EXEC.TTY, spec.tty())
        .set(EXEC.ROWS, spec.rows())
        .set(EXEC.COLUMNS, spec.columns())
        .set(EXEC.STATE, ExecState.STARTING.name())
        .returning()
        .fetchSingle(ExecRepository::exec);
  }

  Optional<Exec> find(ExecId id) {
    return sql.selectFrom(EXEC).where(EXEC.ID.eq(id)).fetchOptional(ExecRepository::exec);
  }

  int active(SessionId session) {
    return sql.fetchCount(EXEC, EXEC.SESSION_ID.eq(session).and(ACTIVE));
  }

  /** Newest first, those made before {@code before} where that is given. */
  List<Exec> list(
      ProjectId project,
      @Nullable SessionId session,
      boolean active,
      @Nullable ExecId before,
      int limit) {
    Condition which = EXEC.PROJECT_ID.eq(project);
    if (session != null) {
      which = which.and(EXEC.SESSION_ID.eq(session));
    }
    if (active) {
      which = which.and(ACTIVE);
    }
    if (before != null) {
      which = which.and(EXEC.ID.lt(before));
    }
    return sql.selectFrom(EXEC)
        .where(which)
        .orderBy(EXEC.ID.desc())
        .limit(limit)
        .fetch(ExecRepository::exec);
  }

  /** Those of an executor in that state, oldest first. */
  List<Exec> ofExecutor(ExecutorId executor, ExecState state, int limit) {
    return sql.selectFrom(EXEC)
        .where(EXEC.EXECUTOR_ID.eq(executor), EXEC.STATE.eq(state.name()), ACTIVE)
        .orderBy(EXEC.ID)
        .limit(limit)
        .fetch(ExecRepository::exec);
  }

  /** An active exec, and the state of its worker, with which it has ended. */
  record Orphan(Exec exec, String workerState) {}

  List<Orphan> orphans(int limit) {
    return sql.select(EXEC, WORKER.STATE)
        .from(EXEC)
        .join(WORKER)
        .on(WORKER.ID.eq(EXEC.WORKER_ID))
        .where(ACTIVE, WORKER.STATE.in("STOPPED", "REMOVED", "LOST", "SALVAGING", "FAILED"))
        .orderBy(EXEC.ID)
        .limit(limit)
        .fetch(row -> new Orphan(exec(row.value1()), row.value2()));
  }

  /** False where the exec has ended, or is in that state, already. */
  boolean become(ExecId id, Exec.Status next) {
    var update =
        sql.update(EXEC)
            .set(EXEC.STATE, next.state().name())
            .set(EXEC.REASON, next.reason())
            .set(EXEC.MESSAGE, next.message())
            .set(EXEC.EXIT_CODE, next.exitCode())
            .set(EXEC.ENVIRONMENT, Labels.toJson(Map.of()));
    update =
        next.state().ended()
            ? update.set(EXEC.END_TIME, DatabaseClock.NOW)
            : update.set(EXEC.START_TIME, DatabaseClock.NOW);
    return update.where(EXEC.ID.eq(id), ACTIVE, EXEC.STATE.ne(next.state().name())).execute() == 1;
  }

  int deleteEnded(Duration age, int limit) {
    return sql.deleteFrom(EXEC)
        .where(
            EXEC.ID.in(
                DSL.select(EXEC.ID)
                    .from(EXEC)
                    .where(
                        EXEC.END_TIME.isNotNull(),
                        EXEC.END_TIME.lt(DatabaseClock.NOW.minus(DayToSecond.valueOf(age))))
                    .orderBy(EXEC.END_TIME)
                    .limit(limit)))
        .execute();
  }

  void deleteAll(SessionId session) {
    sql.deleteFrom(EXEC).where(EXEC.SESSION_ID.eq(session)).execute();
  }

  private static Exec exec(ExecRecord row) {
    return new Exec(
        row.getId(),
        row.getProjectId(),
        new Exec.Place(
            row.getSessionId(), row.getWorkerId(), row.getExecutorId(), row.getWorkerGeneration()),
        new Exec.Spec(
            List.of(row.getCommand()),
            Labels.fromJson(row.getEnvironment()),
            row.getWorkingDirectory(),
            row.getTty(),
            row.getRows(),
            row.getColumns()),
        new Exec.Status(
            ExecState.valueOf(row.getState()),
            row.getReason(),
            row.getMessage(),
            row.getExitCode(),
            row.getStartTime(),
            row.getEndTime()),
        row.getCreateTime(),
        Actor.of(row.getCreatedByKind(), row.getCreatedById(), row.getCreatedByOnBehalfOf()));
  }
}
