package dev.berth.controlplane.executor;

import dev.berth.common.Id.ExecutorId;
import java.util.List;

/**
 * Reads orders from rows. Every bean of this type is asked by the replica that holds an executor's
 * link: on NOTIFY {@code executor:<id>}, each second, and at once behind a Welcome.
 */
public interface OrderSource {

  /**
   * All that the executor is to be told now, in the order to send it, whether it was sent before or
   * not; the link leaves out what this stream carried already. Called outside of a transaction;
   * must be cheap where nothing is outstanding.
   */
  List<LinkOrder> outstanding(ExecutorId executor);
}
