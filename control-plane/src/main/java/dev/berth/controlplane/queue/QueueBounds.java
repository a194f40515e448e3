package dev.berth.controlplane.queue;

import dev.berth.common.Id.QueueId;

/**
 * What a new run needs to know of its queue.
 *
 * @param maxDepth 0 is no bound
 * @param bounded its runs start only as they are admitted
 */
public record QueueBounds(
    QueueId id,
    String name,
    int maxDepth,
    QueueKey key,
    boolean paused,
    boolean bounded,
    RunDefaults defaults) {}
