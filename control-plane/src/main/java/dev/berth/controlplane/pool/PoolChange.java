package dev.berth.controlplane.pool;

import java.util.Map;

/**
 * What users say of a pool.
 *
 * @param size containers to keep ready, on all executors together
 * @param maxPerExecutor at most so many on one; 0 for no bound but its capacity
 */
record PoolChange(Map<String, String> labels, PoolSpec spec, int size, int maxPerExecutor) {}
