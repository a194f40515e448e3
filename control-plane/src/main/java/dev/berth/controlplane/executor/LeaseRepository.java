package dev.berth.controlplane.executor;

import static dev.berth.sql.db.Tables.EXECUTOR;
import static dev.berth.sql.db.Tables.REPLICA;

import dev.berth.common.Id.ExecutorId;
import dev.berth.controlplane.platform.db.DatabaseClock;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.impl.DSL;

/** Leases of executors, all by {@code clock_timestamp()}. */
@Singleton
final class LeaseRepository {
  private final DSLContext sql;

  LeaseRepository(DSLContext sql) {
    this.sql = sql;
  }

  /** Marks those expired that are silent for longer than {@code lease}, and returns them. */
  List<Executor> expire(Duration lease, Duration gap) {
    return sql.update(EXECUTOR)
        .set(EXECUTOR.EXPIRED, true)
        .set(EXECUTOR.READY, false)
        .where(DSL.not(EXECUTOR.EXPIRED))
        .and(silentFor(lease, gap))
        .returning()
        .fetch(ExecutorRepository::read);
  }

  /** Those expired and silent for longer than {@code lostAfter}. */
  List<ExecutorId> lost(Duration lostAfter, Duration gap) {
    return sql.select(EXECUTOR.ID)
        .from(EXECUTOR)
        .where(EXECUTOR.EXPIRED)
        .and(silentFor(lostAfter, gap))
        .fetch(EXECUTOR.ID);
  }

  /**
   * Silent since {@code last_seen}, but counted only from when somebody listened without a gap: the
   * replica that holds its link, or where that one gave no sign of life within {@code gap}, the one
   * that began last. Unknown, and so false, while no replica listens.
   */
  private static Condition silentFor(Duration time, Duration gap) {
    Condition alive = REPLICA.HEARTBEAT_TIME.gt(ago(gap)).and(REPLICA.LISTENING_SINCE.isNotNull());
    Field<Instant> own =
        DSL.field(
            DSL.select(REPLICA.LISTENING_SINCE)
                .from(REPLICA)
                .where(REPLICA.ID.eq(EXECUTOR.LINK_REPLICA_ID).and(alive)));
    Field<Instant> newest =
        DSL.field(DSL.select(DSL.max(REPLICA.LISTENING_SINCE)).from(REPLICA).where(alive));
    Field<Instant> heardFrom = DSL.coalesce(own, newest);
    // greatest() skips nulls; where nobody listens the comparison must stay unknown.
    return DSL.greatest(EXECUTOR.LAST_SEEN, heardFrom)
        .lt(ago(time))
        .and(EXECUTOR.LAST_SEEN.isNotNull())
        .and(heardFrom.isNotNull());
  }

  private static Field<Instant> ago(Duration time) {
    return DSL.field(
        "{0} - {1} * interval '1 millisecond'",
        Instant.class, DatabaseClock.NOW, DSL.val(time.toMillis()));
  }
}
