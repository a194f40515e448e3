package dev.berth.controlplane.executor;

import static dev.berth.sql.db.Tables.EXECUTOR;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.ReplicaId;
import dev.berth.controlplane.platform.db.DatabaseClock;
import dev.berth.controlplane.platform.db.Labels;
import dev.berth.controlplane.provider.AgentJson;
import jakarta.inject.Singleton;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jooq.JSONB;
import org.jooq.impl.DSL;

/** What links write of executors; all but the greeting only where the link epoch is theirs. */
@Singleton
final class LinkRepository {
  private final DSLContext sql;

  LinkRepository(DSLContext sql) {
    this.sql = sql;
  }

  /** Raises the epoch, gives the link to the replica, and locks the row; empty where deleted. */
  Optional<Executor> open(ExecutorId id, ReplicaId replica, Greeting greeting) {
    return sql.update(EXECUTOR)
        .set(EXECUTOR.LINK_EPOCH, EXECUTOR.LINK_EPOCH.plus(1))
        .set(EXECUTOR.LINK_REPLICA_ID, replica)
        .set(EXECUTOR.LAST_SEEN, DatabaseClock.NOW)
        .set(EXECUTOR.EXPIRED, false)
        .set(EXECUTOR.READY, false)
        .set(EXECUTOR.NOT_READY_REASON, "It has just connected")
        .set(EXECUTOR.PROTOCOL_VERSION, greeting.protocolVersion())
        .set(EXECUTOR.BUILD_VERSION, greeting.buildVersion())
        .set(
            EXECUTOR.LABELS,
            DSL.field(
                "{0} || {1}",
                JSONB.class, DSL.val(Labels.toJson(greeting.labels())), EXECUTOR.TOKEN_LABELS))
        .set(EXECUTOR.CAPACITY_WORKERS, greeting.capacity().workers())
        .set(EXECUTOR.CAPACITY_CPU_MILLIS, greeting.capacity().cpuMillis())
        .set(EXECUTOR.CAPACITY_MEMORY_BYTES, greeting.capacity().memoryBytes())
        .set(EXECUTOR.CAPACITY_DISK_BYTES, greeting.capacity().diskBytes())
        .set(EXECUTOR.HARDENING, Labels.toJson(greeting.hardening()))
        .set(EXECUTOR.PROVIDERS, greeting.providers().toArray(String[]::new))
        .set(
            EXECUTOR.AGENT_PROVIDERS, JSONB.valueOf(AgentJson.providers(greeting.agentProviders())))
        .set(EXECUTOR.BOOT_ID, greeting.bootId())
        .set(EXECUTOR.MOUNTS, greeting.mounts().toArray(String[]::new))
        .set(EXECUTOR.FEATURES, greeting.features().toArray(String[]::new))
        .set(EXECUTOR.SESSIONLESS_RUNS, greeting.sessionless().runs())
        .set(
            EXECUTOR.SESSIONLESS_PROVIDERS,
            greeting.sessionless().providers().toArray(String[]::new))
        .set(EXECUTOR.VERSION, EXECUTOR.VERSION.plus(1))
        .set(EXECUTOR.UPDATE_TIME, DatabaseClock.NOW)
        .where(EXECUTOR.ID.eq(id).and(EXECUTOR.STATE.ne(ExecutorState.DELETED.name())))
        .returning()
        .fetchOptional(ExecutorRepository::read);
  }

  /** What a heartbeat says beside that the agent lives. */
  record Pulse(boolean ready, String notReadyReason, long diskFreeBytes) {}

  /**
   * Renews the lease.
   *
   * @return whether the executor was ready before; empty where the link is not the newest or the
   *     lease was over already
   */
  Optional<Boolean> renew(ExecutorId id, long epoch, Pulse pulse) {
    return sql.resultQuery(
            """
            update executor e
            set last_seen = clock_timestamp(), ready = ?, not_ready_reason = ?, disk_free_bytes = ?
            from (select id, ready from executor where id = ? for no key update) before
            where e.id = before.id and e.link_epoch = ? and not e.expired
            returning before.ready
            """,
            pulse.ready(),
            pulse.notReadyReason(),
            pulse.diskFreeBytes(),
            id.value(),
            epoch)
        .fetchOptional(row -> row.get(0, Boolean.class));
  }

  /**
   * Whether the link is the newest and its lease valid; if so it stays so until the transaction
   * ends.
   */
  boolean fence(ExecutorId id, long epoch) {
    return sql.select(EXECUTOR.ID)
        .from(EXECUTOR)
        .where(EXECUTOR.ID.eq(id).and(EXECUTOR.LINK_EPOCH.eq(epoch)))
        .andNot(EXECUTOR.EXPIRED)
        .forShare()
        .fetchOptional()
        .isPresent();
  }

  boolean isCurrent(ExecutorId id, long epoch) {
    return sql.fetchExists(
        EXECUTOR, EXECUTOR.ID.eq(id).and(EXECUTOR.LINK_EPOCH.eq(epoch)).andNot(EXECUTOR.EXPIRED));
  }

  /** Whether the link was still the executor's. */
  boolean close(ExecutorId id, long epoch) {
    return sql.update(EXECUTOR)
            .setNull(EXECUTOR.LINK_REPLICA_ID)
            .set(EXECUTOR.READY, false)
            .set(EXECUTOR.NOT_READY_REASON, "It is not connected")
            .where(EXECUTOR.ID.eq(id).and(EXECUTOR.LINK_EPOCH.eq(epoch)))
            .execute()
        == 1;
  }
}
