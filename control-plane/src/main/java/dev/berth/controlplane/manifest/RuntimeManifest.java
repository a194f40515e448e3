package dev.berth.controlplane.manifest;

import dev.berth.common.Id.SeedSetId;
import dev.berth.format.layer.SeedRule.Policy;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A manifest as a session keeps it: its seeds are bound to sets that do not change. Paths are those
 * of the request.
 *
 * @param runtimeVersion empty for no check
 */
public record RuntimeManifest(
    String runtimeVersion,
    List<Seed> seeds,
    List<AgentData> agentData,
    List<String> cleanUp,
    List<Mount> mounts,
    List<String> requiredPaths,
    List<String> protectedPaths,
    Policy conflictPolicy) {
  /** Asks for nothing. */
  public static final RuntimeManifest EMPTY =
      new RuntimeManifest(
          "",
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          Policy.KEEP_SESSION);

  public RuntimeManifest {
    seeds = List.copyOf(seeds);
    agentData = List.copyOf(agentData);
    cleanUp = List.copyOf(cleanUp);
    mounts = List.copyOf(mounts);
    requiredPaths = List.copyOf(requiredPaths);
    protectedPaths = List.copyOf(protectedPaths);
  }

  /**
   * @param mode 0 for those of the set's files
   * @param set the set's id
   * @param file whether the set's only file goes to {@code path} itself, and not below it
   */
  public record Seed(String path, int mode, Source source, String set, boolean file) {
    SeedSetId setId() {
      return SeedSetId.parse(set);
    }
  }

  /**
   * Where a seed came from, as it was asked for.
   *
   * @param name the snapshot's id, or the set's name or id as given; empty for INLINE
   * @param path in the snapshot; empty else
   * @param size and {@code sha256} of inline content
   */
  public record Source(Kind kind, String name, String path, long size, String sha256) {
    public enum Kind {
      INLINE,
      SNAPSHOT,
      SEED_SET
    }
  }

  /**
   * @param directories relative to the home; empty for those the executor's provider declares
   */
  public record AgentData(String provider, List<String> directories) {
    public AgentData {
      directories = List.copyOf(directories);
    }
  }

  public record Mount(String name, String path) {}

  /** The sets its seeds are bound to. */
  public Set<SeedSetId> seedSets() {
    return seeds.stream().map(Seed::setId).collect(Collectors.toUnmodifiableSet());
  }

  /** The names an executor must allow. */
  public Set<String> mountNames() {
    return mounts.stream().map(Mount::name).collect(Collectors.toUnmodifiableSet());
  }

  /** Whether more is mounted into the container than into that of any other session. */
  public boolean mountsMore() {
    return !mounts.isEmpty() || !agentData.isEmpty();
  }

  public boolean isEmpty() {
    return equals(EMPTY);
  }
}
