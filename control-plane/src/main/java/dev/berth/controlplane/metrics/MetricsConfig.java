package dev.berth.controlplane.metrics;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.bind.annotation.Bindable;

/**
 * {@code berth.metrics.*} (by environment {@code BERTH_METRICS_PORT} and so on).
 *
 * @param host the address to bind; it speaks plain HTTP, so that beyond loopback it belongs behind
 *     something that guards it
 * @param port 0 for any free one
 */
@ConfigurationProperties("berth.metrics")
record MetricsConfig(
    @Bindable(defaultValue = "127.0.0.1") String host, @Bindable(defaultValue = "7402") int port) {}
