package dev.berth.controlplane.snapshot;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.bind.annotation.Bindable;
import java.time.Duration;

/**
 * {@code berth.collection.*}
 *
 * @param uploadingAge how long ago a pack was announced before it is collected for want of a
 *     snapshot; more than twice the life of a presigned URL, and longer than any sync
 * @param interval between two collections
 */
@ConfigurationProperties("berth.collection")
public record CollectionConfig(
    @Bindable(defaultValue = "24h") Duration uploadingAge,
    @Bindable(defaultValue = "10m") Duration interval) {}
