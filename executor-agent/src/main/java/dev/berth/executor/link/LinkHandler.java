package dev.berth.executor.link;

import dev.berth.common.Id.RunId;
import dev.berth.executor.exec.ExecOrder;
import dev.berth.executor.process.InputOrder;
import dev.berth.executor.sessionless.SessionlessStart;
import dev.berth.executor.v1.OpenRelay;
import dev.berth.executor.worker.Inventory;
import dev.berth.executor.worker.Order;
import dev.berth.executor.worker.PoolOrder;
import dev.berth.executor.worker.RunOrders;
import dev.berth.executor.worker.Verdicts;
import java.util.List;

/**
 * What a link does with what the control plane says. Called for one stream at a time, one call
 * after the other; {@link #welcome} may block, the others must not.
 */
interface LinkHandler {

  Inventory inventory();

  /** Before any order of the stream. */
  void welcome(Verdicts verdicts);

  void order(Order order);

  void order(PoolOrder order);

  void start(RunOrders.Start start);

  void start(List<SessionlessStart> starts);

  void stop(RunId run, RunOrders.Stop stop);

  void give(InputOrder input);

  void start(ExecOrder exec);

  void relay(OpenRelay relay);

  /** The stream has ended; nothing more of it comes. */
  void ended();
}
