package dev.berth.controlplane.platform.db;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.berth.controlplane.platform.config.DatabaseConfig;
import dev.berth.controlplane.platform.embedded.EmbeddedPostgresServer;
import io.micronaut.context.BeanProvider;
import io.micronaut.context.annotation.Bean;
import io.micronaut.context.annotation.Factory;
import io.micronaut.context.annotation.Requires;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.Objects;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.conf.Settings;
import org.jooq.impl.DSL;
import org.jooq.impl.DefaultConfiguration;

/**
 * Pool, jOOQ and the clock. The one {@link DSLContext} works in the transaction that is under way,
 * if one is.
 */
@Factory
final class DatabaseFactory {
  private static final long CONNECT_TIMEOUT_MS = 5_000;

  @Singleton
  DatabaseEndpoint endpoint(DatabaseConfig config, BeanProvider<EmbeddedPostgresServer> embedded) {
    if (config.url() == null || config.url().isBlank()) {
      EmbeddedPostgresServer server = embedded.get();
      return new DatabaseEndpoint(server.url(), server.user(), server.password(), true);
    }
    return new DatabaseEndpoint(
        config.url(),
        Objects.requireNonNullElse(config.user(), ""),
        Objects.requireNonNullElse(config.password(), ""),
        false);
  }

  @Singleton
  @Bean(preDestroy = "close")
  HikariDataSource pool(DatabaseEndpoint endpoint, DatabaseConfig config, Migrations migrations) {
    migrations.migrate();
    HikariConfig hikari = new HikariConfig();
    hikari.setPoolName("berth");
    hikari.setJdbcUrl(endpoint.url());
    hikari.setUsername(endpoint.user());
    hikari.setPassword(endpoint.password());
    hikari.setMaximumPoolSize(config.poolSize());
    hikari.setMinimumIdle(2);
    hikari.setConnectionTimeout(CONNECT_TIMEOUT_MS);
    hikari.setValidationTimeout(CONNECT_TIMEOUT_MS / 2);
    hikari.setInitializationFailTimeout(-1);
    hikari.addDataSourceProperty("ApplicationName", "berth-control-plane");
    hikari.addDataSourceProperty("tcpKeepAlive", "true");
    hikari.addDataSourceProperty(
        "socketTimeout", Long.toString(config.statementTimeout().toSeconds() + 10));
    hikari.addDataSourceProperty(
        "options",
        "-c statement_timeout=%d -c lock_timeout=%d -c idle_in_transaction_session_timeout=%d"
            .formatted(
                config.statementTimeout().toMillis(),
                config.lockTimeout().toMillis(),
                config.idleTimeout().toMillis()));
    // The driver sets the zone of the JVM's host when it connects; nothing else can say otherwise.
    hikari.setConnectionInitSql("set time zone 'UTC'");
    return new HikariDataSource(hikari);
  }

  @Singleton
  Transactions transactions(HikariDataSource pool) {
    return new Transactions(pool);
  }

  /** Tests replace it. */
  @Singleton
  @Requires(missingBeans = Clock.class)
  Clock clock(DatabaseClock database) {
    return database.withZone(ZoneOffset.UTC);
  }

  @Singleton
  DSLContext sql(Transactions transactions) {
    return DSL.using(
        new DefaultConfiguration()
            .set(SQLDialect.POSTGRES)
            .set(transactions.connections())
            .set(new Settings().withExecuteLogging(false).withRenderSchema(false)));
  }
}
