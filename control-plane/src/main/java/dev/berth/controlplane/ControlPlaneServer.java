package dev.berth.controlplane;

import dev.berth.controlplane.metrics.MetricsServer;
import dev.berth.controlplane.platform.db.Notifications;
import dev.berth.controlplane.platform.grpc.Listeners;
import dev.berth.controlplane.platform.loop.Reconcilers;
import dev.berth.controlplane.platform.loop.StartTask;
import dev.berth.controlplane.platform.replica.ReplicaHeartbeat;
import io.micronaut.context.ApplicationContext;
import io.micronaut.context.event.ApplicationEventPublisher;
import io.micronaut.runtime.ApplicationConfiguration;
import io.micronaut.runtime.server.EmbeddedServer;
import io.micronaut.runtime.server.event.ServerShutdownEvent;
import io.micronaut.runtime.server.event.ServerStartupEvent;
import jakarta.inject.Singleton;
import java.lang.management.ManagementFactory;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server Micronaut runs: brings the parts up in order and down in the opposite one. Up: schema,
 * start tasks, listeners, this replica's row, reconcilers, metrics, then the file that tells local
 * clients where we are. Down: new calls are refused and those under way finish, then the rest.
 */
@Singleton
final class ControlPlaneServer implements EmbeddedServer {
  private static final Logger log = LoggerFactory.getLogger(ControlPlaneServer.class);

  private final ApplicationContext context;
  private final ApplicationConfiguration configuration;
  private final ApplicationEventPublisher<Object> events;
  private final List<StartTask> tasks;
  private final Notifications notifications;
  private final Listeners listeners;
  private final ReplicaHeartbeat heartbeat;
  private final Reconcilers reconcilers;
  private final MetricsServer metrics;
  private final ReadyFile readyFile;
  private final AtomicBoolean running = new AtomicBoolean();

  ControlPlaneServer(
      ApplicationContext context,
      ApplicationConfiguration configuration,
      ApplicationEventPublisher<Object> events,
      List<StartTask> tasks,
      Notifications notifications,
      Listeners listeners,
      ReplicaHeartbeat heartbeat,
      Reconcilers reconcilers,
      MetricsServer metrics,
      ReadyFile readyFile) {
    this.context = context;
    this.configuration = configuration;
    this.events = events;
    this.tasks = tasks;
    this.notifications = notifications;
    this.listeners = listeners;
    this.heartbeat = heartbeat;
    this.reconcilers = reconcilers;
    this.metrics = metrics;
    this.readyFile = readyFile;
  }

  @Override
  public EmbeddedServer start() {
    if (!running.compareAndSet(false, true)) {
      return this;
    }
    tasks.stream().sorted(Comparator.comparingInt(StartTask::order)).forEach(StartTask::run);
    notifications.start();
    listeners.start();
    heartbeat.open(listeners.executorListener().address());
    reconcilers.start();
    metrics.start();
    readyFile.write();
    events.publishEvent(new ServerStartupEvent(this));
    long startedAt = ManagementFactory.getRuntimeMXBean().getStartTime();
    log.info("ready, {} ms after the JVM began", java.time.Clock.systemUTC().millis() - startedAt);
    return this;
  }

  @Override
  public EmbeddedServer stop() {
    if (!running.compareAndSet(true, false)) {
      return this;
    }
    log.info("stopping");
    readyFile.delete();
    try {
      listeners.stop();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    reconcilers.stop();
    metrics.stop();
    heartbeat.close();
    events.publishEvent(new ServerShutdownEvent(this));
    if (context.isRunning()) {
      context.stop();
    }
    return this;
  }

  @Override
  public boolean isRunning() {
    return running.get();
  }

  @Override
  public int getPort() {
    return listeners.publicListener().port();
  }

  @Override
  public String getHost() {
    return URI.create("tcp://" + listeners.publicListener().address()).getHost();
  }

  @Override
  public String getScheme() {
    return listeners.publicListener().isSecure() ? "https" : "http";
  }

  @Override
  public URI getURI() {
    return URI.create(getScheme() + "://" + listeners.publicListener().address());
  }

  @Override
  public URL getURL() {
    try {
      return getURI().toURL();
    } catch (MalformedURLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public ApplicationContext getApplicationContext() {
    return context;
  }

  @Override
  public ApplicationConfiguration getApplicationConfiguration() {
    return configuration;
  }
}
