package dev.berth.controlplane.platform.config;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.bind.annotation.Bindable;
import java.time.Duration;

/**
 * {@code berth.lease.*}: how long silence is borne, on the database's clock.
 *
 * @param executor silence after which an executor's attempts may be given to others
 * @param lostAfter silence after which its workers are LOST; at least {@code executor}
 * @param heartbeat how often executors and replicas give a sign of life; at most a third of {@code
 *     executor}
 */
@ConfigurationProperties("berth.lease")
public record LeaseConfig(
    @Bindable(defaultValue = "15s") Duration executor,
    @Bindable(defaultValue = "60s") Duration lostAfter,
    @Bindable(defaultValue = "5s") Duration heartbeat) {

  public LeaseConfig {
    if (lostAfter.compareTo(executor) < 0) {
      throw new IllegalArgumentException(
          "berth.lease.lost-after is shorter than berth.lease.executor");
    }
    if (heartbeat.multipliedBy(3).compareTo(executor) > 0) {
      throw new IllegalArgumentException(
          "berth.lease.heartbeat is over a third of berth.lease.executor");
    }
  }

  /**
   * Signs of life of a replica that are further apart leave a time in which nobody can be said to
   * have listened. With an executor's own heartbeat it stays within the lease.
   */
  public Duration gap() {
    return heartbeat.multipliedBy(3).dividedBy(2);
  }
}
