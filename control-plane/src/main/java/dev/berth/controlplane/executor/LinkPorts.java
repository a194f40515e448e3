package dev.berth.controlplane.executor;

import jakarta.inject.Singleton;
import java.util.List;

/** The features behind the link. */
@Singleton
final class LinkPorts {
  private final List<OrderSource> orders;
  private final WorkerLink workers;
  private final RunLink runs;
  private final RelayLink relays;
  private final SnapshotLink snapshots;
  private final ExecLink execs;
  private final PoolLink pools;
  private final ArtifactLink artifacts;

  LinkPorts(
      List<OrderSource> orders,
      WorkerLink workers,
      RunLink runs,
      RelayLink relays,
      SnapshotLink snapshots,
      ExecLink execs,
      PoolLink pools,
      ArtifactLink artifacts) {
    this.orders = orders;
    this.workers = workers;
    this.runs = runs;
    this.relays = relays;
    this.snapshots = snapshots;
    this.execs = execs;
    this.pools = pools;
    this.artifacts = artifacts;
  }

  List<OrderSource> orders() {
    return orders;
  }

  WorkerLink workers() {
    return workers;
  }

  RunLink runs() {
    return runs;
  }

  RelayLink relays() {
    return relays;
  }

  ExecLink execs() {
    return execs;
  }

  SnapshotLink snapshots() {
    return snapshots;
  }

  PoolLink pools() {
    return pools;
  }

  ArtifactLink artifacts() {
    return artifacts;
  }
}
