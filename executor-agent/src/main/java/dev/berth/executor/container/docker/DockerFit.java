package dev.berth.executor.container.docker;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Mount;
import dev.berth.executor.container.ContainerSpec;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** Whether a container that exists was made from a specification. */
final class DockerFit {

  private DockerFit() {}

  static boolean fits(InspectContainerResponse existing, ContainerSpec spec, String imageId) {
    var host = existing.getHostConfig();
    var config = existing.getConfig();
    var user = spec.users().keepAlive();
    return host != null
        && imageId.equals(existing.getImageId())
        && (user + ":" + user).equals(config.getUser())
        && Objects.equals(host.getMemory(), spec.limits().memoryBytes())
        && Objects.equals(host.getPidsLimit(), (long) spec.limits().pids())
        && Objects.equals(host.getNanoCPUs(), spec.limits().cpuMillis() * 1_000_000L)
        && (spec.runtime().isEmpty() || spec.runtime().equals(host.getRuntime()))
        && mounts(host).equals(new HashSet<>(spec.mounts().stream().map(DockerFit::text).toList()));
  }

  private static Set<String> mounts(HostConfig host) {
    var mounts = host.getMounts();
    var found = new HashSet<String>();
    for (var mount : mounts == null ? List.<Mount>of() : mounts) {
      found.add(
          mount.getSource()
              + ":"
              + mount.getTarget()
              + ":"
              + Boolean.TRUE.equals(mount.getReadOnly()));
    }
    return found;
  }

  private static String text(ContainerSpec.Mount mount) {
    return mount.source() + ":" + mount.target() + ":" + mount.readOnly();
  }
}
