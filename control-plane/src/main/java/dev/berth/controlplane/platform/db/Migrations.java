package dev.berth.controlplane.platform.db;

import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the schema to this build's version before anything else uses it. Replicas that start
 * together take turns by an advisory lock. Waits up to {@value #WAIT_SECONDS} s for a database that
 * does not answer yet.
 */
@Singleton
final class Migrations {
  static final int WAIT_SECONDS = 60;
  private static final long LOCK = 0x6265_7274_6801L;
  private static final Logger log = LoggerFactory.getLogger(Migrations.class);

  private final DatabaseEndpoint endpoint;

  Migrations(DatabaseEndpoint endpoint) {
    this.endpoint = endpoint;
  }

  /** Throws {@link IllegalStateException} when the database stays away or holds a newer schema. */
  void migrate() {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
    while (true) {
      try {
        migrateNow();
        return;
      } catch (SQLException | FlywayException e) {
        if (!isAway(e) || System.nanoTime() > end) {
          throw new IllegalStateException("cannot migrate " + endpoint, e);
        }
        log.info("the database at {} does not answer yet", endpoint.url());
        pause();
      }
    }
  }

  private void migrateNow() throws SQLException {
    try (Connection lock =
            DriverManager.getConnection(endpoint.url(), endpoint.user(), endpoint.password());
        Statement statement = lock.createStatement()) {
      statement.execute("select pg_advisory_lock(" + LOCK + ")");
      var result =
          Flyway.configure()
              .dataSource(endpoint.url(), endpoint.user(), endpoint.password())
              .locations("classpath:db/migration")
              // they are made side by side: one of a lower number may come later
              .outOfOrder(true)
              .load()
              .migrate();
      if (result.migrationsExecuted > 0) {
        log.info("schema migrated to version {}", result.targetSchemaVersion);
      }
    }
  }

  private static boolean isAway(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql && sql.getSQLState() != null) {
        return sql.getSQLState().startsWith("08") || sql.getSQLState().startsWith("57P");
      }
    }
    return false;
  }

  private static void pause() {
    try {
      boolean released = new CountDownLatch(1).await(500, TimeUnit.MILLISECONDS);
      assert !released;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for the database", e);
    }
  }
}
