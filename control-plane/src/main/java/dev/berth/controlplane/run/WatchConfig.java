package dev.berth.controlplane.run;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.bind.annotation.Bindable;
import java.time.Duration;

/**
 * {@code berth.watch.*}: how a watch behaves in time.
 *
 * @param bookmark silence after which a watcher is told where it stands
 * @param slow how long a watcher may take nothing while there is something, before it is cut
 * @param interval how late a watcher learns of an event, should every hint be lost
 */
@ConfigurationProperties("berth.watch")
public record WatchConfig(
    @Bindable(defaultValue = "15s") Duration bookmark,
    @Bindable(defaultValue = "30s") Duration slow,
    @Bindable(defaultValue = "1s") Duration interval) {}
