package dev.berth.controlplane.platform.config;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.bind.annotation.Bindable;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * {@code berth.database.*}: the PostgreSQL (16 or newer) that holds all state. Without a URL one is
 * started under the home directory.
 *
 * @param url JDBC URL
 * @param poolSize connections this replica holds, besides two for notifications
 * @param statementTimeout after which the database ends a statement
 * @param lockTimeout after which a statement stops waiting for a lock
 * @param idleTimeout after which the database ends an idle transaction
 */
@ConfigurationProperties("berth.database")
public record DatabaseConfig(
    @Nullable String url,
    @Nullable String user,
    @Nullable String password,
    @Bindable(defaultValue = "16") int poolSize,
    @Bindable(defaultValue = "30s") Duration statementTimeout,
    @Bindable(defaultValue = "10s") Duration lockTimeout,
    @Bindable(defaultValue = "10s") Duration idleTimeout) {

  @Override
  public String toString() {
    return "DatabaseConfig[url=" + url + ", user=" + user + "]";
  }
}
