package dev.berth.controlplane.platform.loop;

import dev.berth.common.PeriodicLoop;
import dev.berth.controlplane.platform.db.Notifications;
import io.micronaut.context.annotation.Value;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs every {@link Reconciler} in a loop of its own. {@code berth.reconcilers.enabled=false}
 * leaves them to be run by hand, for tests.
 */
@Singleton
public final class Reconcilers {
  private final List<Reconciler> reconcilers;
  private final Notifications notifications;
  private final boolean enabled;
  private final List<PeriodicLoop> loops = new ArrayList<>();
  private final List<Notifications.Subscription> subscriptions = new ArrayList<>();

  Reconcilers(
      List<Reconciler> reconcilers,
      Notifications notifications,
      @Value("${berth.reconcilers.enabled:true}") boolean enabled) {
    this.reconcilers = reconcilers;
    this.notifications = notifications;
    this.enabled = enabled;
  }

  public synchronized void start() {
    if (!enabled) {
      return;
    }
    for (Reconciler reconciler : reconcilers) {
      PeriodicLoop loop =
          new PeriodicLoop(
              reconciler.name(), reconciler.interval(), reconciler.rest(), reconciler::runOnce);
      reconciler
          .topics()
          .forEach(topic -> subscriptions.add(notifications.subscribe(topic, loop::wake)));
      loops.add(loop);
      loop.start();
    }
  }

  @PreDestroy
  public synchronized void stop() {
    subscriptions.forEach(Notifications.Subscription::close);
    subscriptions.clear();
    loops.forEach(PeriodicLoop::close);
    loops.clear();
  }
}
