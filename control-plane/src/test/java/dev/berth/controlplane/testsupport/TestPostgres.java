package dev.berth.controlplane.testsupport;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;
import org.flywaydb.core.Flyway;

/**
 * One PostgreSQL for all tests of a JVM, in a zone that is not UTC, with a migrated template from
 * which each test class gets a database of its own in a few milliseconds.
 */
public final class TestPostgres {
  public static final String USER = "postgres";
  private static final String TEMPLATE = "berth_template";

  private final EmbeddedPostgres server;
  private final AtomicInteger databases = new AtomicInteger();

  private TestPostgres() {
    try {
      this.server =
          EmbeddedPostgres.builder()
              .setOverrideWorkingDirectory(
                  Path.of(System.getProperty("user.home"), ".cache", "berth", "postgres").toFile())
              .setServerConfig("timezone", "Pacific/Chatham")
              .setServerConfig("fsync", "off")
              .setServerConfig("max_connections", "300")
              .start();
      execute("create database " + TEMPLATE);
      Flyway.configure()
          .dataSource(url(TEMPLATE), USER, "")
          .locations("classpath:db/migration")
          .load()
          .migrate();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class Holder {
    static final TestPostgres INSTANCE = new TestPostgres();
  }

  /** The one of this JVM, started by the first call; ends with the JVM. */
  public static TestPostgres shared() {
    return Holder.INSTANCE;
  }

  /** The JDBC URL of a new, migrated, empty database. */
  public String newDatabase() {
    String name = "test_" + databases.incrementAndGet();
    execute("create database " + name + " template " + TEMPLATE);
    return url(name);
  }

  private String url(String database) {
    return "jdbc:postgresql://127.0.0.1:" + server.getPort() + "/" + database;
  }

  private void execute(String statement) {
    try (Connection connection = DriverManager.getConnection(url("postgres"), USER, "");
        Statement sql = connection.createStatement()) {
      boolean hasResult = sql.execute(statement);
      assert !hasResult;
    } catch (SQLException e) {
      throw new IllegalStateException(statement, e);
    }
  }
}
