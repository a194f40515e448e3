package dev.berth.controlplane.executor;

import dev.berth.common.Id.ExecutorId;
import dev.berth.executor.v1.PooledReport;
import java.util.List;

/**
 * What reports of pooled containers mean. Each call runs in a transaction that holds the executor's
 * link. Implemented by {@code pool}.
 */
public interface PoolLink {

  /**
   * Takes all that the executor has and no worker took.
   *
   * @return the ids of those that stay
   */
  List<String> greet(ExecutorId executor, List<PooledReport> there);

  void pooled(ExecutorId executor, PooledReport report);
}
