package dev.berth.controlplane.executor;

import dev.berth.common.Id.ExecutorId;
import dev.berth.executor.v1.CopyReport;
import dev.berth.executor.v1.Hello;
import dev.berth.executor.v1.WorkerOrder;
import dev.berth.executor.v1.WorkerReport;
import java.util.List;

/**
 * What reports of workers and copies mean. Each call runs in a transaction that holds the
 * executor's row for its link epoch; a report that is stale changes nothing and is no failure.
 */
public interface WorkerLink {

  /**
   * Compares the inventory with the rows, both ways, and writes down what is learned. Returns one
   * order for each worker of the inventory. Called before {@link RunLink#greet}.
   */
  List<WorkerOrder> greet(ExecutorId executor, Hello hello);

  void worker(ExecutorId executor, WorkerReport report);

  void copy(ExecutorId executor, CopyReport report);
}
