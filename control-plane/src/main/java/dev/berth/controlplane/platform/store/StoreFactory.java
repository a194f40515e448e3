package dev.berth.controlplane.platform.store;

import dev.berth.controlplane.platform.config.StoreConfig;
import dev.berth.controlplane.platform.embedded.EmbeddedStore;
import io.micronaut.context.BeanProvider;
import io.micronaut.context.annotation.Factory;
import jakarta.inject.Singleton;
import java.util.Objects;

/** Decides which store is used. */
@Factory
final class StoreFactory {

  @Singleton
  StoreEndpoint endpoint(StoreConfig config, BeanProvider<EmbeddedStore> embedded) {
    if (config.endpoint() == null || config.endpoint().isBlank()) {
      EmbeddedStore store = embedded.get();
      return new StoreEndpoint(
          store.endpoint(),
          config.region(),
          config.bucket(),
          store.accessKey(),
          store.secretKey(),
          true);
    }
    return new StoreEndpoint(
        config.endpoint(),
        config.region(),
        config.bucket(),
        Objects.requireNonNullElse(config.accessKey(), ""),
        Objects.requireNonNullElse(config.secretKey(), ""),
        false);
  }
}
