package dev.berth.executor.workspace;

import dev.berth.executor.linux.RelativePath;
import dev.berth.executor.workspace.SnapshotTransfers.Transfer;
import dev.berth.format.Sha256;
import dev.berth.format.layer.PathGlob;
import dev.berth.format.layer.SeedRule.Policy;
import java.util.List;
import java.util.stream.Stream;

/**
 * What must be in place before a worker is ready. Paths are below the workspace.
 *
 * @param runtimeVersion what the image must say of itself; empty for no check
 * @param seeds by object and position
 * @param objects where the contents of seeds are
 * @param outdated it names what is gone by now
 */
public record RestoreManifest(
    String runtimeVersion,
    Policy policy,
    List<Seed> seeds,
    List<Transfer> objects,
    List<AgentData> agentData,
    List<Mount> mounts,
    List<PathGlob> cleanUp,
    List<RelativePath> requiredPaths,
    List<RelativePath> protectedPaths,
    boolean outdated) {
  /** Asks for nothing. */
  public static final RestoreManifest NONE =
      new RestoreManifest(
          "",
          Policy.KEEP_SESSION,
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          false);

  public RestoreManifest {
    seeds = List.copyOf(seeds);
    objects = List.copyOf(objects);
    agentData = List.copyOf(agentData);
    mounts = List.copyOf(mounts);
    cleanUp = List.copyOf(cleanUp);
    requiredPaths = List.copyOf(requiredPaths);
    protectedPaths = List.copyOf(protectedPaths);
  }

  /** The same with that agent data too. */
  public RestoreManifest with(List<AgentData> more) {
    if (more.isEmpty()) {
      return this;
    }
    return new RestoreManifest(
        runtimeVersion,
        policy,
        seeds,
        objects,
        Stream.concat(agentData.stream(), more.stream()).toList(),
        mounts,
        cleanUp,
        requiredPaths,
        protectedPaths,
        outdated);
  }

  /** Whether it asks for nothing. */
  public boolean isNone() {
    return equals(NONE);
  }

  /** A file, with the place of its content in one of the objects. */
  public record Seed(
      RelativePath path, int mode, long size, Sha256 sha256, int object, long position) {}

  /**
   * @param directories in the home; empty for those the provider declares
   */
  public record AgentData(String provider, List<RelativePath> directories) {
    public AgentData {
      directories = List.copyOf(directories);
    }
  }

  /**
   * @param name by which the operator allowed it
   */
  public record Mount(String name, RelativePath path) {}
}
