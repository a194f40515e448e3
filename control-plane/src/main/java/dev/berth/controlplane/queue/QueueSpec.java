package dev.berth.controlplane.queue;

/** How a queue hands out its runs. A bound of 0 is none. */
public record QueueSpec(
    int maxConcurrency,
    int maxDepth,
    QueueKey key,
    int maxConcurrencyPerKey,
    RateLimit rate,
    RateLimit ratePerKey,
    RunDefaults defaults) {}
