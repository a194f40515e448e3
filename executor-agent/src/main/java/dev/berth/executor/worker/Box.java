package dev.berth.executor.worker;

/**
 * What a container is made from, beside its mounts, and how it is found again.
 *
 * @param name chosen before it is made
 * @param id empty until it is made
 */
record Box(String image, WorkerLimits limits, String name, String id) {}
