package dev.berth.controlplane.run;

import dev.berth.common.Id.RunId;
import dev.berth.controlplane.platform.config.WatchConfig;
import dev.berth.controlplane.platform.db.Notifications;
import jakarta.inject.Singleton;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The tails of the runs that are watched on this replica: one a run, gone with its last watcher.
 */
@Singleton
class RunTails {
  private final RunEventRepository events;
  private final Notifications notifications;
  private final WatchConfig config;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<RunId, Shared> tails = new HashMap<>();

  RunTails(RunEventRepository events, Notifications notifications, WatchConfig config) {
    this.events = events;
    this.notifications = notifications;
    this.config = config;
  }

  private record Shared(RunTail tail, Notifications.Subscription subscription) {}

  /** A watcher's hold on a tail. */
  record Watch(RunTail tail, Runnable release) implements AutoCloseable {
    @Override
    public void close() {
      release.run();
    }
  }

  /**
   * Runs {@code watcher}, which only sets a signal, whenever the head of the run's log has moved,
   * until it is closed.
   */
  Watch watch(RunId run, Runnable watcher) {
    lock.lock();
    try {
      Shared shared = tails.computeIfAbsent(run, this::open);
      shared.tail().add(watcher);
      return new Watch(shared.tail(), () -> release(run, watcher));
    } finally {
      lock.unlock();
    }
  }

  private Shared open(RunId run) {
    RunTail tail = new RunTail(run, events, config.interval());
    Notifications.Subscription subscription = notifications.subscribe("run:" + run, tail::hint);
    tail.hint();
    Thread reader = Thread.ofVirtual().name("tail " + run).start(tail::follow);
    assert reader.isVirtual();
    return new Shared(tail, subscription);
  }

  private void release(RunId run, Runnable watcher) {
    lock.lock();
    try {
      Shared shared = tails.get(run);
      if (shared != null && shared.tail().remove(watcher) == 0) {
        tails.remove(run);
        shared.subscription().close();
        shared.tail().close();
      }
    } finally {
      lock.unlock();
    }
  }

  /** How many runs are watched. */
  int size() {
    lock.lock();
    try {
      return tails.size();
    } finally {
      lock.unlock();
    }
  }
}
