package dev.berth.controlplane.platform.replica;

import static dev.berth.sql.db.Tables.INSTALLATION;
import static dev.berth.sql.db.Tables.REPLICA;

import dev.berth.common.Id.ReplicaId;
import dev.berth.controlplane.platform.db.DatabaseClock;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.impl.DSL;

/** The rows {@code installation} and {@code replica}. */
@Singleton
final class ReplicaRepository {
  private final DSLContext sql;

  ReplicaRepository(DSLContext sql) {
    this.sql = sql;
  }

  /** Makes the installation's row unless it is there; whoever is first decides. */
  void ensureInstallation(UUID id, String replicaSecret) {
    int rows =
        sql.insertInto(INSTALLATION)
            .set(INSTALLATION.ID, id)
            .set(INSTALLATION.REPLICA_SECRET, replicaSecret)
            .onConflictDoNothing()
            .execute();
    assert rows <= 1;
  }

  UUID installationId() {
    return sql.select(INSTALLATION.ID).from(INSTALLATION).fetchSingle(INSTALLATION.ID);
  }

  String replicaSecret() {
    return sql.select(INSTALLATION.REPLICA_SECRET)
        .from(INSTALLATION)
        .fetchSingle(INSTALLATION.REPLICA_SECRET);
  }

  /**
   * Says that the replica lives and listens. Where its last sign of life is older than {@code gap},
   * or the row is new, it counts as listening only from now on: executors may have called in vain
   * meanwhile.
   */
  void heartbeat(ReplicaId id, String privateAddress, Duration gap) {
    Field<Instant> limit =
        DSL.field(
            "{0} - {1} * interval '1 millisecond'",
            Instant.class, DatabaseClock.NOW, DSL.val(gap.toMillis()));
    int rows =
        sql.insertInto(REPLICA)
            .set(REPLICA.ID, id)
            .set(REPLICA.PRIVATE_ADDRESS, privateAddress)
            .set(REPLICA.HEARTBEAT_TIME, DatabaseClock.NOW)
            .set(REPLICA.LISTENING_SINCE, DatabaseClock.NOW)
            .onConflict(REPLICA.ID)
            .doUpdate()
            .set(REPLICA.PRIVATE_ADDRESS, privateAddress)
            .set(
                REPLICA.LISTENING_SINCE,
                DSL.when(
                        REPLICA.LISTENING_SINCE.isNull().or(REPLICA.HEARTBEAT_TIME.lt(limit)),
                        DatabaseClock.NOW)
                    .otherwise(REPLICA.LISTENING_SINCE))
            .set(REPLICA.HEARTBEAT_TIME, DatabaseClock.NOW)
            .execute();
    assert rows == 1;
  }

  /** Forgets replicas that ended without a word. */
  void deleteSilent(Duration silence) {
    Field<Instant> limit =
        DSL.field(
            "{0} - {1} * interval '1 millisecond'",
            Instant.class, DatabaseClock.NOW, DSL.val(silence.toMillis()));
    int rows = sql.deleteFrom(REPLICA).where(REPLICA.HEARTBEAT_TIME.lt(limit)).execute();
    assert rows >= 0;
  }

  void delete(ReplicaId id) {
    int rows = sql.deleteFrom(REPLICA).where(REPLICA.ID.eq(id)).execute();
    assert rows <= 1;
  }

  Optional<String> privateAddress(ReplicaId id) {
    return sql.select(REPLICA.PRIVATE_ADDRESS)
        .from(REPLICA)
        .where(REPLICA.ID.eq(id))
        .fetchOptional(REPLICA.PRIVATE_ADDRESS);
  }
}
