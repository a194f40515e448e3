package dev.berth.executor.worker;

import dev.berth.common.Id.PooledContainerId;

/**
 * What this executor keeps on its own disk of a pooled container. Once a worker takes it, a {@link
 * WorkerRecord} stands in the same directory, and this counts no more.
 *
 * @param containerName chosen before the container is made
 * @param containerId empty until it is made
 * @param ready whether it was seen to run
 */
record PooledRecord(
    String pooled,
    String image,
    WorkerLimits limits,
    String containerName,
    String containerId,
    boolean ready) {

  PooledContainerId id() {
    return PooledContainerId.parse(pooled);
  }

  Box box() {
    return new Box(image, limits, containerName, containerId);
  }

  PooledRecord made(String container) {
    return new PooledRecord(pooled, image, limits, containerName, container, ready);
  }

  PooledRecord running() {
    return new PooledRecord(pooled, image, limits, containerName, containerId, true);
  }

  PooledReport report() {
    return new PooledReport(
        id(), ready ? PooledReport.State.READY : PooledReport.State.CREATING, null);
  }
}
