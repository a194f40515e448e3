package dev.berth.executor;

import dev.berth.common.Channels.Tls;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an agent is started with.
 *
 * @param controlPlane {@code host:port} of the executor listener
 * @param enrolmentToken needed once; empty where the agent is enrolled
 * @param name by which people know the executor
 * @param labels placement looks at
 * @param maxWorkers at most so many workers at once
 * @param maxOutputBytes of one stream of a run; one that prints more is ended
 * @param storePatience how long a transfer is tried again while the object store fails
 * @param mounts what manifests may name: a directory of the host, or {@code volume:} and a volume
 * @param gateway the file that says where models are, and by which keys; null: none is reached
 * @param noops runs of the provider {@code noop} at once; 0: it is not offered
 */
public record AgentConfig(
    String controlPlane,
    Tls tls,
    Path stateDirectory,
    String enrolmentToken,
    String name,
    Map<String, String> labels,
    int maxWorkers,
    long maxOutputBytes,
    Duration storePatience,
    Map<String, String> mounts,
    int noops,
    @Nullable Path gateway) {
  public AgentConfig {
    labels = Map.copyOf(labels);
    mounts = Map.copyOf(mounts);
  }

  /** Without the token. */
  @Override
  public String toString() {
    return "AgentConfig[" + name + " at " + stateDirectory + " to " + controlPlane + "]";
  }
}
