package dev.berth.executor.worker;

import dev.berth.common.Id.RunId;
import dev.berth.common.Id.SessionId;
import dev.berth.common.Id.WorkerId;
import dev.berth.executor.container.ContainerRuntime;
import dev.berth.executor.container.SandboxUsers;
import dev.berth.executor.exec.ExecOrder;
import dev.berth.executor.exec.ExecRecord;
import dev.berth.executor.exec.Execs;
import dev.berth.executor.process.Freezer;
import dev.berth.executor.process.ProcessListener;
import dev.berth.executor.process.Processes;
import dev.berth.executor.provider.Provider;
import dev.berth.executor.workspace.Copies;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All workers of this executor. Orders return at once and are worked off by session: those that
 * change the worker one after the other, saves beside them, starts and stops of runs beside both.
 * What an order brought about is told by reports.
 */
public final class Workers {

  private static final Logger LOG = LoggerFactory.getLogger(Workers.class);

  /**
   * What workers are made of.
   *
   * @param root their directories
   * @param events where attempts that never came to be are told to have ended
   * @param nanos a monotonic clock
   */
  public record Parts(
      Path root,
      ContainerRuntime runtime,
      Freezer freezer,
      Processes processes,
      Execs execs,
      Copies copies,
      SandboxUsers users,
      TransfersFactory transfers,
      Reports reports,
      ProcessListener events,
      AllowedMounts mounts,
      List<Provider> providers,
      LongSupplier nanos) {
    public Parts {
      providers = List.copyOf(providers);
    }
  }

  private final Path root;
  private final Processes processes;
  private final Execs execs;
  private final Copies copies;
  private final Sandbox sandbox;
  private final PooledContainers pool;
  private final Slots slots;
  private final Bringing bringing;
  private final Ending ending;
  private final Saving saving;
  private final Runs runs;
  private final ExecStarts execStarts;
  private final Watch watch;
  private final Map<SessionId, Lanes> lanes = new ConcurrentHashMap<>();

  private record Lanes(Lane<Order> worker, Lane<Order.Sync> saves, Lane<Runnable> runs) {}

  private Workers(
      Path root,
      Processes processes,
      Execs execs,
      Copies copies,
      Sandbox sandbox,
      PooledContainers pool,
      Slots slots,
      Bringing bringing,
      Ending ending,
      Saving saving,
      Runs runs,
      ExecStarts execStarts,
      Watch watch) {
    this.root = root;
    this.processes = processes;
    this.execs = execs;
    this.copies = copies;
    this.sandbox = sandbox;
    this.pool = pool;
    this.slots = slots;
    this.bringing = bringing;
    this.ending = ending;
    this.saving = saving;
    this.runs = runs;
    this.execStarts = execStarts;
    this.watch = watch;
  }

  public static Workers create(Parts parts) {
    var copies = parts.copies();
    var slots = new Slots(parts.reports());
    var sandbox =
        new Sandbox(
            parts.runtime(), parts.freezer(), parts.processes(), parts.execs(), parts.users());
    var saving = new Saving(copies, sandbox, parts.transfers(), parts.reports(), parts.nanos());
    var pool = new PooledContainers(parts.root(), copies, sandbox, parts.reports());
    return new Workers(
        parts.root(),
        parts.processes(),
        parts.execs(),
        copies,
        sandbox,
        pool,
        slots,
        new Bringing(
            parts.root(),
            copies,
            sandbox,
            pool,
            new Layering(parts.mounts(), parts.providers()),
            saving,
            parts.transfers(),
            parts.reports(),
            parts.nanos()),
        new Ending(copies, sandbox, saving),
        saving,
        new Runs(parts.processes(), sandbox, saving, parts.events(), parts.providers()),
        new ExecStarts(parts.execs(), saving, sandbox, parts.reports()),
        new Watch(parts.runtime(), slots, pool, saving));
  }

  /** Takes up what an earlier agent left; before the first hello. Processes go on meanwhile. */
  public void recover() throws IOException {
    var homes = WorkerHome.list(root);
    homes.sort(
        Comparator.comparingLong(home -> home.read().map(WorkerRecord::generation).orElse(0L)));
    for (var home : homes) {
      home.pooled().ifPresent(pool::adopt);
      if (home.read().isEmpty()) {
        continue;
      }
      var worker = home.read().orElseThrow();
      LOG.info("found {} in state {}", worker.worker(), worker.state());
      slots.of(worker.sessionId()).adopt(home, worker);
      runs.takenUp(processes.recover(home.directory()));
      execs.recover(home.directory());
    }
    copies.removePreparedBut(pool.ids());
    watch.look();
  }

  public Inventory inventory() {
    try {
      var workers = new ArrayList<WorkerReport>();
      for (var slot : slots.all()) {
        slot.record().ifPresent(worker -> workers.add(worker.report("", 0, 0)));
      }
      var held = new ArrayList<CopyReport>();
      for (var copy : copies.list()) {
        held.add(saving.report(copy.session(), 0, null));
      }
      return new Inventory(workers, held, processes.list(), execs.list(), pool.inventory());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list what there is", e);
    }
  }

  /** Brings about what the control plane decided; blocks until nothing runs that should not. */
  public void welcome(Verdicts verdicts) {
    verdicts.drop().forEach(processes::discard);
    for (var slot : slots.all()) {
      slot.record().ifPresent(worker -> settle(slot, worker, verdicts));
    }
    pool.welcome(verdicts.pooled());
    verdicts.masked().forEach(processes::mask);
    verdicts.adopt().forEach((attempt, acked) -> processes.adopt(attempt, Optional.of(acked)));
  }

