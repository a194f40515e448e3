package dev.berth.executor.worker;

import dev.berth.executor.exec.ExecRecord;

/**
 * Takes what is to be told the control plane. Never blocks and never fails: what cannot be sent now
 * is said by the next hello, which tells everything.
 */
public interface Reports {

  void worker(WorkerReport report);

  void copy(CopyReport report);

  void exec(ExecRecord report);

  void pooled(PooledReport report);
}
