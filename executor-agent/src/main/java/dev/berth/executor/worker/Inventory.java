package dev.berth.executor.worker;

import dev.berth.executor.exec.ExecRecord;
import dev.berth.executor.process.ProcessInfo;
import java.util.List;

/** All this executor has, as one hello tells it. */
public record Inventory(
    List<WorkerReport> workers,
    List<CopyReport> copies,
    List<ProcessInfo> runs,
    List<ExecRecord> execs,
    List<PooledReport> pooled) {
  public Inventory {
    pooled = List.copyOf(pooled);
    workers = List.copyOf(workers);
    copies = List.copyOf(copies);
    runs = List.copyOf(runs);
    execs = List.copyOf(execs);
  }
}
