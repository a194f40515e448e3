package dev.berth.executor.container.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.NotFoundException;
import java.nio.file.Path;
import java.util.Optional;

/** Volumes that others made; Berth makes none. */
final class DockerVolumes {

  private DockerVolumes() {}

  /** Where on this host it is; empty where there is none, or it is nowhere. */
  static Optional<Path> directory(DockerClient docker, String name) {
    return DockerErrors.mapped(
        "look up the volume " + name,
        () -> {
          try {
            return Optional.ofNullable(docker.inspectVolumeCmd(name).exec().getMountpoint())
                .filter(where -> !where.isEmpty())
                .map(Path::of);
          } catch (NotFoundException e) {
            return Optional.empty();
          }
        });
  }
}
