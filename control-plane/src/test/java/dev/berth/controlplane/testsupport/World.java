package dev.berth.controlplane.testsupport;

import static dev.berth.sql.db.Tables.ARTIFACT;
import static dev.berth.sql.db.Tables.COPY;
import static dev.berth.sql.db.Tables.EXEC;
import static dev.berth.sql.db.Tables.EXECUTOR;
import static dev.berth.sql.db.Tables.SESSION;
import static dev.berth.sql.db.Tables.WORKER;

import dev.berth.common.Id.ArtifactId;
import dev.berth.common.Id.ExecId;
import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.WorkerId;
import dev.berth.common.IdSource;
import dev.berth.controlplane.platform.auth.Credentials;
import dev.berth.controlplane.platform.auth.Principal;
import dev.berth.sql.db.tables.records.CopyRecord;
import java.time.Duration;
import java.util.UUID;
import org.jooq.DSLContext;

/**
 * Rows as the features that own them would have written them, for tests of other features: an
 * enrolled executor, an active session, its ready worker and that one's copy.
 */
public final class World {
  private final DSLContext sql;
  private final IdSource ids;

  public World(BerthServer berth) {
    this.sql = berth.sql();
    this.ids = berth.bean(IdSource.class);
  }

  /** An executor and the credential it calls with. */
  public record Executor(ExecutorId id, String credential) {}

  /** A session with a READY worker on an executor. */
  public record Place(ProjectId project, SessionId session, WorkerId worker, ExecutorId executor) {}

  public UUID newId() {
    return ids.next();
  }

  public Executor executor(ProjectId project) {
    var id = new ExecutorId(ids.next());
    String credential = Credentials.generate(Principal.Kind.EXECUTOR);
    sql.insertInto(EXECUTOR)
        .set(EXECUTOR.ID, id)
        .set(EXECUTOR.PROJECT_ID, project)
        .set(EXECUTOR.NAME, "executor-" + id)
        .set(EXECUTOR.CREATED_BY_KIND, "SYSTEM")
        .set(EXECUTOR.CREATED_BY_ID, "test")
        .set(EXECUTOR.CREDENTIAL_HASH, Credentials.hash(credential))
        .set(EXECUTOR.FEATURES, new String[] {"manifest", "exec"})
        .execute();
    return new Executor(id, credential);
  }

  /** An ACTIVE session whose worker of generation 1 is READY on the executor, its copy clean. */
  public Place place(ProjectId project, ExecutorId executor) {
    var session = new SessionId(ids.next());
    sql.insertInto(SESSION)
        .set(SESSION.ID, session)
        .set(SESSION.PROJECT_ID, project)
        .set(SESSION.CREATED_BY_KIND, "SYSTEM")
        .set(SESSION.CREATED_BY_ID, "test")
        .set(SESSION.ROOT_ID, session)
        .set(SESSION.IMAGE, "test")
        .set(SESSION.CPU_MILLIS, 1000)
        .set(SESSION.MEMORY_BYTES, 1L << 30)
        .set(SESSION.DISK_BYTES, 1L << 30)
        .set(SESSION.PIDS, 100)
        .set(SESSION.NETWORK, "NONE")
        .set(SESSION.IDLE_TIMEOUT, Duration.ofMinutes(10))
        .set(SESSION.RETENTION_TIMEOUT, Duration.ofHours(1))
        .set(SESSION.DESIRED, "ACTIVE")
        .set(SESSION.STATE, "ACTIVE")
        .set(SESSION.OBSERVED_GENERATION, 1L)
        .set(SESSION.WORKER_GENERATION, 0L)
        .execute();
    WorkerId worker = nextWorker(project, session, executor);
    return new Place(project, session, worker, executor);
  }

