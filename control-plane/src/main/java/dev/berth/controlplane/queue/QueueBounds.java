package dev.berth.controlplane.queue;

import dev.berth.common.Id.QueueId;

/** What a new run needs to know of its queue; a depth of 0 is no bound. */
public record QueueBounds(QueueId id, String name, int maxDepth) {}
