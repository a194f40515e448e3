package dev.berth.executor.worker;

import dev.berth.common.Id.PooledContainerId;
import dev.berth.executor.container.ListedContainer;
import dev.berth.executor.workspace.Copies;
import dev.berth.executor.workspace.CopyLimits;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The containers of this executor that wait for a session, each started on a fresh empty disk of
 * its own. They are made and removed one after the other, so that they take little from workers
 * that are being made. A worker that takes one takes container, directory and disk; from that
 * moment nothing here speaks of it.
 */
final class PooledContainers {

  private static final Logger LOG = LoggerFactory.getLogger(PooledContainers.class);

  private static final Failure GONE =
      Failure.temporary(
          Failure.CONTAINER_GONE, "The container was stopped or removed behind Berth's back.");

  /** A container and its directory, now the caller's. */
  record Taken(WorkerHome home, PooledRecord record) {}

  private final Path workers;
  private final Copies copies;
  private final Sandbox sandbox;
  private final Reports reports;
  private final Map<PooledContainerId, PooledRecord> known = new HashMap<>();
  private final Lane<Runnable> lane = new Lane<>("pool", (newer, older) -> false, Runnable::run);

  PooledContainers(Path workers, Copies copies, Sandbox sandbox, Reports reports) {
    this.workers = workers;
    this.copies = copies;
    this.sandbox = sandbox;
    this.reports = reports;
  }

  /** What was on disk when the agent started. */
  synchronized void adopt(PooledRecord found) {
    known.put(found.id(), found);
  }

  synchronized List<PooledReport> inventory() {
    return known.values().stream().map(PooledRecord::report).toList();
  }

  synchronized Set<String> ids() {
    return known.values().stream().map(PooledRecord::pooled).collect(Collectors.toSet());
  }

  /** Names of containers that are not strays. */
  synchronized Set<String> names() {
    return known.values().stream().map(PooledRecord::containerName).collect(Collectors.toSet());
  }

  void order(PoolOrder order) {
    lane.submit(() -> {
      switch (order) {
        case PoolOrder.Make make -> make(make);
        case PoolOrder.Remove remove -> {
          remove(remove.pooled());
          report(remove.pooled(), PooledReport.State.REMOVED);
        }
      }
    });
  }

  /** Those that the control plane does not know are removed. */
  void welcome(Set<PooledContainerId> kept) {
    for (var pooled : inventory()) {
      if (!kept.contains(pooled.pooled())) {
        LOG.info("{} is not known any more; removing it", pooled.pooled());
        lane.submit(() -> remove(pooled.pooled()));
      }
    }
  }

  /** Takes one that is ready. */
  synchronized Optional<Taken> take(PooledContainerId id) {
    var record = known.get(id);
    if (record == null || !record.ready()) {
      return Optional.empty();
    }
    known.remove(id);
    return Optional.of(new Taken(home(id), record));
  }

  /** It cannot be used by whom it was meant for. */
  void refuse(PooledContainerId id) {
    order(new PoolOrder.Remove(id));
  }

  /** Looks whether they still are what they were. */
  void look(Map<String, ListedContainer> containers) {
    for (var record : ready()) {
      var listed = Optional.ofNullable(containers.get(record.containerName()));
      if (listed.filter(ListedContainer::alive).isEmpty() || !copies.isPrepared(record.pooled())) {
        lane.submit(() -> lose(record));
      }
    }
  }

  private synchronized List<PooledRecord> ready() {
    return known.values().stream().filter(PooledRecord::ready).toList();
  }

  private void lose(PooledRecord seen) {
    if (!ready().contains(seen)
        || (sandbox.alive(seen.box()) && copies.isPrepared(seen.pooled()))) {
      return;
    }
    LOG.warn("pooled container {} is gone", seen.pooled());
    remove(seen.id());
    reports.pooled(new PooledReport(seen.id(), PooledReport.State.FAILED, GONE));
  }

  private void make(PoolOrder.Make order) {
    var id = order.pooled();
    try {
      var record = begun(order);
      if (!record.ready() || !sandbox.alive(record.box())) {
        bring(record);
      }
      report(id, PooledReport.State.READY);
    } catch (IOException | RuntimeException e) {
      LOG.warn("{} could not be made", id, e);
      remove(id);
      reports.pooled(new PooledReport(id, PooledReport.State.FAILED, Failure.of(e)));
    }
  }

  private synchronized PooledRecord begun(PoolOrder.Make order) {
    return known.computeIfAbsent(
        order.pooled(),
        id -> {
          var fresh =
              new PooledRecord(
                  id.toString(),
                  order.image(),
                  order.limits(),
                  "berth-" + UUID.randomUUID(),
                  "",
                  false);
          WorkerHome.create(workers, id.toString()).write(fresh);
          return fresh;
        });
  }

  private void bring(PooledRecord record) throws IOException {
    var disk = copies.prepare(record.pooled(), CopyLimits.ofDisk(record.limits().diskBytes()));
    var runs =
        sandbox.up(
            record.box(),
            sandbox.image(record.box().image()),
            home(record.id()),
            disk,
            List.of(),
            container -> save(current(record).made(container)));
    if (!runs) {
      throw new IOException("the container ended as soon as it was started");
    }
    save(current(record).running());
  }

  private synchronized PooledRecord current(PooledRecord record) {
    return Objects.requireNonNull(known.get(record.id()), record.pooled());
  }

  private synchronized void save(PooledRecord next) {
    home(next.id()).write(next);
    known.put(next.id(), next);
  }

  /** Everything of it, unless a worker has taken it. */
  private void remove(PooledContainerId id) {
    PooledRecord record;
    synchronized (this) {
      record = known.remove(id);
    }
    if (record == null) {
      return;
    }
    try {
      sandbox.remove(record.box());
      copies.removePrepared(record.pooled());
      home(id).delete();
    } catch (IOException | RuntimeException e) {
      LOG.warn("{} could not be removed", id, e);
      adopt(record);
    }
  }

  private void report(PooledContainerId id, PooledReport.State state) {
    reports.pooled(new PooledReport(id, state, null));
  }

  private WorkerHome home(PooledContainerId id) {
    return WorkerHome.create(workers, id.toString());
  }
}
