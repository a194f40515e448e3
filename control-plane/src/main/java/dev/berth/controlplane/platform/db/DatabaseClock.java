package dev.berth.controlplane.platform.db;

import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.Objects;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.impl.DSL;

/**
 * The database's clock, by which leases are decided: the same for all replicas, whatever their
 * hosts' say.
 */
@Singleton
public final class DatabaseClock {
  /** {@code clock_timestamp()} inside a statement: the time at which it is evaluated. */
  public static final Field<Instant> NOW = DSL.field("clock_timestamp()", Instant.class);

  private final DSLContext sql;

  DatabaseClock(DSLContext sql) {
    this.sql = sql;
  }

  public Instant now() {
    return Objects.requireNonNull(sql.select(NOW).fetchSingle().value1());
  }
}
