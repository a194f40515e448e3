package dev.berth.benchmarks;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Mount;
import com.github.dockerjava.api.model.MountType;
import dev.berth.executor.container.docker.DockerClients;
import dev.berth.testing.stack.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * What Berth's activation is held against: containers made and started by docker-java alone, with
 * the image and every setting of one that Berth made, and a plain directory as their workspace.
 */
final class Bare implements AutoCloseable {
  private final DockerClient docker = DockerClients.connect("");
  private final String image;
  private final String user;
  private final HostConfig settings;
  private final Path directory;

  private Bare(String image, String user, HostConfig settings, Path directory) {
    this.image = image;
    this.user = user;
    this.settings = settings;
    this.directory = directory;
  }

  /**
   * @param container one of Berth's, whose settings are taken
   */
  static Bare like(String container) throws IOException {
    try (DockerClient docker = DockerClients.connect("")) {
      var made = docker.inspectContainerCmd(container).exec();
      Path directory = Files.createTempDirectory("berth-bare-");
      HostConfig settings = Objects.requireNonNull(made.getHostConfig());
      List<Mount> mounts = new ArrayList<>();
      for (Mount mount : Objects.requireNonNull(settings.getMounts())) {
        Path source = directory.resolve(String.valueOf(mount.getTarget()).substring(1));
        Files.createDirectories(source);
        mounts.add(
            new Mount()
                .withType(MountType.BIND)
                .withSource(source.toString())
                .withTarget(mount.getTarget())
                .withReadOnly(mount.getReadOnly()));
      }
      return new Bare(
          made.getImageId(),
          String.valueOf(made.getConfig().getUser()),
          settings.withMounts(mounts),
          directory);
    }
  }

  /** Makes and starts one; answers its id. */
  String start() {
    try (var command = docker.createContainerCmd(image)) {
      String id =
          command
              .withEntrypoint("/bin/sh", "-c", "while kill -STOP $$; do :; done")
              .withCmd(List.of())
              .withUser(user)
              .withHostConfig(settings)
              .exec()
              .getId();
      docker.startContainerCmd(id).exec();
      return id;
    }
  }

  void startAgain(String id) {
    docker.startContainerCmd(id).exec();
  }

  void stop(String id) throws Exception {
    docker.killContainerCmd(id).exec();
    docker.waitContainerCmd(id).start().awaitStatusCode();
  }

  void remove(String id) {
    docker.removeContainerCmd(id).withForce(true).exec();
  }

  /** Makes and starts so many, so many at a time, and removes them; answers the nanoseconds. */
  long startAll(int count, int atATime) throws Exception {
    List<String> ids = new ArrayList<>();
    long from = System.nanoTime();
    for (Future<String> started : all(count, atATime, this::start)) {
      ids.add(started.get());
    }
    long took = System.nanoTime() - from;
    all(
        count,
        4,
        () -> {
          String id;
          synchronized (ids) {
            id = ids.removeLast();
          }
          remove(id);
          return id;
        });
    return took;
  }

  /** Ends when all have ended. */
  private static List<Future<String>> all(int count, int atATime, Callable<String> work)
      throws InterruptedException {
    try (var threads = Executors.newFixedThreadPool(atATime)) {
      return threads.invokeAll(Collections.nCopies(count, work));
    }
  }

  @Override
  public void close() throws IOException {
    docker.close();
    Shell.run("rm", "-rf", directory.toString());
  }
}
