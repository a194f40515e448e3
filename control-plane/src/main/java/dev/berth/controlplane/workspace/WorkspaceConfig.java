package dev.berth.controlplane.workspace;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.bind.annotation.Bindable;
import java.time.Duration;

/**
 * {@code berth.workspace.*}
 *
 * @param activationWait how long a file call waits for the session to become active
 * @param syncWait how long a call waits for the sync it asked for
 */
@ConfigurationProperties("berth.workspace")
public record WorkspaceConfig(
    @Bindable(defaultValue = "60s") Duration activationWait,
    @Bindable(defaultValue = "10m") Duration syncWait) {}
