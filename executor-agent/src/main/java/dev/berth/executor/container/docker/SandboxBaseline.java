package dev.berth.executor.container.docker;

import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.HealthCheck;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.LogConfig;
import com.github.dockerjava.api.model.LogConfig.LoggingType;
import com.github.dockerjava.api.model.Mount;
import com.github.dockerjava.api.model.MountType;
import com.github.dockerjava.api.model.RestartPolicy;
import com.github.dockerjava.api.model.Ulimit;
import dev.berth.executor.container.ContainerSpec;
import dev.berth.executor.container.SandboxUsers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What every container of ours is, as the engine's settings: nothing here is optional.
 *
 * <p>Scratch space is tmpfs and counts as the container's memory, so its sizes follow the memory
 * limit. {@code /tmp} and the home directory may hold programs, since compilers and package
 * managers run what they put there and {@code /workspace} must allow it anyway; {@code /var/tmp},
 * {@code /run} and {@code /dev/shm} may not. None honours set-user-id bits or device nodes.
 */
final class SandboxBaseline {

  static final String HOME = SandboxUsers.HOME;

  /**
   * Stops itself and stays stopped: no memory of its own, no processor time, no program but the
   * shell. Its user differs from the provider's, which therefore cannot continue it.
   */
  private static final String KEEP_ALIVE = "while kill -STOP $$; do :; done";

  private static final long MIB = 1L << 20;
  private static final int OPEN_FILES = 16_384;

  private final String seccompProfile;

  SandboxBaseline() {
    this.seccompProfile = resource("seccomp.json");
  }

  /**
   * @param imageVolumes paths the image declares as volumes, which would otherwise be unbounded and
   *     writable
   */
  void apply(CreateContainerCmd command, ContainerSpec spec, Collection<String> imageVolumes) {
    var user = spec.users().keepAlive();
    command
        .withName(spec.name())
        .withEntrypoint("/bin/sh", "-c", KEEP_ALIVE)
        .withCmd(List.of())
        .withUser(user + ":" + user)
        .withWorkingDir("/")
        .withHostName("berth")
        .withHealthcheck(new HealthCheck().withTest(List.of("NONE")))
        .withStopSignal("SIGKILL")
        .withHostConfig(hostConfig(spec, imageVolumes));
  }

  private HostConfig hostConfig(ContainerSpec spec, Collection<String> imageVolumes) {
    var limits = spec.limits();
    var host =
        HostConfig.newHostConfig()
            .withCapDrop(Capability.ALL)
            .withSecurityOpts(List.of("no-new-privileges:true", "seccomp=" + seccompProfile))
            .withPrivileged(false)
            .withReadonlyRootfs(true)
            .withTmpFs(scratch(spec, imageVolumes))
            .withMounts(spec.mounts().stream().map(SandboxBaseline::mount).toList())
            .withMemory(limits.memoryBytes())
            .withMemorySwap(limits.memoryBytes())
            .withPidsLimit((long) limits.pids())
            .withNanoCPUs(limits.cpuMillis() * 1_000_000L)
            .withShmSize(share(limits.memoryBytes(), 8, 64))
            .withUlimits(
                List.of(
                    new Ulimit("nofile", (long) OPEN_FILES, (long) OPEN_FILES),
                    new Ulimit("core", 0L, 0L)))
            .withIpcMode("private")
            .withCgroupnsMode("private")
            .withNetworkMode(network(spec.network()))
            .withInit(true)
            .withLogConfig(
                new LogConfig(LoggingType.JSON_FILE, Map.of("max-size", "64k", "max-file", "1")))
            .withOomScoreAdj(500)
            .withRestartPolicy(RestartPolicy.noRestart());
    return spec.runtime().isEmpty() ? host : host.withRuntime(spec.runtime());
  }

  private static String network(ContainerSpec.Network network) {
    return switch (network) {
      case NONE -> "none";
    };
  }

  private static Mount mount(ContainerSpec.Mount mount) {
    return new Mount()
        .withType(MountType.BIND)
        .withSource(mount.source().toString())
        .withTarget(mount.target())
        .withReadOnly(mount.readOnly());
  }

  private static Map<String, String> scratch(ContainerSpec spec, Collection<String> imageVolumes) {
    var memory = spec.limits().memoryBytes();
    var provider = spec.users().provider();
    var own = ",mode=0755,uid=" + provider + ",gid=" + provider;
    var scratch = new LinkedHashMap<String, String>();
    scratch.put("/tmp", "rw,exec,mode=1777" + bounded(share(memory, 2, 1024), 200_000));
    scratch.put(HOME, "rw,exec" + own + bounded(share(memory, 4, 512), 100_000));
    scratch.put("/var/tmp", "rw,noexec,mode=1777" + bounded(share(memory, 8, 64), 10_000));
    scratch.put("/run", "rw,noexec,mode=0755" + bounded(MIB, 1_000));
    for (var mount : spec.mounts()) {
      if (mount.target().startsWith(HOME + "/")) {
        var below = Path.of(mount.target().substring(HOME.length() + 1));
        for (int depth = 1; depth < below.getNameCount(); depth++) {
          // else the engine makes the directories above it, and root's
          scratch.putIfAbsent(
              HOME + "/" + below.subpath(0, depth),
              "rw,exec" + own + bounded(share(memory, 16, 64), 10_000));
        }
      }
    }
    for (var volume : imageVolumes) {
      if (spec.mounts().stream().noneMatch(m -> m.target().equals(volume))) {
        scratch.putIfAbsent(volume, "rw,noexec,mode=1777" + bounded(share(memory, 8, 64), 10_000));
      }
    }
    return scratch;
  }

  private static String bounded(long bytes, int inodes) {
    return ",nosuid,nodev,size=" + bytes + ",nr_inodes=" + inodes;
  }

  private static long share(long memoryBytes, int divisor, long maxMib) {
    return Math.clamp(memoryBytes / divisor, MIB, maxMib * MIB);
  }

  private static String resource(String name) {
    try (var in = SandboxBaseline.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("not in the program: " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
