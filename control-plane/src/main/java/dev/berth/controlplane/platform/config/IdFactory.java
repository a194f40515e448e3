package dev.berth.controlplane.platform.config;

import dev.berth.common.IdSource;
import io.micronaut.context.annotation.Factory;
import jakarta.inject.Singleton;
import java.time.Clock;

/** The ids made by the clock. */
@Factory
final class IdFactory {

  @Singleton
  IdSource ids(Clock clock) {
    return new IdSource(clock);
  }
}
