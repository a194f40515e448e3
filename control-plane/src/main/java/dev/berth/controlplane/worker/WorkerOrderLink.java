package dev.berth.controlplane.worker;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.PooledContainerId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.SnapshotId;
import dev.berth.common.Id.WorkerId;
import dev.berth.controlplane.executor.LinkOrder;
import dev.berth.controlplane.executor.OrderSource;
import dev.berth.controlplane.manifest.ManifestOrderLink;
import dev.berth.controlplane.pool.PoolClaims;
import dev.berth.controlplane.session.SessionProtoMapper;
import dev.berth.controlplane.snapshot.SnapshotProtoMapper;
import dev.berth.controlplane.snapshot.SnapshotService;
import dev.berth.executor.v1.ConnectResponse;
import dev.berth.executor.v1.EnsureWorker;
import dev.berth.executor.v1.RemoveCopy;
import dev.berth.executor.v1.SalvageCopy;
import dev.berth.executor.v1.SnapshotRef;
import dev.berth.executor.v1.StopWorker;
import dev.berth.executor.v1.SyncCopy;
import dev.berth.v1.Resources;
import io.micronaut.core.annotation.Order;
import io.micronaut.core.order.Ordered;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads from workers and copies what their executor is to be told. Asked first: somebody waits. */
@Singleton
@Order(Ordered.HIGHEST_PRECEDENCE)
final class WorkerOrderLink implements OrderSource {
  private final WorkerRepository workers;
  private final CopyRepository copies;
  private final SnapshotService snapshots;
  private final PoolClaims pools;
  private final ManifestOrderLink manifests;
  private final Clock clock;

  WorkerOrderLink(
      WorkerRepository workers,
      CopyRepository copies,
      SnapshotService snapshots,
      PoolClaims pools,
      ManifestOrderLink manifests,
      Clock clock) {
    this.workers = workers;
    this.copies = copies;
    this.snapshots = snapshots;
    this.pools = pools;
    this.manifests = manifests;
    this.clock = clock;
  }

  @Override
  public List<LinkOrder> outstanding(ExecutorId executor) {
    List<Worker> all = workers.ordered(executor);
    Map<SessionId, Copy> ordered =
        copies.ordered(executor).stream().collect(Collectors.toMap(Copy::sessionId, c -> c));
    List<LinkOrder> orders = new ArrayList<>();
    Map<WorkerId, PooledContainerId> claims =
        all.stream().anyMatch(WorkerOrderLink::toBeMade) ? pools.of(executor) : Map.of();
    for (Worker worker : all) {
      order(worker, ordered.get(worker.sessionId()), claims).ifPresent(orders::add);
    }
    for (Copy copy : ordered.values()) {
      if (copy.orders().due(clock.instant())) {
        order(copy, all).ifPresent(orders::add);
      }
    }
    return orders;
  }

  private static boolean toBeMade(Worker worker) {
    return worker.wish() == WorkerWish.READY
        && worker.state().live()
        && worker.state() != WorkerState.READY;
  }

  private Optional<LinkOrder> order(
      Worker worker, @Nullable Copy ordered, Map<WorkerId, PooledContainerId> claims) {
    return switch (worker.wish()) {
      case READY ->
          toBeMade(worker)
              ? Optional.of(ensure(worker, claims.get(worker.id())))
              : Optional.empty();
      case STOPPED ->
          worker.state().live()
                  && worker.state() != WorkerState.READY
                  && ordered != null
                  && ordered.orders().due(clock.instant())
              ? Optional.of(stop(worker, ordered))
              : Optional.empty();
      case REMOVED ->
          worker.state().live()
                  || worker.state() == WorkerState.STOPPED
                  || worker.state() == WorkerState.FAILED
              ? Optional.of(remove(worker))
              : Optional.empty();
    };
  }

  private Optional<LinkOrder> order(Copy copy, List<Worker> all) {
    if (copy.state() == CopyState.REMOVING) {
      return Optional.of(
          of(
              "copy:" + copy.sessionId(),
              copy.orders().given(),
              ConnectResponse.newBuilder()
                  .setRemoveCopy(
                      RemoveCopy.newBuilder()
                          .setSessionId(copy.sessionId().toString())
                          .setGeneration(copy.generation())
                          .setSyncOrder(copy.orders().given()))));
    }
    if (copy.state() != CopyState.PRESENT) {
      return Optional.empty();
    }
    if (copy.salvage()) {
      return workers.find(copy.sessionId(), copy.generation()).map(worker -> salvage(copy, worker));
    }
    return all.stream()
        .filter(worker -> worker.sessionId().equals(copy.sessionId()))
        .filter(worker -> worker.generation() == copy.generation() && worker.usable())
        .findFirst()
        .map(worker -> sync(copy, worker));
  }

