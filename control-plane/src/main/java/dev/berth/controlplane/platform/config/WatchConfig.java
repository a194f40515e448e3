package dev.berth.controlplane.platform.config;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.bind.annotation.Bindable;
import java.time.Duration;

/**
 * {@code berth.watch.*}: how watches of runs, sessions and feeds behave.
 *
 * @param bookmark silence after which a watcher is told where it stands
 * @param slow how long a watcher may take nothing while there is something, before it is cut
 * @param interval how late a watcher learns of an event, should every hint be lost
 * @param perProject how many watches of one project this replica serves at a time
 */
@ConfigurationProperties("berth.watch")
public record WatchConfig(
    @Bindable(defaultValue = "15s") Duration bookmark,
    @Bindable(defaultValue = "30s") Duration slow,
    @Bindable(defaultValue = "1s") Duration interval,
    @Bindable(defaultValue = "2000") int perProject) {}