  private void settle(Slot slot, WorkerRecord worker, Verdicts verdicts) {
    var id = worker.workerId();
    try {
      if (verdicts.keep().contains(id)) {
        if (worker.state() == WorkerState.READY) {
          sandbox.thaw(worker);
        }
      } else if (verdicts.givenUp().contains(id)) {
        LOG.info("{} was given up; ending its processes", id);
        ending.giveUp(slot);
      } else if (verdicts.remove().contains(id)) {
        LOG.info("{} is not known any more; removing it", id);
        ending.forget(slot);
      }
    } catch (RuntimeException e) {
      LOG.error("{} could not be settled", id, e);
    }
  }

  /** Pauses everything that runs: it may be given to others any moment. */
  public void fence() {
    for (var slot : slots.all()) {
      slot.record().filter(worker -> worker.state() == WorkerState.READY).ifPresent(sandbox::fence);
    }
  }

  public void order(Order order) {
    if (order instanceof Order.Sync sync) {
      lanes(order.session()).saves().submit(sync);
    } else {
      lanes(order.session()).worker().submit(order);
    }
  }

  public void order(PoolOrder order) {
    pool.order(order);
  }

  public void start(RunOrders.Start order) {
    slots
        .serving(order.worker())
        .ifPresentOrElse(
            slot -> lanes(slot.session).runs().submit(() -> runs.start(slot, order)),
            () -> LOG.warn("{} is ordered for a worker that is not here", order.attempt()));
  }

  public void stop(RunId run, RunOrders.Stop order) {
    var slot = processesOf(order).flatMap(slots::serving);
    if (slot.isPresent()) {
      lanes(slot.get().session).runs().submit(() -> runs.stop(run, order));
    } else {
      Thread.ofVirtual().name("stop-" + order.attempt()).start(() -> runs.stop(run, order));
    }
  }

  private Optional<WorkerId> processesOf(RunOrders.Stop order) {
    try {
      return processes.list().stream()
          .filter(info -> info.attempt().equals(order.attempt()))
          .map(info -> info.worker())
          .findAny();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list attempts", e);
    }
  }

  /** Starts an exec beside whatever runs; one that cannot be started here is told as lost. */
  public void start(ExecOrder order) {
    Thread.ofVirtual()
        .name("start-" + order.exec())
        .start(() -> {
          var slot = slots.serving(order.worker());
          if (slot.isPresent()) {
            execStarts.start(slot.get(), order);
          } else {
            execStarts.refuse(
                order, ExecRecord.WORKER_LOST, "The session's worker is not on this executor.");
          }
        });
  }

  /**
   * Begins a file operation on a worker's copy, which counts as activity until the answer is
   * closed.
   *
   * @return empty where that worker is not ready here
   */
  public Optional<FileAccess> access(
      SessionId session, WorkerId worker, long generation, boolean writes) {
    var slot = slots.of(session);
    slot.gate.lock();
    try {
      var is = slot.record();
      if (is.isEmpty()
          || !is.get().workerId().equals(worker)
          || is.get().generation() != generation
          || is.get().state() != WorkerState.READY) {
        return Optional.empty();
      }
      var copy = saving.held(session);
      if (copy.isEmpty()) {
        return Optional.empty();
      }
      if (writes) {
        copy.get().markDirty(0);
        slot.beginWriting();
      }
      return Optional.of(new FileAccess(copy.get().files(), writes ? slot::endWriting : () -> {}));
    } finally {
      slot.gate.unlock();
    }
  }

  /**
   * Begins to read a session's copy as it lies on the disk, whatever its worker does.
   *
   * @return empty where this executor has no complete copy of that generation
   */
  public Optional<FileAccess> held(SessionId session, long generation) {
    try {
      return copies
          .find(session)
          .filter(copy -> copy.state().complete() && copy.state().generation() == generation)
          .map(copy -> new FileAccess(copy.files(), () -> {}));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the copy of " + session, e);
    }
  }

  /** Looks at containers and copies; every second or two, and never twice at once. */
  public void look() {
    watch.look();
  }

  /** Why no work can be taken; empty where it can. */
  public String problem() {
    return watch.problem();
  }

  private Lanes lanes(SessionId session) {
    return lanes.computeIfAbsent(
        session,
        s -> {
          var slot = slots.of(s);
          return new Lanes(
              new Lane<>("worker-" + s, Workers::replaces, order -> carryOut(slot, order)),
              new Lane<>(
                  "save-" + s,
                  (newer, older) -> newer.number() >= older.number(),
                  order -> saving.sync(slot, order)),
              new Lane<>("runs-" + s, (newer, older) -> false, Runnable::run));
        });
  }

  private void carryOut(Slot slot, Order order) {
    switch (order) {
      case Order.Ensure ensure -> bringing.ensure(slot, ensure);
      case Order.Stop stop -> ending.stop(slot, stop);
      case Order.Salvage salvage -> ending.salvage(slot, salvage);
      case Order.RemoveCopy remove -> ending.removeCopy(slot, remove);
      case Order.Sync sync -> saving.sync(slot, sync);
    }
  }

  /**
   * A wish for the same worker replaces the one before; whatever else waits is still to be done.
   */
  private static boolean replaces(Order newer, Order older) {
    if (newer.getClass() == older.getClass()) {
      return newer.generation() >= older.generation();
    }
    return wish(newer) && wish(older) && newer.generation() == older.generation();
  }

  private static boolean wish(Order order) {
    return order instanceof Order.Ensure || order instanceof Order.Stop;
  }
}
