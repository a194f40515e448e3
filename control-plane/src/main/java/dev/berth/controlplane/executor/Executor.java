package dev.berth.controlplane.executor;

import dev.berth.common.Id.ExecutorId;
import dev.berth.common.Id.ProjectId;
import dev.berth.common.Id.ReplicaId;
import dev.berth.controlplane.platform.auth.Actor;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An executor's row. {@code labels} are the agent's own with those of its enrolment token over
 * them.
 */
public record Executor(
    ExecutorId id,
    ProjectId projectId,
    String name,
    Map<String, String> labels,
    long version,
    Instant createTime,
    Instant updateTime,
    Actor createdBy,
    ExecutorState state,
    Agent agent,
    Capacity capacity,
    long diskFreeBytes,
    Map<String, String> hardening,
    Sessionless sessionless,
    Link link) {

  /**
   * The agent's build, by its newest Hello.
   *
   * @param mounts names its operator allows
   */
  public record Agent(
      int protocolVersion,
      String buildVersion,
      List<String> providers,
      String bootId,
      List<String> mounts,
      List<String> features) {
    /** It applies runtime manifests. */
    public static final String MANIFEST = "manifest";

    /** It runs execs. */
    public static final String EXEC = "exec";

    /** It keeps the files that runs name. */
    public static final String ARTIFACTS = "artifacts";

    /** It gives runs input while they are under way. */
    public static final String INPUT = "input";

    /** It keeps runs without a session that come before it has room for them. */
    public static final String AHEAD = "ahead";
  }

  /**
   * Which runs without a session it takes.
   *
   * @param runs how many at once; 0 for none
   */
  public record Sessionless(int runs, List<String> providers) {
    public Sessionless {
      providers = List.copyOf(providers);
    }
  }

  /**
   * Its link: {@code epoch} rises with each Connect; {@code replica} holds the link, null where
   * none does; {@code expired} once its lease was over, until its next Connect; {@code ready} by
   * its own word.
   */
  public record Link(
      long epoch,
      @Nullable ReplicaId replica,
      @Nullable Instant lastSeen,
      boolean expired,
      boolean ready,
      String notReadyReason) {}

  /** Whether more than 85 % of its disk are in use; a disk of zero bytes is one nobody knows. */
  public boolean diskNearlyFull() {
    return capacity.diskBytes() > 0 && diskFreeBytes < capacity.diskBytes() / 100 * 15;
  }

  public boolean connected() {
    return link.replica() != null && !link.expired();
  }
}
