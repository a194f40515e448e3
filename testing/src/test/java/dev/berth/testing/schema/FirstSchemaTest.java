package dev.berth.testing.schema;

import static dev.berth.sql.db.Tables.RUN;
import static dev.berth.sql.db.Tables.RUN_EVENT;
import static dev.berth.sql.db.Tables.SESSION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.jooq.impl.DSL.count;
import static org.jooq.impl.DSL.max;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.Objects;
import org.flywaydb.core.Flyway;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * An installation made at the first schema can be brought to the newest, and keeps what it holds.
 * Fails where a migration that was released is edited: its checksum is part of the dump.
 */
class FirstSchemaTest {
  private static EmbeddedPostgres postgres;

  @BeforeAll
  static void start() throws Exception {
    postgres =
        EmbeddedPostgres.builder()
            .setOverrideWorkingDirectory(
                Path.of(System.getProperty("user.home"), ".cache", "berth", "postgres").toFile())
            .setServerConfig("fsync", "off")
            .start();
  }

  @AfterAll
  static void stop() throws Exception {
    postgres.close();
  }

  @Test
  void dumpOfTheFirstSchema_isMigratedWithItsRows() throws Exception {
    flyway("001").migrate();
    try (Connection connection = postgres.getPostgresDatabase().getConnection()) {
      var sql = DSL.using(connection, SQLDialect.POSTGRES);
      sql.execute("delete from flyway_schema_history");
      try (var statement = connection.createStatement()) {
        statement.execute(dump());
      }
      int sessions = sql.fetchCount(SESSION);

      flyway("latest").migrate();

      assertThat(sessions).isEqualTo(3);
      assertThat(sql.selectFrom(SESSION).fetch()).hasSize(sessions);
      assertThat(sql.selectFrom(RUN).fetch(RUN.STATE))
          .containsExactlyInAnyOrder("SUCCEEDED", "SUCCEEDED", "FAILED", "CANCELED", "QUEUED");
      sql.select(max(RUN_EVENT.SEQ), count())
          .from(RUN_EVENT)
          .groupBy(RUN_EVENT.RUN_ID)
          .fetch()
          .forEach(run -> assertThat(run.value1()).isEqualTo(run.value2().longValue()));
    }
  }

  private static Flyway flyway(String target) {
    return Flyway.configure()
        .dataSource(postgres.getPostgresDatabase())
        .locations("classpath:db/migration")
        .target(target)
        .load();
  }

  private static String dump() throws Exception {
    try (var in =
        Objects.requireNonNull(
            FirstSchemaTest.class.getResourceAsStream("/schema/V001-with-data.sql"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
