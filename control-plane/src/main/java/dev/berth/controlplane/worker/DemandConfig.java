package dev.berth.controlplane.worker;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.bind.annotation.Bindable;
import java.time.Duration;

/**
 * {@code berth.demand.*}
 *
 * @param idle how long nobody used a session before its place may be given to one that waits
 */
@ConfigurationProperties("berth.demand")
record DemandConfig(@Bindable(defaultValue = "10s") Duration idle) {}
