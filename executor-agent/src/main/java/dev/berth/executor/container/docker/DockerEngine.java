package dev.berth.executor.container.docker;

import dev.berth.executor.container.ContainerRuntime;

/** This host's Docker engine, for those who must not know its client. */
public final class DockerEngine {

  private DockerEngine() {}

  /**
   * The engine that {@code DOCKER_HOST} names, else the one at its usual socket. Connects with the
   * first call.
   */
  public static ContainerRuntime connect(String installation, String executor) {
    return new DockerRuntime(
        DockerClients.connect(""),
        DockerClients.connect("", DockerClients.QUESTION_LIMIT),
        DockerClients.host(),
        installation,
        executor);
  }
}
