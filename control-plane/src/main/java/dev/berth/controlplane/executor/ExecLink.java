package dev.berth.controlplane.executor;

import dev.berth.common.Id.ExecutorId;
import dev.berth.executor.v1.ExecReport;
import java.util.List;

/**
 * What reports of execs mean. Each call runs in a transaction that holds the executor's row for its
 * link epoch; a report that is stale changes nothing and is no failure.
 */
public interface ExecLink {

  /** Compares the inventory with the rows. Called behind {@link WorkerLink#greet}. */
  void greet(ExecutorId executor, List<ExecReport> inventory);

  void exec(ExecutorId executor, ExecReport report);
}
