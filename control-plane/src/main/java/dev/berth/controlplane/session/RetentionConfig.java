package dev.berth.controlplane.session;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.bind.annotation.Bindable;
import java.time.Duration;

/**
 * {@code berth.retention.*}
 *
 * @param deletedSessions how long a deleted session stays readable, with its runs and events
 * @param snapshots how many of a session's newest snapshots are kept where its spec does not say
 * @param runs how long a run stays readable once it has ended, with its attempts and events
 * @param interval between two looks for those that are over
 */
@ConfigurationProperties("berth.retention")
public record RetentionConfig(
    @Bindable(defaultValue = "30d") Duration deletedSessions,
    @Bindable(defaultValue = "20") int snapshots,
    @Bindable(defaultValue = "30d") Duration runs,
    @Bindable(defaultValue = "10m") Duration interval) {}
