package dev.berth.executor.container.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import java.net.URI;
import java.time.Duration;

/** Clients of an engine's socket. */
public final class DockerClients {

  /**
   * Far above what a create or a stop takes on a busy host, so that only a hung engine runs into
   * it.
   */
  private static final Duration WORK_LIMIT = Duration.ofMinutes(2);

  /** Far above what a busy engine takes to tell what it has: these calls start and end nothing. */
  static final Duration QUESTION_LIMIT = Duration.ofSeconds(20);

  private DockerClients() {}

  /** Where the engine is, as {@link #connect} with no host finds it. */
  static URI host() {
    return DefaultDockerClientConfig.createDefaultConfigBuilder().build().getDockerHost();
  }

  /**
   * @param host for example {@code unix:///var/run/docker.sock}; empty for what {@code DOCKER_HOST}
   *     says, else that socket
   */
  public static DockerClient connect(String host) {
    return connect(host, WORK_LIMIT);
  }

  /** As {@link #connect(String)}, with a limit of its own on how long an answer may take. */
  static DockerClient connect(String host, Duration limit) {
    var builder = DefaultDockerClientConfig.createDefaultConfigBuilder();
    if (!host.isEmpty()) {
      builder.withDockerHost(host);
    }
    var config = builder.build();
    var http =
        new ZerodepDockerHttpClient.Builder()
            .dockerHost(config.getDockerHost())
            .sslConfig(config.getSSLConfig())
            .maxConnections(64)
            .connectionTimeout(Duration.ofSeconds(5))
            .responseTimeout(limit)
            .build();
    return DockerClientImpl.getInstance(config, http);
  }
}
