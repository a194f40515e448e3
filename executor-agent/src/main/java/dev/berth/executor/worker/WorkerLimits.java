package dev.berth.executor.worker;

/** What a worker may use of its host. */
public record WorkerLimits(int cpuMillis, long memoryBytes, long diskBytes, int pids) {}
