package dev.berth.controlplane.relay;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.bind.annotation.Bindable;
import java.time.Duration;

/**
 * {@code berth.relay.*}
 *
 * @param pickUp how long an executor may take to open the stream it is told to open
 * @param sweep how often commands that no call waits for are closed
 * @param keep how long closed commands are kept
 */
@ConfigurationProperties("berth.relay")
public record RelayConfig(
    @Bindable(defaultValue = "15s") Duration pickUp,
    @Bindable(defaultValue = "10s") Duration sweep,
    @Bindable(defaultValue = "1h") Duration keep) {}
