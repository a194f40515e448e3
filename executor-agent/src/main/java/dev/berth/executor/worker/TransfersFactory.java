package dev.berth.executor.worker;

import dev.berth.common.Id.SessionId;
import dev.berth.executor.workspace.SnapshotTransfers;
import java.util.function.BooleanSupplier;

/** The way to the control plane's store, for one session and worker generation. */
public interface TransfersFactory {

  /**
   * @param worker its id; empty where none is left
   * @param trace the W3C trace context that calls carry; empty for none
   * @param closed whether nobody may begin to write: the worker is ending, or is gone
   * @param quiet asked when a commit that claims to be quiescent is sent; if not, it claims that no
   *     more
   */
  SnapshotTransfers of(
      SessionId session,
      String worker,
      long generation,
      String trace,
      boolean closed,
      BooleanSupplier quiet);
}
