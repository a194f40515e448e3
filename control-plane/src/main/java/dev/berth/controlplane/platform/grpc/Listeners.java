package dev.berth.controlplane.platform.grpc;

import dev.berth.controlplane.platform.config.BoundsConfig;
import dev.berth.controlplane.platform.config.ListenerConfig;
import io.grpc.BindableService;
import io.grpc.ServerInterceptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.ChannelzService;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Both ports. A service goes where its proto package says: {@code berth.v1} to the public one,
 * {@code berth.executor.v1}, which replicas use among themselves too, to the executors'. Health is
 * on both; reflection and channelz are public. All of them ask for a key.
 */
@Singleton
public final class Listeners {
  private static final String PUBLIC_PACKAGE = "berth.v1.";
  private static final String EXECUTOR_PACKAGE = "berth.executor.v1.";
  private static final int CHANNELZ_PAGE = 100;
  private static final Logger log = LoggerFactory.getLogger(Listeners.class);

  private final HealthStatusManager health = new HealthStatusManager();
  private final AtomicBoolean stopped = new AtomicBoolean();
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final Draining draining;
  private final Duration grace;
  private final Set<String> served;
  private final GrpcListener publicListener;
  private final GrpcListener executorListener;

  Listeners(
      @Named(ListenerConfig.PUBLIC) ListenerConfig publicConfig,
      @Named(ListenerConfig.EXECUTOR) ListenerConfig executorConfig,
      BoundsConfig bounds,
      List<BindableService> services,
      TraceInterceptor trace,
      ErrorInterceptor errors,
      BoundsInterceptor bounding,
      Draining draining,
      AuthInterceptor auth,
      ValidationInterceptor validation) {
    this.draining = draining;
    this.grace = bounds.drainGrace();
    List<ServerInterceptor> interceptors =
        List.of(trace, errors, bounding, draining, auth, validation);
    List<ServerServiceDefinition> open = named(services, PUBLIC_PACKAGE);
    open.add(health.getHealthService().bindService());
    open.add(ProtoReflectionServiceV1.newInstance().bindService());
    open.add(ChannelzService.newInstance(CHANNELZ_PAGE).bindService());
    List<ServerServiceDefinition> executors = named(services, EXECUTOR_PACKAGE);
    executors.add(health.getHealthService().bindService());
    if (open.size() + executors.size() != services.size() + 4) {
      throw new IllegalStateException(
          "a service is of neither " + PUBLIC_PACKAGE + " nor " + EXECUTOR_PACKAGE);
    }
    this.served =
        Stream.concat(open.stream(), executors.stream())
            .map(service -> service.getServiceDescriptor().getName())
            .collect(Collectors.toUnmodifiableSet());
    health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, ServingStatus.NOT_SERVING);
    this.publicListener =
        new GrpcListener(publicConfig, bounds, open, bounding, interceptors, executor);
    this.executorListener =
        new GrpcListener(executorConfig, bounds, executors, bounding, interceptors, executor);
  }

  private static List<ServerServiceDefinition> named(
      List<BindableService> services, String protoPackage) {
    List<ServerServiceDefinition> named = new ArrayList<>();
    for (BindableService service : services) {
      ServerServiceDefinition definition = service.bindService();
      if (definition.getServiceDescriptor().getName().startsWith(protoPackage)) {
        named.add(definition);
      }
    }
    return named;
  }

  public void start() {
    executorListener.start();
    publicListener.start();
    health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, ServingStatus.SERVING);
  }

  public GrpcListener publicListener() {
    return publicListener;
  }

  public GrpcListener executorListener() {
    return executorListener;
  }

  /** Whether one of the listeners has that service, by its full proto name. */
  public boolean serves(String service) {
    return served.contains(service);
  }

  /**
   * Refuses new calls, lets those under way finish for the drain's grace, then closes both ports.
   */
  @PreDestroy
  public void stop() throws InterruptedException {
    if (!stopped.compareAndSet(false, true)) {
      return;
    }
    health.enterTerminalState();
    draining.begin();
    if (!draining.awaitCalls(grace)) {
      log.info("calls are still under way after {}; cutting them", grace);
      draining.cutCalls();
    }
    publicListener.stop();
    executorListener.stop();
    executor.shutdownNow();
  }
}
