package dev.berth.executor.link;

import dev.berth.executor.provider.Provider;
import dev.berth.executor.sessionless.SessionlessReport;
import dev.berth.executor.v1.Hello;
import dev.berth.executor.worker.Inventory;
import dev.berth.v1.Capacity;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What an agent says of itself in each hello.
 *
 * @param version of the build
 * @param hardening asked anew each time, since an engine may come back another
 * @param providers of processes in workers
 * @param mounts names its operator allows
 */
public record HelloFacts(
    String executorId,
    String version,
    Map<String, String> labels,
    HostCapacity capacity,
    Supplier<? extends Map<String, String>> hardening,
    List<Provider> providers,
    List<String> mounts,
    Sessionless sessionless,
    String bootId) {

  private static final int PROTOCOL_VERSION = 1;

  /** It applies runtime manifests. */
  private static final String MANIFEST = "manifest";

  /** It runs execs. */
  private static final String EXEC = "exec";

  /** It keeps the files that runs name. */
  private static final String ARTIFACTS = "artifacts";

  /** Runs are given input while they are under way. */
  private static final String INPUT = "input";

  /** It keeps runs without a session that come before it has room for them, and gives them back. */
  private static final String AHEAD = "ahead";

  /** What the host can give to workers. */
  public record HostCapacity(int workers, int cpuMillis, long memoryBytes, long diskBytes) {}

  /**
   * Which runs without a session it takes.
   *
   * @param runs at once
   */
  public record Sessionless(int runs, List<String> providers) {}

  Hello hello(Inventory inventory, List<SessionlessReport> attempts) {
    var message =
        Hello.newBuilder()
            .setExecutorId(executorId)
            .setProtocolVersion(PROTOCOL_VERSION)
            .setMinProtocolVersion(PROTOCOL_VERSION)
            .setVersion(version)
            .putAllLabels(labels)
            .setCapacity(
                Capacity.newBuilder()
                    .setWorkers(capacity.workers())
                    .setCpuMillis(capacity.cpuMillis())
                    .setMemoryBytes(capacity.memoryBytes())
                    .setDiskBytes(capacity.diskBytes()))
            .putAllHardening(hardening.get())
            .addAllProviders(providers.stream().map(Provider::key).toList())
            .addAllAgentProviders(TurnMapper.agents(providers))
            .addAllProviders(sessionless.providers())
            .setSessionlessRuns(sessionless.runs())
            .addAllSessionlessProviders(sessionless.providers())
            .addAllMounts(mounts)
            .addFeatures(MANIFEST)
            .addFeatures(EXEC)
            .addFeatures(ARTIFACTS)
            .addFeatures(INPUT)
            .addFeatures(AHEAD)
            .setBootId(bootId);
    inventory.workers().forEach(worker -> message.addWorkers(ReportMapper.message(worker)));
    inventory.copies().forEach(copy -> message.addCopies(ReportMapper.message(copy)));
    inventory.runs().forEach(run -> message.addRuns(ReportMapper.message(run)));
    attempts.forEach(attempt -> message.addRuns(ReportMapper.inventory(attempt)));
    inventory.execs().forEach(exec -> message.addExecs(ReportMapper.message(exec)));
    inventory.pooled().forEach(pooled -> message.addPooled(ReportMapper.message(pooled)));
    return message.build();
  }
}
