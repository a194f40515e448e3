package dev.berth.controlplane.platform.db;

import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.impl.DSL;

/**
 * The database's clock, by which everything is decided that time decides: the same for all
 * replicas, whatever their hosts' say. Leases ask it in the statement itself; everything else reads
 * it here, as it was at the last {@link #look} plus what has passed since by the host's monotonic
 * clock.
 */
@Singleton
public final class DatabaseClock implements InstantSource {
  /** {@code clock_timestamp()} inside a statement: the time at which it is evaluated. */
  public static final Field<Instant> NOW = DSL.field("clock_timestamp()", Instant.class);

  /** An answer that took longer says too little: the process may have stood still meanwhile. */
  private static final Duration QUICK = Duration.ofMillis(500);

  private final DSLContext sql;
  private volatile Seen seen;

  private record Seen(Instant time, long nanos, Duration took) {}

  DatabaseClock(DSLContext sql) {
    this.sql = sql;
    this.seen = ask();
  }

  /** Compares with the database. One that takes long changes nothing. */
  public void look() {
    Seen now = ask();
    if (now.took().compareTo(QUICK) < 0 || now.took().compareTo(seen.took()) < 0) {
      seen = now;
    }
  }

  @Override
  public Instant instant() {
    Seen last = seen;
    return last.time().plusNanos(System.nanoTime() - last.nanos());
  }

  private Seen ask() {
    long asked = System.nanoTime();
    Instant time = Objects.requireNonNull(sql.select(NOW).fetchSingle().value1());
    long took = System.nanoTime() - asked;
    return new Seen(time, asked + took / 2, Duration.ofNanos(took));
  }
}