  /** Gives the session a new READY worker, of the next generation; the one before is REMOVED. */
  public WorkerId nextWorker(ProjectId project, SessionId session, ExecutorId executor) {
    sql.update(WORKER)
        .set(WORKER.STATE, "REMOVED")
        .set(WORKER.DESIRED, "REMOVED")
        .where(WORKER.SESSION_ID.eq(session))
        .execute();
    long generation =
        sql.update(SESSION)
            .set(SESSION.WORKER_GENERATION, SESSION.WORKER_GENERATION.plus(1))
            .where(SESSION.ID.eq(session))
            .returning(SESSION.WORKER_GENERATION)
            .fetchSingle(SESSION.WORKER_GENERATION);
    var worker = new WorkerId(ids.next());
    sql.insertInto(WORKER)
        .set(WORKER.ID, worker)
        .set(WORKER.PROJECT_ID, project)
        .set(WORKER.SESSION_ID, session)
        .set(WORKER.EXECUTOR_ID, executor)
        .set(WORKER.GENERATION, generation)
        .set(WORKER.DESIRED, "READY")
        .set(WORKER.STATE, "READY")
        .set(WORKER.IMAGE, "test")
        .set(WORKER.CPU_MILLIS, 1000)
        .set(WORKER.MEMORY_BYTES, 1L << 30)
        .set(WORKER.DISK_BYTES, 1L << 30)
        .set(WORKER.PIDS, 100)
        .set(WORKER.NETWORK, "NONE")
        .execute();
    sql.insertInto(COPY)
        .set(COPY.SESSION_ID, session)
        .set(COPY.EXECUTOR_ID, executor)
        .set(COPY.GENERATION, generation)
        .set(COPY.STATE, "PRESENT")
        .onConflict(COPY.SESSION_ID, COPY.EXECUTOR_ID)
        .doUpdate()
        .set(COPY.GENERATION, generation)
        .execute();
    return worker;
  }

  /** An exec that runs there. */
  public ExecId exec(Place place) {
    var id = new ExecId(ids.next());
    sql.insertInto(EXEC)
        .set(EXEC.ID, id)
        .set(EXEC.PROJECT_ID, place.project())
        .set(EXEC.SESSION_ID, place.session())
        .set(EXEC.WORKER_ID, place.worker())
        .set(EXEC.EXECUTOR_ID, place.executor())
        .set(EXEC.WORKER_GENERATION, 1L)
        .set(EXEC.CREATED_BY_KIND, "SYSTEM")
        .set(EXEC.CREATED_BY_ID, "test")
        .set(EXEC.COMMAND, new String[] {"sleep", "1000"})
        .set(EXEC.WORKING_DIRECTORY, "/workspace")
        .set(EXEC.TTY, false)
        .set(EXEC.ROWS, 24)
        .set(EXEC.COLUMNS, 80)
        .set(EXEC.STATE, "RUNNING")
        .execute();
    return id;
  }

  /** An artifact of that session, by its row; its object is not there. */
  public ArtifactId artifact(ProjectId project, SessionId session) {
    var id = new ArtifactId(ids.next());
    sql.insertInto(ARTIFACT)
        .set(ARTIFACT.ID, id)
        .set(ARTIFACT.PROJECT_ID, project)
        .set(ARTIFACT.SESSION_ID, session)
        .set(ARTIFACT.CREATED_BY_KIND, "SYSTEM")
        .set(ARTIFACT.CREATED_BY_ID, "test")
        .set(ARTIFACT.KIND, "FILE")
        .set(ARTIFACT.STATE, "READY")
        .set(ARTIFACT.PATH, "dist/lost")
        .set(ARTIFACT.CONTENT_TYPE, "text/plain")
        .set(ARTIFACT.OBJECT_KEY, "nowhere/" + id)
        .set(ARTIFACT.SIZE_BYTES, 4L)
        .set(ARTIFACT.SHA256, "0".repeat(64))
        .execute();
    return id;
  }

  /** As a writing command or a claimed run does it: dirty from now on. Answers the new version. */
  public long write(Place place) {
    return sql.update(COPY)
        .set(COPY.DIRTY, true)
        .set(COPY.DIRTY_VERSION, COPY.DIRTY_VERSION.plus(1))
        .where(COPY.SESSION_ID.eq(place.session()), COPY.EXECUTOR_ID.eq(place.executor()))
        .returning(COPY.DIRTY_VERSION)
        .fetchSingle(COPY.DIRTY_VERSION);
  }

  public CopyRecord copy(Place place) {
    return sql.selectFrom(COPY)
        .where(COPY.SESSION_ID.eq(place.session()), COPY.EXECUTOR_ID.eq(place.executor()))
        .fetchSingle();
  }
}
