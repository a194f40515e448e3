package dev.berth.controlplane.queue;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Counts of a queue's runs at one moment.
 *
 * @param waiting those delayed among them
 * @param oldest when the longest waiting of those whose time has come was made; null where none is
 * @param keys those with the most runs waiting and under way
 */
record QueueStats(
    long waiting,
    long delayed,
    long active,
    @Nullable Instant oldest,
    long ended,
    long failed,
    List<Key> keys) {

  record Key(String key, long waiting, long active) {}
}
