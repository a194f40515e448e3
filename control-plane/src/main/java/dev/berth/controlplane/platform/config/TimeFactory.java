package dev.berth.controlplane.platform.config;

import dev.berth.common.IdSource;
import io.micronaut.context.annotation.Factory;
import io.micronaut.context.annotation.Requires;
import jakarta.inject.Singleton;
import java.time.Clock;

/** The clock, which tests replace, and the ids made by it. */
@Factory
final class TimeFactory {

  @Singleton
  @Requires(missingBeans = Clock.class)
  Clock clock() {
    return Clock.systemUTC();
  }

  @Singleton
  IdSource ids(Clock clock) {
    return new IdSource(clock);
  }
}