  private LinkOrder ensure(Worker worker, @Nullable PooledContainerId pooled) {
    EnsureWorker.Builder ensure =
        EnsureWorker.newBuilder()
            .setWorkerId(worker.id().toString())
            .setSessionId(worker.sessionId().toString())
            .setGeneration(worker.generation())
            .setImage(worker.container().image())
            .setResources(
                Resources.newBuilder()
                    .setCpuMillis(worker.limits().cpuMillis())
                    .setMemoryBytes(worker.limits().memoryBytes())
                    .setDiskBytes(worker.limits().diskBytes())
                    .setPids(worker.limits().pids()))
            .setNetwork(SessionProtoMapper.network(worker.limits()));
    if (pooled != null) {
      ensure.setPooledId(pooled.toString());
    }
    SnapshotId base = worker.baseSnapshotId();
    if (base != null) {
      ensure.setBase(SnapshotProtoMapper.ref(snapshots.ref(base)));
    }
    if (!worker.manifest().isEmpty()) {
      ensure.setManifest(manifests.order(worker.manifest()));
    }
    return of(worker.id().toString(), 0, message(worker).setEnsureWorker(ensure));
  }

  private LinkOrder stop(Worker worker, Copy copy) {
    StopWorker.Builder stop =
        StopWorker.newBuilder()
            .setWorkerId(worker.id().toString())
            .setSessionId(worker.sessionId().toString())
            .setGeneration(worker.generation())
            .setSyncOrder(copy.orders().given())
            .setDirtyVersion(copy.dirtyVersion())
            .setSkipSync(worker.skipSync())
            .setClean(!copy.dirty());
    head(worker.sessionId()).ifPresent(stop::setBase);
    return of(worker.id().toString(), copy.orders().given(), message(worker).setStopWorker(stop));
  }

  private LinkOrder remove(Worker worker) {
    return of(
        worker.id().toString(),
        -1,
        message(worker)
            .setStopWorker(
                StopWorker.newBuilder()
                    .setWorkerId(worker.id().toString())
                    .setSessionId(worker.sessionId().toString())
                    .setGeneration(worker.generation())
                    .setSkipSync(true)
                    .setRemove(true)));
  }

  private LinkOrder sync(Copy copy, Worker worker) {
    SyncCopy.Builder sync =
        SyncCopy.newBuilder()
            .setSessionId(copy.sessionId().toString())
            .setWorkerId(worker.id().toString())
            .setGeneration(worker.generation())
            .setSyncOrder(copy.orders().given())
            .setDirtyVersion(copy.dirtyVersion())
            .setReason(copy.orders().reason());
    head(copy.sessionId()).ifPresent(sync::setBase);
    return of("copy:" + copy.sessionId(), copy.orders().given(), message(worker).setSyncCopy(sync));
  }

  private LinkOrder salvage(Copy copy, Worker worker) {
    SalvageCopy.Builder salvage =
        SalvageCopy.newBuilder()
            .setSessionId(copy.sessionId().toString())
            .setWorkerId(worker.id().toString())
            .setGeneration(copy.generation())
            .setSyncOrder(copy.orders().given());
    head(copy.sessionId()).ifPresent(salvage::setBase);
    return of(
        "copy:" + copy.sessionId(), copy.orders().given(), message(worker).setSalvageCopy(salvage));
  }

  private Optional<SnapshotRef> head(SessionId session) {
    return snapshots.head(session).map(head -> SnapshotProtoMapper.ref(snapshots.ref(head.id())));
  }

  /** In the trace that made the session; a worker's orders are one span of it. */
  private static ConnectResponse.Builder message(Worker worker) {
    ConnectResponse.Builder message = ConnectResponse.newBuilder();
    if (worker.traceId().length() == 32) {
      message.setTraceparent(
          "00-%s-%016x-01"
              .formatted(worker.traceId(), worker.id().value().getLeastSignificantBits()));
    }
    return message;
  }

  private static LinkOrder of(String key, long number, ConnectResponse.Builder message) {
    return new LinkOrder(key, number, message.build());
  }
}
