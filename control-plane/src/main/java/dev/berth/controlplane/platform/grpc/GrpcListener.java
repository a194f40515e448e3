package dev.berth.controlplane.platform.grpc;

import dev.berth.controlplane.platform.config.BoundsConfig;
import dev.berth.controlplane.platform.config.ListenerConfig;
import io.grpc.Server;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One port: its services behind the interceptors, with the bounds of {@link BoundsConfig}. Handlers
 * run on virtual threads, those of one call one after the other. The bounds of messages and
 * metadata are held by {@link BoundsInterceptor}, with a reason; the transport itself bounds only
 * metadata, at four times as much.
 */
public final class GrpcListener {
  private static final Duration CLOSE_WAIT = Duration.ofSeconds(2);
  private static final Logger log = LoggerFactory.getLogger(GrpcListener.class);

  private final ListenerConfig config;
  private final Server server;

  /**
   * @param interceptors the outermost first, {@code bounding} among them
   * @throws IllegalStateException for an address beyond loopback without TLS, or for a method
   *     without permission
   */
  GrpcListener(
      ListenerConfig config,
      BoundsConfig bounds,
      List<ServerServiceDefinition> services,
      BoundsInterceptor bounding,
      List<ServerInterceptor> interceptors,
      ExecutorService executor) {
    this.config = config;
    InetSocketAddress address = new InetSocketAddress(resolve(config.host()), config.port());
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(address)
            .executor(executor)
            .flowControlWindow(bounds.streamWindowBytes())
            .maxInboundMessageSize(Integer.MAX_VALUE)
            .addStreamTracerFactory(new WireBound.Factory(bounds.maxMessageBytes()))
            .maxInboundMetadataSize(4 * bounds.maxMetadataBytes())
            .maxConcurrentCallsPerConnection(bounds.maxCallsPerConnection())
            .maxRstFramesPerWindow(
                bounds.maxResetsPerWindow(), Math.toIntExact(bounds.resetWindow().toSeconds()))
            .keepAliveTime(bounds.keepaliveTime().toMillis(), TimeUnit.MILLISECONDS)
            .keepAliveTimeout(bounds.keepaliveTimeout().toMillis(), TimeUnit.MILLISECONDS)
            .permitKeepAliveTime(bounds.permitKeepaliveTime().toMillis(), TimeUnit.MILLISECONDS)
            .permitKeepAliveWithoutCalls(true);
    if (config.maxConnectionAge().isPositive()) {
      builder
          .maxConnectionAge(config.maxConnectionAge().toMillis(), TimeUnit.MILLISECONDS)
          .maxConnectionAgeGrace(1, TimeUnit.MINUTES);
    }
    secure(builder, address);
    for (ServerServiceDefinition service : services) {
      service.getMethods().forEach(method -> MethodPermissions.of(method.getMethodDescriptor()));
      builder.addService(
          ServerInterceptors.interceptForward(bounding.bounded(service), interceptors));
    }
    this.server = builder.build();
  }

  private void secure(NettyServerBuilder builder, InetSocketAddress address) {
    if (config.tlsCertificate() != null && config.tlsKey() != null) {
      builder.useTransportSecurity(new File(config.tlsCertificate()), new File(config.tlsKey()));
    } else if (!address.getAddress().isLoopbackAddress()) {
      throw new IllegalStateException(
          "the %1$s listener at %2$s is reachable from beyond this host and has no TLS: set berth.listeners.%1$s.tls-certificate and tls-key, or bind 127.0.0.1"
              .formatted(config.name(), config.host()));
    }
  }

  private static InetAddress resolve(String host) {
    try {
      return InetAddress.getByName(host);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("cannot bind to unknown host " + host, e);
    }
  }

  public void start() {
    try {
      server.start();
    } catch (IOException e) {
      throw new UncheckedIOException(
          "the %s listener cannot bind %s:%d"
              .formatted(config.name(), config.host(), config.port()),
          e);
    }
    log.info("{} listener at {}", config.name(), address());
  }

  public int port() {
    return server.getPort();
  }

  /** host:port as others reach it. */
  public String address() {
    String address = config.address();
    return address == null ? config.host() + ":" + port() : address;
  }

  public boolean isSecure() {
    return config.tlsCertificate() != null;
  }

  /** Closes the port at once and what is still under way after two seconds. */
  public void stop() throws InterruptedException {
    server.shutdown();
    if (!server.awaitTermination(CLOSE_WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
      server.shutdownNow();
      if (!server.awaitTermination(CLOSE_WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
        log.warn("the {} listener has calls that do not end", config.name());
      }
    }
  }
}
