package dev.berth.controlplane.relay;

import static dev.berth.sql.db.Tables.COMMAND;
import static dev.berth.sql.db.Tables.REPLICA;
import static dev.berth.sql.db.Tables.WORKER;

import dev.berth.common.Id.CommandId;
import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.ReplicaId;
import dev.berth.common.Id.SessionId;
import dev.berth.controlplane.platform.db.DatabaseClock;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.jooq.types.DayToSecond;
import org.jspecify.annotations.Nullable;

/** Rows of {@code command}. One is open while it has no {@code done_time}. */
@Singleton
class CommandRepository {

  private final DSLContext sql;

  CommandRepository(DSLContext sql) {
    this.sql = sql;
  }

  void insert(Command command, Duration pickUp) {
    sql.insertInto(COMMAND)
        .set(COMMAND.ID, command.id())
        .set(COMMAND.EXECUTOR_ID, command.executor())
        .set(COMMAND.SESSION_ID, command.session())
        .set(COMMAND.WORKER_ID, command.worker())
        .set(COMMAND.KIND, "OPEN_RELAY")
        .set(COMMAND.WRITES, command.writes())
        .set(COMMAND.PAYLOAD, command.payload())
        .set(COMMAND.REPLICA_ID, command.replica())
        .set(COMMAND.EXPIRE_TIME, DatabaseClock.NOW.plus(DayToSecond.valueOf(pickUp)))
        .execute();
  }

  /** An order to an executor, with the generation of the worker it is meant for. */
  record Order(Command command, long generation) {}

  /** Open commands of the executor that it may still answer, oldest first. */
  List<Order> outstanding(ExecutorId executor, int limit) {
    return sql.select(COMMAND, WORKER.GENERATION)
        .from(COMMAND)
        .join(WORKER)
        .on(WORKER.ID.eq(COMMAND.WORKER_ID))
        .where(
            COMMAND.EXECUTOR_ID.eq(executor),
            COMMAND.DONE_TIME.isNull(),
            COMMAND.EXPIRE_TIME.gt(DatabaseClock.NOW))
        .orderBy(COMMAND.ID)
        .limit(limit)
        .fetch(row -> new Order(command(row.value1()), row.value2()));
  }

  /**
   * The executor's command, while it waits for a stream; no further stream can have it then, and it
   * is not ordered again. Empty also for one of another executor.
   */
  Optional<Command> pickUp(CommandId id, ExecutorId executor) {
    return sql.update(COMMAND)
        .set(COMMAND.EXPIRE_TIME, DatabaseClock.NOW)
        .where(waiting(id, executor))
        .returning()
        .fetchOptional(CommandRepository::command);
  }

  /** Closes a command that waits for a stream, with the executor's reason why there is none. */
  void refuse(CommandId id, ExecutorId executor, String reason) {
    int refused = finish(waiting(id, executor), reason);
    assert refused <= 1;
  }

  private static Condition waiting(CommandId id, ExecutorId executor) {
    return COMMAND
        .ID
        .eq(id)
        .and(COMMAND.EXECUTOR_ID.eq(executor))
        .and(COMMAND.DONE_TIME.isNull())
        .and(COMMAND.EXPIRE_TIME.gt(DatabaseClock.NOW));
  }

  /** Closes a command; the first to do so wins. */
  boolean finish(CommandId id, @Nullable String failure) {
    return finish(COMMAND.ID.eq(id), failure) == 1;
  }

  /**
   * Why the command was closed by someone else: empty while it is open, and where it was closed
   * without a failure.
   */
  Optional<String> failureOf(CommandId id) {
    return sql.select(COMMAND.FAILURE_REASON)
        .from(COMMAND)
        .where(COMMAND.ID.eq(id), COMMAND.DONE_TIME.isNotNull())
        .fetchOptional(COMMAND.FAILURE_REASON);
  }

  /** Closes commands of this replica whose calls are no longer under way. */
  int finishForgotten(ReplicaId replica, Collection<CommandId> open) {
    return finish(
        COMMAND.REPLICA_ID.eq(replica).and(COMMAND.ID.notIn(open)).and(expired()), "CLIENT_GONE");
  }

  /** Closes commands of replicas that have given no sign of life for {@code silence}. */
  int finishOrphaned(Duration silence) {
    return finish(
        expired()
            .and(
                DSL.notExists(
                    DSL.selectOne()
                        .from(REPLICA)
                        .where(
                            REPLICA.ID.eq(COMMAND.REPLICA_ID),
                            REPLICA.HEARTBEAT_TIME.gt(
                                DatabaseClock.NOW.minus(DayToSecond.valueOf(silence)))))),
        "CLIENT_GONE");
  }

  int deleteDone(Duration age, int limit) {
    return sql.deleteFrom(COMMAND)
        .where(
            COMMAND.ID.in(
                DSL.select(COMMAND.ID)
                    .from(COMMAND)
                    .where(
                        COMMAND.DONE_TIME.isNotNull(),
                        COMMAND.CREATE_TIME.lt(DatabaseClock.NOW.minus(DayToSecond.valueOf(age))))
                    .orderBy(COMMAND.CREATE_TIME)
                    .limit(limit)))
        .execute();
  }

  void deleteAll(SessionId session) {
    sql.deleteFrom(COMMAND).where(COMMAND.SESSION_ID.eq(session)).execute();
  }

  private static Condition expired() {
    return COMMAND.EXPIRE_TIME.lt(DatabaseClock.NOW);
  }

  private int finish(Condition which, @Nullable String failure) {
    return sql.update(COMMAND)
        .set(COMMAND.DONE_TIME, DatabaseClock.NOW)
        .set(COMMAND.FAILURE_REASON, failure)
        .where(which, COMMAND.DONE_TIME.isNull())
        .execute();
  }

  private static Command command(dev.berth.sql.db.tables.records.CommandRecord row) {
    return new Command(
        row.getId(),
        row.getExecutorId(),
        row.getSessionId(),
        row.getWorkerId(),
        row.getWrites(),
        row.getPayload(),
        row.getReplicaId());
  }
}
